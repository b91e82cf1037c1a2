"""Told by voice: an editor types, who told it opens its page by a letter or by a code, and signs or refuses."""

import re
from datetime import timedelta

from tests.simulation import pages
from tests.simulation.authors import SIGNATURES, answers_of_a_text, consents_drawn, of_author
from tests.simulation.model import NOW, UNDO, Broken
from tests.simulation.things import Letter, Text, Version
from tests.simulation.world import Person, World, act

LAST_READINGS = {"publish", "send_proof", "rewrite", "restore"}
CODE = re.compile(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}")


def keep_link(author: Person, text: Text) -> None:
    """Have who came by a code keep the address of their page, as others have it in a letter."""
    page = author.browser
    links = [re.match(r"/mon-temoignage/[\w.-]{60,}", each) for each in [page.path, *page.tree.xpath("//a/@href")]]
    author.letters.append(Letter("", "", [[each.group() for each in links if each][-1]], about=text.public_id))


@act(0.6)
def type_told(world: World) -> None:
    model, editor = world.model, world.choose(world.team)
    article = world.choose(
        sorted(each for each in model.articles - model.offline if model.may_edit(editor.email, each))
    )
    fields = answers_of_a_text(world, whole=world.chance(0.5)) | {
        "medium": "telephone",
        "email": "",
        "partner": "autre",
    }
    author = world.somebody(fields["author_name"], "conteur", is_desk=True)
    if world.chance(0.6):
        fields["email"] = author.email
    else:
        author.browser.email = author.email.partition("@")[0]
        world.people[author.email] = author
        model.facts[author.email].readers.add(author.email)
    version = Version(pages.tokens_of(fields), "region", is_approved=False)
    text = Text(author.email, article, [version], set(), world.now, fields["situation"], status="proof_sent")
    text.typists = {editor.email}
    model.add(text)
    page = world.at_desk(editor, f"/moderation/articles/{article}/recueillir")
    page.fill(**pages.asked(page, fields)).do("Enregistrer et faire signer")
    [text.public_id] = re.findall(r"/moderation/([0-9a-f]{20})", page.path + page.body)[:1]
    found = CODE.search(page.text)
    if (found is None) is not ("@" in author.email):
        raise Broken(13, f"la feuille de {author.name}, qui a pour adresse {fields['email']}, porte {found}")
    model.owe("record", text, "record", is_true=text.unsigned)
    world.tell(f"{editor.name} écrit ce que raconte {author.name} ({'par code' if found else 'par lettre'})")
    if world.chance(0.4):
        correct(world, text)
    if found:
        author.browser.get("/mon-temoignage").fill(code=found.group()).do("Ouvrir ma page")
        keep_link(author, text)


def correct(world: World, text: Text) -> None:
    """Have every other editor correct what was typed, so that nobody is left who has not."""
    for editor in world.team:
        if editor.email not in text.typists and world.model.may_edit(editor.email, text.article):
            token = world.word("mots recueillis", text.author, text=text)
            text.versions.append(Version({**text.latest.words, "title": token}, "region", is_approved=False))
            world.review(editor, text, "/recueilli").fill(title=f"Dit {token}").do("Enregistrer la correction")
            text.typists.add(editor.email)
            world.tell(f"{editor.name} corrige ce qui est écrit")


@act(1)
def answer_told(world: World) -> None:
    author, text, page = of_author(world, Text.unsigned)
    version = Version(dict(text.latest.words), world.rng.choice(SIGNATURES))
    if world.chance(0.2):
        version.words["author_name"] = name = world.word("nom", text.author, text=text)
        page.press(name="step", value="edit").fill(author_name=f"Camille {name}").do("Relire")
    consents, answers = consents_drawn(world, page)
    page.fill(attribution=version.attribution, **answers).do("Je signe")
    if "@" not in text.author:
        keep_link(author, text)
    text.versions.append(version)
    world.model.act(text, "sign_account")
    text.consents = consents
    world.tell(f"{author.name} signe ce qui fut écrit ({version.attribution}, {', '.join(consents) or 'aucun accord'})")


@act(0.4)
def erase_told(world: World) -> None:
    author, text, page = of_author(world, Text.unsigned)
    page.get(f"{author.private_link(text)}/effacer").press("Effacer")  # refused where a server that died had done it
    world.model.erase(text)
    world.tell(f"{author.name} efface ce qui fut écrit")


def may_read_last(world: World, editor: Person, text: Text) -> bool:
    """Promise 13: who typed a text is not the last to read it, but where nobody else can, a day after its signature."""
    if editor.email not in text.typists:
        return True
    here = {each for each in world.model.editors if world.model.may_edit(each, text.article)}
    is_alone = here <= text.typists and not world.model.has_others
    return is_alone and text.waiting_since is not None and world.now >= text.waiting_since + timedelta(hours=24)


def owe_alone(world: World, editor: Person, text: Text, act: str) -> None:
    """Promise 13: the admins are told of an act after which nobody but who typed a text has read it."""
    if act in LAST_READINGS and editor.email in text.typists:
        for email in world.model.admins:
            world.model.owe("decided alone", text, act, email, NOW if act == "restore" else UNDO)
