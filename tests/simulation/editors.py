"""Editors: what they decide on a text, and what they take back."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from tests.simulation import pages
from tests.simulation.authors import FIRST_NAMES, MISSPELT, SPELT, taken, tokens_of
from tests.simulation.model import DECISIONS, REVERSIBLE, UNDO, Broken, Fact, Text, Version, Viewer, is_in
from tests.simulation.told import LAST_READINGS, may_read_last, owe_alone
from tests.simulation.world import PASSWORD, Browser, Editor, World


def an_editor(world: World, *, admin: bool, article: str | None = None) -> Editor:
    """Invite an editor by the owner's command, and have them choose a password."""
    email = f"{world.token()}@reseau.example"
    name = f"{world.rng.choice(FIRST_NAMES)} {world.token().capitalize()}"
    viewer = Viewer("editor", email, (article,) if article else None, admin)
    editor = Editor(name, viewer, Browser(world, viewer))
    for token in tokens_of({"name": name, "address": email}).values():
        world.model.facts[token] = Fact("éditeur", None)
    world.model.editors[email], world.people[email] = viewer, editor
    options = ["--admin"] if admin else ["--article", article] if article else []
    assert world.run("editors", "invite", email, name, *options).exit_code == 0
    world.model.owe(None, email, "Vous êtes invité·e à relire les retours d’expérience", "invite")
    world.wait(minutes=1)
    world.round()
    editor.browser.get(editor.letters[-1].links[0]).fill(password=PASSWORD)
    editor.browser.press("Enregistrer ce mot de passe")
    world.at_desk(editor, "/moderation/courriels").fill(
        frequency=world.rng.choice(["daily", "weekly", "never", "never"])
    )
    editor.browser.press("Garder ce choix")
    return editor


OK = 200
CHOICES = {
    "unconfirmed": ["decline"],
    "pending": ["publish"] * 6 + ["decline", "keep_internal", "request_changes", "rewrite", "correct"],
    "changes_requested": ["cancel_request"],
    "proof_sent": ["recall_proof"],
    "published": ["unpublish"],
    "internal": ["reopen"],
    "declined": ["reopen"],
    "unpublished": ["reopen"],
}


def decide(world: World) -> bool:
    rng, model = world.rng, world.model
    editor = rng.choice(world.team)
    texts = [each for each in model.texts if each.public_id and each.status in CHOICES and not each.unsigned()]
    texts = [each for each in texts if model.may_edit(editor.viewer, each.article)]
    waiting = [each for each in texts if each.status == "pending" or each.is_amended]
    if waiting and rng.random() < 0.8:
        texts = waiting
    if not texts:
        return False
    text = rng.choice(texts)
    choice = rng.choice(CHOICES[text.status])
    if choice == "reopen" and not text.is_confirmed:  # an address that nobody has shown to be theirs
        return False
    if text.is_amended:
        choice = rng.choice(["publish", "set_aside", "unpublish"])
    if choice in {"publish", "rewrite", "correct"} and "publication" not in text.consents:
        choice = "keep_internal"
    if choice in {"publish", "correct"} and not text.latest.is_approved:
        choice = "send_proof"
    page = world.at_desk(editor, f"/moderation/{text.public_id}")
    if page.status != 200:
        raise Broken(2, f"la page d’un texte {text.status} ne s’ouvre pas à {editor.name} : {page.status}")
    if choice in LAST_READINGS and not may_read_last(world, editor.viewer, text):
        if page.find(name="action", value=choice) is not None:
            raise Broken(13, f"« {choice} » est offert à {editor.name}, qui a écrit ce texte")
        return False
    return take(world, editor, text, page, choice)


