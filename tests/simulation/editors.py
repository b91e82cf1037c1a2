"""Editors: what they decide on a text, and what they take back."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from tests.simulation import pages
from tests.simulation.authors import FIRST_NAMES, MISSPELT, SPELT, taken, tokens_of
from tests.simulation.model import (
    ANSWERED,
    DECISIONS,
    EDITED,
    REVERSIBLE,
    STATUSES,
    UNDO,
    Broken,
    Fact,
    Text,
    Version,
    Viewer,
    is_in,
    is_untold,
)
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
    "published": ["unpublish", "correct", "correct", "correct"],
    "internal": ["reopen"],
    "declined": ["reopen"],
    "unpublished": ["reopen"],
}


def decide(world: World) -> bool:
    rng, model = world.rng, world.model
    editor = rng.choice(world.team)
    texts = [each for each in model.texts if each.public_id and each.status in CHOICES and not each.unsigned()]
    texts = [each for each in texts if model.may_edit(editor.viewer, each.article)]
    texts = [each for each in texts if not (each.is_contested and each.status in {"declined", "unpublished"})]
    waiting = [each for each in texts if each.status == "pending" or each.is_amended]
    if waiting and rng.random() < 0.8:
        texts = waiting
    if not texts:
        return False
    text = rng.choice(texts)
    choice = choice_for(world, text)
    if not choice:
        return False
    page = world.at_desk(editor, f"/moderation/{text.public_id}")
    if page.status != 200:
        raise Broken(2, f"la page d’un texte {text.status} ne s’ouvre pas à {editor.name} : {page.status}")
    if choice in LAST_READINGS and not may_read_last(world, editor.viewer, text):
        if page.find(name="action", value=choice) is not None:
            raise Broken(13, f"« {choice} » est offert à {editor.name}, qui a écrit ce texte")
        return False
    if text.is_held(text.latest) and page.find(name="action", value="publish") is not None:
        raise Broken(3, "une correction contestée peut être publiée avant une réponse")
    return take(world, editor, text, page, choice)


def choice_for(world: World, text: Text) -> str:
    """Draw a decision that a text is open to; empty where there is none."""
    choice = world.rng.choice(CHOICES[text.status])
    if choice == "reopen" and not text.is_confirmed:  # an address that nobody has shown to be theirs
        return ""
    if text.is_amended and text.status == "published":
        choice = world.rng.choice(["publish", "set_aside", "unpublish"])
    if choice in {"publish", "rewrite", "correct"} and (text.contested or text.is_held(text.latest)):
        choice = "keep_internal" if text.status == "pending" else "unpublish"
    if choice in {"publish", "rewrite", "correct"} and "publication" not in text.consents:
        choice = "keep_internal"
    return "send_proof" if choice in {"publish", "correct"} and not text.latest.is_approved else choice


def take(world: World, editor: Editor, text: Text, page: Browser, choice: str) -> bool:
    if choice == "request_changes":
        page.get(f"/moderation/{text.public_id}/demander")
        page.fill(ask_account="Merci de préciser ce que vous avez fait.").press("Envoyer la demande")
        refusal = page.refusal
    elif choice in {"rewrite", "correct"}:
        return edit(world, editor, text, page, choice)
    else:
        reason = "hors_sujet" if choice in {"decline", "unpublish"} else ""
        refusal = pages.decide(
            page, choice, reason=reason, message=said(world, text, "Voici pourquoi") if choice != "publish" else ""
        )
    if refusal:
        raise Broken(2, f"« {choice} » d’un texte {text.status} est refusé à {editor.name} : {refusal}")
    world.tell(f"{editor.name} décide « {choice} » du texte de {world.people[text.author].name}")
    decided(world, text, choice, editor)
    owe_alone(world, editor.viewer, text, choice)
    take_back(world, editor, text, page, choice)
    return True


def take_back(world: World, editor: Editor, text: Text, page: Browser, choice: str) -> None:
    rng, model = world.rng, world.model
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


def decided(world: World, text: Text, choice: str, editor: Editor | None = None) -> None:
    model = world.model
    is_answer = choice in model.answers(text)
    world.reach(f"arrow {text.status} {choice}")
    model.act(text, choice)
    if choice == "publish":
        model.show(text)
    if choice == "set_aside":
        text.aside += tuple(text.versions[text.versions.index(text.shown) + 1 :] if text.shown else ())
    if choice == "unpublish":
        text.shown, text.reads_until, text.is_hidden = None, None, False
    if choice in {"decline", "unpublish"} and editor is not None:
        text.decided_by = editor.viewer.email
    if is_answer:
        after = UNDO if choice in REVERSIBLE else timedelta()
        model.owe(
            text, text.author, ANSWERED, choice, after=after, is_true=partial(is_in, text, *STATUSES - {"withdrawn"})
        )
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
    if choice == "correct":
        return correct(world, editor, text, page)
    token = world.token()
    version = Version({**text.latest.words, "title": token}, text.latest.attribution, is_approved=False)
    world.model.facts[token] = Fact("réécriture", text, {text.author})
    refusal = pages.edit(page, text.public_id or "", {"title": f"Récit {token}"}, kind="rewriting")
    if refusal:
        raise Broken(3, f"{choice} est refusé : {refusal}")
    text.versions.append(version)
    world.model.touch(text)
    decided(world, text, "send_proof", editor)
    owe_alone(world, editor.viewer, text, "send_proof")
    world.tell(f"{editor.name} réécrit le texte de {world.people[text.author].name}")
    return True


def said(world: World, text: Text, words: str) -> str:
    """Return words that the team says to the author of a text, or of it, with a token."""
    token = world.token()
    world.model.facts[token] = Fact("mots de l’équipe", text, {text.author})
    return f"{words} : {token}."


def correct(world: World, editor: Editor, text: Text, page: Browser) -> bool:
    """Correct a spelling, mask a word, or both; of a published text, at once."""
    base, model, is_published = text.latest, world.model, text.status == "published"
    if is_published and text.aside:
        base = text.shown or base
    fields = {area.get("name"): (area.text or "").strip() for area in page.tree.iter("textarea")}
    changed, words = dict(fields), dict(base.words)
    if not base.is_correction and world.rng.random() < 0.6:
        changed["account"] = changed["account"].replace(MISSPELT, SPELT)
    spells = changed != fields
    if not spells or world.rng.random() < 0.4:
        name = world.rng.choice([each for each in words if each.rstrip("0123456789") in {"account", "outcome"}])
        field, token = name.rstrip("0123456789"), words.pop(name)
        changed[field] = changed[field].replace(token, f"[[{token}]]")
    is_mask = not spells and (base.is_mask or not base.is_correction)
    version = Version(words, base.attribution, is_correction=True, is_mask=is_mask, editor=editor.viewer.email)
    given = {name: value for name, value in changed.items() if value != fields[name]}
    if refusal := pages.edit(page, text.public_id or "", given, kind="correction"):
        raise Broken(3, f"une correction d’un texte {text.status} est refusée : {refusal}")
    world.tell(f"{editor.name} corrige le texte de {world.people[text.author].name} : {sorted(given)}")
    text.versions.append(version)
    model.touch(text)
    if is_published:
        model.act(text, "publish")
        model.show(text)
        model.owe(
            text,
            text.author,
            EDITED,
            "publish",
            after=UNDO,
            is_true=partial(is_untold, text, version),
        )
        take_back(world, editor, text, page, "publish")
    return True


def answer(world: World) -> bool:
    """Answer an objection, as another editor than the one whose act is contested."""
    rng, model = world.rng, world.model
    texts = [each for each in model.texts if each.is_contested and model.answers(each) and not each.is_amended]
    if not texts:
        return False
    text = rng.choice(texts)
    editor, choice = rng.choice(world.editors), rng.choice(model.answers(text))
    page = world.at_desk(editor, f"/moderation/{text.public_id}")
    is_offered = page.find(name="action", value=choice) is not None
    if is_offered is not (editor.viewer.email in model.answering(text)):
        raise Broken(11, f"{editor.name} {'peut' if is_offered else 'ne peut pas'} répondre ({choice})")
    return is_offered and take(world, editor, text, page, choice)


def write_words(world: World) -> bool:
    """Leave a note between editors, or write to an author who agrees to it."""
    rng, model = world.rng, world.model
    texts = [each for each in model.texts if each.public_id and each.status != "erased"]
    if not texts:
        return False
    text, editor = rng.choice(texts), rng.choice(world.editors)
    page = world.at_desk(editor, f"/moderation/{text.public_id}")
    may_write = text.is_confirmed and "contact" in text.consents
    if (page.tree.xpath("//a[contains(@href, '/ecrire')]") != []) is not may_write:
        raise Broken(4, f"écrire à l’auteur·e d’un texte {text.status} : {may_write} attendu")
    if not may_write or rng.random() < 0.4:
        named = rng.choice(world.editors)
        page.fill(words=said(world, text, f"À voir, @{named.name}")).press("Ajouter la note")
        if named is not editor:
            model.owe(None, named.viewer.email, "On vous nomme dans une note", "note")
        what = "laisse une note sur le texte de"
    elif any(world.now - at < timedelta(days=30) for at in text.letters):
        return False
    else:
        subject = said(world, text, "Rencontre")
        page.get(f"/moderation/{text.public_id}/ecrire")
        page.fill(subject=subject, words=said(world, text, "Nous aimerions")).press("Envoyer la lettre")
        # It leaves at once: nothing at the desk calls it back (promise 16 says ten minutes).
        model.owe(text, text.author, subject, "contact")
        text.letters.append(world.now)
        model.touch(text)
        what = "écrit à"
    taken(page, what)
    world.tell(f"{editor.name} {what} {world.people[text.author].name}")
    return True


def discard(world: World) -> bool:
    """Decline several texts that nobody confirmed, from the list; take it back for some."""
    texts = [each for each in world.model.texts if each.public_id and each.status == "unconfirmed"]
    if not texts:
        return False
    chosen = world.rng.sample(texts, min(2, len(texts)))
    editor = world.rng.choice(world.editors)
    page = world.at_desk(editor, "/moderation?etat=unconfirmed")
    page.fill(texte=[each.public_id or "" for each in chosen]).press("Écarter les textes cochés")
    page.fill(raison="non_confirme").press("Écarter")
    taken(page, "Écarter")
    for text in chosen:
        decided(world, text, "decline", editor)
    world.tell(f"{editor.name} écarte {len(chosen)} textes que personne n’a confirmés")
    if world.rng.random() < 0.3:
        world.wait(minutes=6)
        page.press("Annuler")
        taken(page, "Annuler")
        for text in chosen:
            world.model.undo(text)
        world.tell(f"{editor.name} annule")
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
    "answer": (1, answer),
    "write_words": (0.6, write_words),
    "discard": (0.3, discard),
}
