"""Quotes: words that editors take out of texts, in margins, syntheses, recueils and files; authors who object."""

import csv
import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

from tests.simulation.authors import pick, taken
from tests.simulation.checks import check_quotes, tokens_at
from tests.simulation.model import TOKEN, Broken, Fact, Quoted, Text
from tests.simulation.world import Browser, Editor, World

ARTICLE = "/moderation/articles/{}/"


def sentences_form(page: Browser, text: Text, world: World) -> tuple[Any, list[str]] | None:
    """Return the form that quotes a text, and one to three of its sentences that have a token each."""
    for form in page.tree.xpath("//form[.//input[@name='sentence']]"):
        if form.xpath(".//input[@name='testimonial']")[0].get("value") == text.public_id:
            whole = [box.get("value") for box in form.xpath(".//input[@name='sentence']")]
            fit = [each for each in whole if " avec zo" in each]  # of the account, with no spelling to correct
            return (form, world.rng.sample(fit, world.rng.randint(1, min(2, len(fit))))) if fit else None
    return None


def quotable(world: World) -> list[Text]:
    return [each for each in world.model.visible("page") if not each.is_contested and not each.is_amended]


def quote(world: World, editor: Editor, text: Text, sentences: list[str], claim: str = "") -> None:
    tokens = frozenset(token for each in sentences for token in TOKEN.findall(each.lower()))
    world.model.quoted.append(Quoted(text, tokens, world.now, claim))
    text.quoted_by |= {editor.viewer.email}


def place(world: World) -> bool:
    """Set a text in the opening, with sentences of it, in place of another."""
    rng, model = world.rng, world.model
    fits = quotable(world)
    if not fits:
        return False
    text, editor = rng.choice(fits), rng.choice(world.editors)
    page = world.at_desk(editor, ARTICLE.format(text.article) + f"en-regard?temoignage={text.public_id}")
    offers = page.tree.xpath("//form[.//input[@name='passage'][@value='']][.//input[@name='act'][@value='place']]")
    if any(each.text is text and not each.claim for each in model.quoted) or not offers:
        return False
    page.send(offers[0], testimonial=text.public_id or "")
    taken(page, "Placer")
    model.quoted = [each for each in model.quoted if each.claim or each.text.article != text.article]
    found = sentences_form(page, text, world)
    if found is None:
        raise Broken(13, "aucune phrase d’un texte placé ne peut être citée")
    page.fill(sentence=found[1]).send(found[0], act="quote")
    taken(page, "Citer")
    quote(world, editor, text, found[1])
    world.tell(f"{editor.name} ouvre l’article par « {' '.join(found[1])} »")
    return True


def synthesise(world: World) -> bool:
    """Add a claim to the synthesis, on sentences of some texts, and publish it."""
    rng, model = world.rng, world.model
    fits = quotable(world)
    if not fits:
        return False
    article, editor, claim = rng.choice(fits).article, rng.choice(world.editors), world.token()
    model.facts[claim] = Fact("constat")
    page = world.at_desk(editor, ARTICLE.format(article) + "synthese")
    for begin in ("Commencer", "Préparer une nouvelle version"):
        if page.find(begin) is not None:
            page.press(begin)
    if len(removals := page.tree.xpath("//form[.//button[@value='remove']]")) > 3:
        gone = TOKEN.findall(removals[0].text_content().lower())
        page.send(removals[0], act="remove")
        model.quoted = [each for each in model.quoted if each.claim not in gone]
    page.fill(words=f"Constat {claim}.").press("Ajouter ce constat")
    taken(page, "Ajouter ce constat")
    here = [each for each in fits if each.article == article]
    cited = []
    for text in rng.sample(here, min(rng.randint(1, 3), len(here))):
        if (found := sentences_form(page, text, world)) is not None:
            number = found[0].xpath(f".//option[contains(., '{claim}')]")[0].get("value")
            page.fill(sentence=found[1], claim=number).send(found[0], act="cite")
            taken(page, "Citer")
            cited.append((text, found[1]))
    if not cited:
        raise Broken(13, "aucune phrase des textes publiés ne peut être citée")
    page.press("Publier cette version")
    taken(page, "Publier la synthèse")
    for text, sentences in cited:
        quote(world, editor, text, sentences, claim)
    model.syntheses.add(article)
    world.tell(f"{editor.name} publie la synthèse, avec {claim} sur {len(cited)} textes")
    check_quotes(world, article)
    return True


def take_down(world: World) -> bool:
    """Take the synthesis away from readers; its claims wait in the draft."""
    if not world.model.syntheses:
        return False
    article, editor = world.rng.choice(sorted(world.model.syntheses)), world.rng.choice(world.editors)
    page = world.at_desk(editor, ARTICLE.format(article) + "synthese")
    page.press("Oui, la mettre hors ligne")
    taken(page, "Mettre la synthèse hors ligne")
    world.model.syntheses.remove(article)
    world.tell(f"{editor.name} met la synthèse hors ligne")
    check_quotes(world, article)
    return True


