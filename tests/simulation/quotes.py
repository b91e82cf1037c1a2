"""Quotes: words that editors take out of texts, in margins, syntheses, recueils and files; authors who object."""

import csv
import io
import re
import zipfile

from tests.simulation import pages
from tests.simulation.authors import of_author
from tests.simulation.checks import check_quotes
from tests.simulation.model import Broken
from tests.simulation.things import Quoted, Text, tokens_in
from tests.simulation.world import Nothing, Person, World, act

ARTICLE = "/moderation/articles/{}/"


def quotable(world: World, article: str | None = None) -> list[Text]:
    texts = world.model.visible("page", article)
    return [each for each in texts if not each.is_contested and not each.is_amended]


def quote(world: World, editor: Person, text: Text, sentences: list[str], statement: str = "") -> None:
    world.model.quoted.append(Quoted(text, frozenset(tokens_in(*sentences)), statement))
    text.quoted_by |= {editor.email}


@act(0.7)
def place(world: World) -> None:
    """Set a text in the opening, with a sentence of it, in place of another."""
    model, text, editor = world.model, world.choose(quotable(world)), world.choose(world.editors)
    page = world.at_desk(editor, ARTICLE.format(text.article) + f"en-regard?temoignage={text.public_id}")
    offers = page.forms(".//input[@name='passage'][@value=''] and .//input[@name='act'][@value='place']")
    if any(each.text is text and not each.statement for each in model.quoted) or not offers:
        raise Nothing
    page.send(offers[0], ("testimonial", text.public_id or "")).is_taken("Placer")
    model.quoted = [each for each in model.quoted if each.statement or each.text.article != text.article]
    form, sentences = pages.sentences_form(page, text)
    if not sentences:
        raise Broken(13, "aucune phrase d’un texte placé ne peut être citée")
    chosen = [world.choose(sentences)]
    page.fill(sentence=chosen).send(form, ("act", "quote")).is_taken("Citer")
    quote(world, editor, text, chosen)
    world.tell(f"{editor.name} ouvre l’article par « {chosen} »")


@act(0.8)
def synthesise(world: World) -> None:
    """Add a statement to the synthesis, on sentences of some texts, and publish it."""
    rng, model, editor = world.rng, world.model, world.choose(world.editors)
    article = world.choose(quotable(world)).article
    page, statement = world.at_desk(editor, ARTICLE.format(article) + "synthese"), world.word("constat")
    for begin in ("Commencer", "Préparer une nouvelle version"):
        if page.find(begin) is not None:
            page.press(begin)
    if len(removals := page.forms(".//button[@value='remove']")) > 3:
        gone = tokens_in(removals[0].text_content())
        page.send(removals[0], ("act", "remove"))
        model.quoted = [each for each in model.quoted if each.statement not in gone]
    page.fill(words=f"Constat {statement}.").do("Ajouter ce constat")
    here, cited = quotable(world, article), []
    for text in rng.sample(here, min(rng.randint(1, 3), len(here))):
        form, sentences = pages.sentences_form(page, text)
        if sentences:
            chosen = rng.sample(sentences, rng.randint(1, min(2, len(sentences))))
            [number] = form.xpath(f".//option[contains(., '{statement}')]/@value")
            page.fill(sentence=chosen, claim=number).send(form, ("act", "cite")).is_taken("Citer")
            cited.append((text, chosen))
    if not cited:
        raise Broken(13, "aucune phrase des textes publiés ne peut être citée")
    page.do("Publier cette version")
    for text, chosen in cited:
        quote(world, editor, text, chosen, statement)
    model.syntheses.add(article)
    world.tell(f"{editor.name} publie la synthèse, avec {statement} sur {len(cited)} textes")
    check_quotes(world, article)


@act(0.4)
def take_down(world: World) -> None:
    """Take the synthesis away from readers; its claims wait in the draft."""
    article, editor = world.choose(sorted(world.model.syntheses - world.model.offline)), world.choose(world.editors)
    world.at_desk(editor, ARTICLE.format(article) + "synthese").do("Oui, la mettre hors ligne")
    world.model.syntheses.remove(article)
    for each in world.model.quoted:
        each.is_told &= not (each.statement and each.text.article == article)  # told again if it comes back
    world.tell(f"{editor.name} met la synthèse hors ligne")
    check_quotes(world, article)


