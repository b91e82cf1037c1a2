"""Told by voice: an editor types, who told it opens its page by a letter or by a code, and signs or refuses."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.simulation import pages
from tests.simulation.authors import DEPARTMENTS, FIRST_NAMES, pick, taken, text_is_confirmed, tokens_of, words
from tests.simulation.model import UNDO, Broken, Letter, Text, Version, Viewer
from tests.simulation.world import Author, Browser, World

LAST_READINGS = {"publish", "send_proof", "rewrite"}
CODE = re.compile(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}")


def keep_link(author: Author, text: Text, page: Browser) -> None:
    """Have who came by a code keep the address of their page, as others have it in a letter."""
    [link] = {re.sub(r"/signature.*", "", each) for each in pages.private_links(page)}
    author.letters.append(Letter(author.email, "", [link], set(), text.public_id, ""))


def type_told(world: World) -> bool:
    rng, model = world.rng, world.model
    editor = rng.choice(world.team)
    articles = sorted(each for each in model.articles - model.offline if model.may_edit(editor.viewer, each))
    if not articles:
        return False
    article, token = rng.choice(articles), world.token()
    email = f"{token}@ville.example" if rng.random() < 0.6 else ""
    told = words(world, token, whole=rng.random() < 0.5)
    fields: dict[str, Any] = {
        **told,
        "situation": rng.choice(["past", "regular", "planned"]),
        "department": rng.choice(DEPARTMENTS),
        "partner": "autre",
        "themes": ["autre"],
        "clsm": f"CLSM de {world.token().capitalize()}",
        "author_name": f"{rng.choice(FIRST_NAMES)} {world.token().capitalize()}",
        "author_role": f"Coordination {world.token()}",
        "medium": "telephone",
        "email": email,
    }
    text = Text(email or token, article, [Version(tokens_of(fields), "region", is_approved=False)], set(), world.now)
    text.status, text.typists = "proof_sent", {editor.viewer.email}
    author = Author(fields["author_name"], text.author, Browser(world, Viewer("author", text.author)))
    model.add(text, text.author)
    world.people[text.author] = author
    page = world.at_desk(editor, f"/moderation/articles/{article}/recueillir")
    text.public_id = pages.record(page, fields)
    taken(page, "Enregistrer et faire signer")
    found = CODE.search(page.text)
    if (found is None) is not bool(email):
        raise Broken(13, f"la feuille de {author.name}, qui {'a' if email else 'n’a pas'} d’adresse, porte {found}")
    model.owe(text, text.author, "Ce que vous avez raconté attend votre signature", "record", is_true=text.unsigned)
    world.tell(f"{editor.name} écrit ce que raconte {author.name} ({'par lettre' if email else 'par code'})")
    if rng.random() < 0.4:
        correct(world, text)
    if found:
        author.browser.get("/mon-temoignage").fill(code=found.group()).press("Ouvrir ma page")
        taken(author.browser, "Ouvrir ma page")
        keep_link(author, text, author.browser)
    return True


def correct(world: World, text: Text) -> None:
    """Have every other editor correct what was typed, so that nobody is left who has not."""
    for editor in world.team:
        if editor.viewer.email not in text.typists and world.model.may_edit(editor.viewer, text.article):
            token = world.token()
            version = Version({**text.latest.words, "title": token}, "region", is_approved=False)
            text.versions.append(version)
            world.model.know(text)
            page = world.at_desk(editor, f"/moderation/{text.public_id}/recueilli").fill(title=f"Dit {token}")
            page.press("Enregistrer la correction")
            taken(page, "Enregistrer la correction")
            text.typists.add(editor.viewer.email)
            world.tell(f"{editor.name} corrige ce qui est écrit")


def answer_told(world: World) -> bool:
    rng = world.rng
    drawn = pick(world, Text.unsigned)
    if drawn is None:
        return False
    author, text, page = drawn
    version = Version(dict(text.latest.words), rng.choice(["full", "role", "clsm", "region"]))
    if rng.random() < 0.2:
        name = world.token()
        version.words["author_name"] = name
        text.versions.append(version)
        world.model.know(text)
        text.versions.remove(version)
        page.press(name="step", value="edit").fill(author_name=f"Camille {name}").press("Relire")
    purposes = [each for each in ("publication", "reuse", "contact", "questions") if rng.random() < 0.7]
    purposes = [each for each in purposes if each == "publication" or page.tree.xpath(f"//input[@name='{each}']")]
    kept = {each: "y" for each in purposes if each != "publication"}
    kept |= {"publish": "yes", "attest": "y"} if "publication" in purposes else {"publish": "no"}
    page.fill(attribution=version.attribution, **kept).press("Je signe")
    taken(page, "Je signe")
    if "@" not in text.author:
        keep_link(author, text, page)
    text.versions.append(version)
    text_is_confirmed(world, text, "sign_account")
    text.consents = set(purposes)
    world.tell(f"{author.name} signe ce qui fut écrit ({version.attribution}, {', '.join(purposes) or 'aucun accord'})")
    return True


def erase_told(world: World) -> bool:
    drawn = pick(world, Text.unsigned)
    if drawn is None:
        return False
    author, text, page = drawn
    page.get(f"{author.private_link(text)}/effacer").press("Effacer")
    taken(page, "Effacer")
    world.model.erase(text)
    world.tell(f"{author.name} efface ce qui fut écrit")
    return True


def may_read_last(world: World, viewer: Viewer, text: Text) -> bool:
    """Promise 13: who typed a text is not the last to read it, but where nobody else can, a day after its signature."""
    if viewer.email not in text.typists:
        return True
    others = [each for each in world.model.editors.values() if world.model.may_edit(each, text.article)]
    is_alone = {each.email for each in others} <= text.typists
    return is_alone and text.acted_at is not None and world.now >= text.acted_at + timedelta(hours=24)


def owe_alone(world: World, viewer: Viewer, text: Text, act: str) -> None:
    """Promise 13: the admins are told of an act after which nobody but who typed a text has read it."""
    if act in LAST_READINGS and viewer.email in text.typists:
        for email in [email for email, each in world.model.editors.items() if each.is_admin]:
            world.model.owe(text, email, "Un texte recueilli, lu par qui l’avait écrit", act, after=UNDO)


ACTS: dict[str, tuple[float, Callable[[World], bool]]] = {
    "type_told": (0.5, type_told),
    "answer_told": (0.8, answer_told),
    "erase_told": (0.1, erase_told),
}