def object_to_quotation(world: World) -> bool:
    """Read what is quoted of one's text, and object to it."""
    model = world.model
    drawn = pick(
        world,
        lambda text: not text.is_contested and any(q.text is text and model.stands(q, "page") for q in model.quoted),
    )
    if drawn is None:
        return False
    author, text, page = drawn
    forms = page.tree.xpath("//form[contains(@action, '/citation')]")
    read = {frozenset(TOKEN.findall(each.xpath(".//input[@name='words']")[0].get("value").lower())) for each in forms}
    here = [each for each in model.quoted if each.text is text and model.stands(each, "page")]
    if missing := {each.tokens for each in here if not each.is_lost} - read:
        raise Broken(13, f"la page de {author.name} ne dit pas que {sorted(map(sorted, missing))} est cité")
    if not forms:
        return False
    form = world.rng.choice(forms)
    words = form.xpath(".//input[@name='words']")[0].get("value")
    page.send(form)
    taken(page, "S’opposer à une citation")
    gone = frozenset(TOKEN.findall(words.lower()))
    model.act(text, "contest")
    text.is_contested = True
    for each in [each for each in model.quoted if each.text is text and each.tokens == gone]:
        # Its place in the margin stays, with words that are its own: they may be told as new.
        each.tokens = frozenset()
        each.is_lost = True
    model.quoted = [each for each in model.quoted if each.tokens or not each.claim]
    world.tell(f"{author.name} ne veut pas être cité·e ainsi : {words}")
    return True


# ── files ──


def export(world: World) -> bool:
    """Have an admin export the texts for one purpose: its rows are those of who agreed to it."""
    rng, model = world.rng, world.model
    editor = world.editors[0]
    page = world.at_desk(editor, "/administration/exports?etat=tous")
    purpose, kind = rng.choice(["team", "reuse", "contact"]), rng.choice(["csv", "xlsx"])
    page.fill(usage=purpose).press(name="format", value=kind)
    alive = [each for each in model.texts if each.status != "erased"]
    expected = {
        "team": {each.latest.words["title"] for each in alive},
        "reuse": {each.shown.words["title"] for each in model.visible("open") if each.shown},
        "contact": {
            TOKEN.findall(each.author)[0] for each in alive if "contact" in each.consents and each.is_confirmed
        },
    }[purpose]
    assert page.answer is not None
    if page.answer.mimetype == "text/html":
        if expected:
            raise Broken(15, f"l’export « {purpose} » est refusé : {page.refusal}")
        return False
    rows = [set(TOKEN.findall(each.lower())) for each in rows_of(page.answer.get_data(), kind)]
    if purpose == "reuse" and (strange := set().union(*rows) - model.readable("open")):
        model.blame(strange, "l’export pour réutilisation", 4)
    found = set().union(*rows)
    if not expected <= found or len([each for each in rows if each]) != len(expected):
        raise Broken(15, f"l’export « {purpose} » ({kind}) a {len(rows)} lignes pour {len(expected)}")
    world.tell(f"{editor.name} exporte « {purpose} » en {kind}")
    return True


def rows_of(body: bytes, kind: str) -> list[str]:
    """Return the rows of a file under its headings, each as a text."""
    if kind == "csv":
        return [" ".join(row) for row in csv.reader(io.StringIO(body.decode()), delimiter=";")][1:]
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    return re.findall(r"<row .*?</row>", sheet, re.DOTALL)[1:]


def collect(world: World) -> bool:
    """Compose a recueil, or read one again: it holds those of its choice who agreed to reuse, and counts the others."""
    rng, model = world.rng, world.model
    editor, article = rng.choice(world.editors), "crpv"
    here = model.visible("page", article)
    if not any("reuse" in each.consents for each in here):
        return False
    base = ARTICLE.format(article) + "recueils/"
    if not model.recueils or rng.random() < 0.3:
        page = world.at_desk(editor, base + "nouveau")
        page.press("Composer ce recueil")
        taken(page, "Composer un recueil")
        model.recueils.append(int(page.path.rpartition("/")[2]))
    page = world.at_desk(editor, f"{base}{rng.choice(model.recueils)}/document")
    found = tokens_at(page, page.path)
    if strange := found - model.readable("open"):
        model.blame(strange, "un recueil", 4)
    if missing := {each.shown.words["title"] for each in here if each.shown and "reuse" in each.consents} - found:
        raise Broken(15, f"un recueil n’a pas {sorted(missing)}")
    world.tell(f"{editor.name} lit un recueil de {len(here)} textes")
    return True


ACTS: dict[str, tuple[float, Callable[[World], bool]]] = {
    "place": (0.5, place),
    "synthesise": (0.7, synthesise),
    "take_down": (0.1, take_down),
    "object_to_quotation": (0.6, object_to_quotation),
    "export": (0.3, export),
    "collect": (0.3, collect),
}