@act(0.8)
def object_to_quotation(world: World) -> None:
    """Read what is quoted of one's text, and object to it."""
    model = world.model
    read = {each.text.author for each in model.quoted if model.stands(each, "page")}
    author, text, page = of_author(world, lambda text: not text.is_contested and text.author in read)
    forms = page.forms("contains(@action, '/citation')")
    there = {frozenset(tokens_in(*each.xpath(".//input[@name='words']/@value"))) for each in forms}
    here = {
        each.tokens for each in model.quoted if each.text is text and model.stands(each, "page") and not each.is_lost
    }
    if missing := here - there:
        raise Broken(13, f"la page de {author.name} ne dit pas que {sorted(map(sorted, missing))} est cité")
    form = world.choose(forms)
    gone = frozenset(tokens_in(*form.xpath(".//input[@name='words']/@value")))
    page.send(form).is_taken("S’opposer à une citation")
    model.act(text, "contest")
    text.is_contested = True
    for each in model.quoted:
        if each.text is text and each.tokens == gone:
            # Its place in the margin stays, with words that are its own: they may be told as new.
            each.tokens, each.is_lost = frozenset(), True
    model.quoted = [each for each in model.quoted if each.tokens or not each.statement]
    world.tell(f"{author.name} ne veut pas être cité·e ainsi : {sorted(gone)}")


# ── files ──


@act(0.3)
def export(world: World) -> None:
    """Have an admin export the texts for one purpose: its rows are those of who agreed to it."""
    model, editor = world.model, world.editors[0]
    page = world.at_desk(editor, "/administration/exports?etat=tous")
    purpose, kind = world.choose(["team", "reuse", "contact"]), world.choose(["csv", "xlsx"])
    page.fill(usage=purpose).press(name="format", value=kind)
    alive = [each for each in model.texts if each.status != "erased"]
    contact = [each for each in alive if "contact" in each.consents and each.is_confirmed]
    expected = {
        "team": {each.latest.title for each in alive},
        "reuse": model.titles("open"),
        "contact": tokens_in(*[each.author for each in contact]),
    }[purpose]
    assert page.answer is not None
    is_file = page.answer.mimetype != "text/html"
    rows = [tokens_in(each) for each in rows_of(page.answer.get_data(), kind)] if is_file else []
    found = set().union(*rows)
    if purpose == "reuse" and (strange := found - model.readable("open")):
        model.blame(strange, "l’export pour réutilisation", 4)
    if not expected <= found or len([each for each in rows if each]) != len(expected):
        raise Broken(15, f"l’export « {purpose} » ({kind}) a {len(rows)} lignes pour {len(expected)}, {page.status}")
    world.tell(f"{editor.name} exporte « {purpose} » en {kind}")


def rows_of(body: bytes, kind: str) -> list[str]:
    """Return the rows of a file under its headings, each as a text."""
    if kind == "csv":
        return [" ".join(row) for row in csv.reader(io.StringIO(body.decode()), delimiter=";")][1:]
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        return re.findall(r"<row .*?</row>", book.read("xl/worksheets/sheet1.xml").decode(), re.DOTALL)[1:]


@act(0.4)
def collect(world: World) -> None:
    """Compose a recueil, or read one again: it holds those of its choice who agreed to reuse, and counts the others."""
    model, editor, article = world.model, world.choose(world.editors), "crpv"
    titles, base = model.titles("open", article), ARTICLE.format(article) + "recueils/"
    if not titles:
        raise Nothing
    if not model.recueils or world.chance(0.3):
        page = world.at_desk(editor, base + "nouveau").do("Composer ce recueil")
        model.recueils.append(int(page.path.rpartition("/")[2]))
    page = world.at_desk(editor, f"{base}{world.choose(model.recueils)}/document")
    if strange := page.tokens - model.readable("open"):
        model.blame(strange, "un recueil", 4)
    if missing := titles - page.tokens:
        raise Broken(15, f"un recueil n’a pas {sorted(missing)}")
    world.tell(f"{editor.name} lit un recueil de {len(titles)} textes")