def take(world: World, editor: Editor, text: Text, page: Browser, choice: str) -> bool:
    rng, model = world.rng, world.model
    if choice == "request_changes":
        page.get(f"/moderation/{text.public_id}/demander")
        page.fill(ask_account="Merci de préciser ce que vous avez fait.").press("Envoyer la demande")
        refusal = page.refusal
    elif choice in {"rewrite", "correct"}:
        return edit(world, editor, text, page, choice)
    else:
        reason = "hors_sujet" if choice in {"decline", "unpublish"} else ""
        refusal = pages.decide(
            page, choice, reason=reason, message="Merci, voici pourquoi." if choice != "publish" else ""
        )
    if refusal:
        raise Broken(2, f"« {choice} » d’un texte {text.status} est refusé à {editor.name} : {refusal}")
    world.tell(f"{editor.name} décide « {choice} » du texte de {world.people[text.author].name}")
    decided(world, text, choice)
    owe_alone(world, editor.viewer, text, choice)
    if choice in REVERSIBLE and rng.random() < 0.2:
        world.wait(minutes=rng.choice([1, 4, 8]))
        world.round()
        pages.open_text(page, text.public_id or "")
        button = page.find("Annuler cette décision")
        if button is None:
            raise Broken(16, "une décision ne s’annule plus avant dix minutes")
        page.press("Annuler cette décision")
        taken(page, "Annuler")
        model.undo(text)
        world.reach("arrow take_back")
        world.tell(f"{editor.name} annule cette décision")
    return True


def decided(world: World, text: Text, choice: str) -> None:
    model = world.model
    world.reach(f"arrow {text.status} {choice}")
    model.act(text, choice)
    if choice == "publish":
        model.show(text)
    if choice == "set_aside":
        text.aside = text.latest
    if choice == "unpublish":
        text.shown, text.reads_until, text.is_hidden = None, None, False
    if (subject := DECISIONS.get(choice)) and text.is_confirmed:
        model.owe(
            text,
            text.author,
            subject,
            choice,
            after=UNDO if choice in REVERSIBLE else timedelta(),
            is_true=partial(is_in, text, text.status),
        )


def edit(world: World, editor: Editor, text: Text, page: Browser, choice: str) -> bool:
    page.get(f"/moderation/{text.public_id}/relire")
    [area] = page.tree.xpath("//textarea[@name='account']")
    account = (area.text or "").strip()
    if choice == "correct":
        if MISSPELT not in account:
            return False
        refusal = pages.edit(
            page, text.public_id or "", {"account": account.replace(MISSPELT, SPELT)}, kind="correction"
        )
        version = Version(dict(text.latest.words), text.latest.attribution, is_correction=True)
    else:
        token = world.token()
        version = Version({**text.latest.words, "title": token}, text.latest.attribution, is_approved=False)
        world.model.facts[token] = Fact("réécriture", text, {text.author})
        refusal = pages.edit(page, text.public_id or "", {"title": f"Récit {token}"}, kind="rewriting")
    if refusal:
        raise Broken(3, f"{choice} est refusé : {refusal}")
    text.versions.append(version)
    world.model.touch(text)
    if choice == "rewrite":
        decided(world, text, "send_proof")
        owe_alone(world, editor.viewer, text, "send_proof")
    world.tell(
        f"{editor.name} {'corrige' if choice == 'correct' else 'réécrit'} le texte de {world.people[text.author].name}"
    )
    return True


def decide_too_late(world: World) -> bool:
    """Have an editor decide from a page that they opened before a colleague decided (promise 8)."""
    texts = [each for each in world.model.texts if each.status == "pending" and each.is_confirmed and each.public_id]
    if not texts or len(world.editors) < 2:
        return False
    text = world.rng.choice(texts)
    late, other = world.rng.sample(world.editors, 2)
    path, choice = f"/moderation/{text.public_id}", "keep_internal"
    old, page = world.at_desk(late, path), world.at_desk(other, path)
    if old.status != OK or page.status != OK or pages.decide(page, choice):
        return False
    decided(world, text, choice)
    world.tell(f"{other.name} décide « {choice} », et {late.name} décide d’une page restée ouverte")
    refusal = pages.decide(old, "decline", reason="hors_sujet", message="Trop tard.")
    if not refusal:
        raise Broken(8, f"la décision de {late.name} est prise sur un texte qui a changé")
    if "Trop tard." not in (old.answer.get_data(as_text=True) if old.answer else ""):
        raise Broken(8, f"les mots de {late.name} ne sont pas rendus : {refusal}")
    return True


ACTS: dict[str, tuple[float, Callable[[World], bool]]] = {
    "decide": (8, decide),
    "decide_too_late": (0.3, decide_too_late),
}
