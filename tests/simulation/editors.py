"""Editors: what they decide on a text, what they take back, and what they write."""

from tests.simulation import pages
from tests.simulation.authors import FIRST_NAMES, amend_text, change_consent_of, own_page
from tests.simulation.model import A_MONTH, REVERSIBLE, STEPS, UNDO, Broken
from tests.simulation.things import Text, Version, tokens_in
from tests.simulation.told import LAST_READINGS, may_read_last, owe_alone
from tests.simulation.world import PASSWORD, Browser, Nothing, Person, World, act

CHOICES = {
    "unconfirmed": ["decline"],
    "pending": [*["publish"] * 5, "decline", "keep_internal", "request_changes", "rewrite", "correct"],
    "changes_requested": ["cancel_request"],
    "proof_sent": ["recall_proof"],
    "published": ["unpublish", "correct", "correct", "correct"],
    "internal": ["reopen"],
    "declined": ["reopen"],
    "unpublished": ["reopen"],
}


def an_editor(world: World, *options: str) -> Person:
    """Invite an editor by the owner's command, and have them choose a password."""
    email, model = f"{world.word('éditeur')}@reseau.example", world.model
    name = f"{world.rng.choice(FIRST_NAMES)} {world.word('éditeur').capitalize()}"
    model.editors[email] = options[1:] or None
    model.admins |= {email} if "--admin" in options else set()
    editor = world.people[email] = Person(name, Browser(world, email))
    world.run("editors", "invite", email, name, *options)
    model.owe("invite editor", None, "invite", email)
    world.soon()
    editor.browser.get(editor.link()).fill(password=PASSWORD).do("Enregistrer ce mot de passe")
    frequency = world.rng.choice(["daily", "weekly", "never", "never"])
    world.at_desk(editor, "/moderation/courriels").fill(frequency=frequency).do("Garder ce choix")
    return editor


@act(9)
def decide(world: World) -> None:
    model, editor = world.model, world.choose(world.team)
    texts = [each for each in model.texts if each.public_id and each.status in CHOICES and not each.unsigned()]
    texts = [each for each in texts if model.may_edit(editor.email, each.article)]
    texts = [each for each in texts if not (each.is_contested and each.status in {"declined", "unpublished"})]
    texts = [each for each in texts if each.reads_until is None or world.now < each.reads_until]  # the clock has to run
    waiting = [each for each in texts if each.status == "pending" or each.is_amended]
    text = world.choose(waiting if waiting and world.chance(0.7) else texts)
    choice, page = choice_for(world, text), world.review(editor, text)
    if page.status != 200:
        raise Broken(2, f"la page d’un texte {text.status} ne s’ouvre pas à {editor.name} : {page.status}")
    if strange := {*page.tree.xpath("//button[@name='action']/@value")} - STEPS[text.status].keys():
        raise Broken(2, f"{strange} est offert d’un texte {text.status}")
    if choice in LAST_READINGS and not may_read_last(world, editor, text):
        if page.find(name="action", value=choice) is not None:
            raise Broken(13, f"« {choice} » est offert à {editor.name}, qui a écrit ce texte")
        raise Nothing
    if text.is_held(text.latest) and page.find(name="action", value="publish") is not None:
        raise Broken(3, "une correction contestée peut être publiée avant une réponse")
    take(world, editor, text, page, choice)


def choice_for(world: World, text: Text) -> str:
    """Draw a decision that a text is open to."""
    choice = world.rng.choice(CHOICES[text.status])
    if choice == "reopen" and not text.is_confirmed:  # an address that nobody has shown to be theirs
        raise Nothing
    if text.is_amended and text.status == "published":
        choice = world.rng.choice(["publish", "set_aside", "unpublish"])
    if choice in {"publish", "rewrite", "correct"} and (text.contested or text.is_held(text.latest)):
        choice = "keep_internal" if text.status == "pending" else "unpublish"
    if choice in {"publish", "rewrite", "correct"} and "publication" not in text.consents:
        choice = "keep_internal"
    return "send_proof" if choice in {"publish", "correct"} and not text.latest.is_approved else choice


def take(world: World, editor: Person, text: Text, page: Browser, choice: str) -> None:
    """Take a decision that a page offers, of which its author has reasons; some are taken back."""
    if choice in {"rewrite", "correct"}:
        page.get(f"/moderation/{text.public_id}/relire")
        (rewrite if choice == "rewrite" else correct)(world, editor, text, page)
        return
    if choice == "request_changes":
        page.get(f"/moderation/{text.public_id}/demander")
        page.fill(ask_account="Merci de préciser ce que vous avez fait.").do("Envoyer la demande")
    else:
        given = {"reason": "hors_sujet"} if choice in {"decline", "unpublish"} else {}
        message = "" if choice == "publish" else said(world, text, "Voici pourquoi")
        to_readers = "Merci : voici notre décision."
        if refusal := pages.decide(page, choice, message=message, to_readers=to_readers, **given):
            raise Broken(2, f"« {choice} » d’un texte {text.status} est refusé à {editor.name} : {refusal}")
    world.tell(f"{editor.name} décide « {choice} » du texte de {world.author(text).name}")
    world.model.act(text, choice, editor.email)
    owe_alone(world, editor, text, choice)


@act(1)
def take_back(world: World) -> None:
    """Promise 16: take back the last decision on a text within ten minutes."""
    made = [each for each in world.model.texts if each.last and each.last[0] in REVERSIBLE]
    text = world.choose(each for each in made if each.last and world.now - each.last[1] < UNDO)
    editor = world.choose(each for each in world.team if world.model.may_edit(each.email, text.article))
    world.round()  # nothing of it has left yet
    page = world.review(editor, text)
    if page.find("Annuler cette décision") is None:
        raise Broken(16, "une décision ne s’annule plus avant dix minutes")
    page.do("Annuler cette décision")
    world.model.undo(text)
    world.model.reached["arrow take_back"] += 1
    world.tell(f"{editor.name} annule cette décision")


def said(world: World, text: Text, words: str) -> str:
    """Return words that the team says to the author of a text, or of it, with a token."""
    return f"{words} : {world.word('mots de l’équipe', text.author, text=text)}."


def rewrite(world: World, editor: Person, text: Text, page: Browser) -> None:
    token = world.word("réécriture", text.author, text=text)
    if refusal := pages.edit(page, {"title": f"Récit {token}"}, "rewriting"):
        raise Broken(3, f"une réécriture est refusée : {refusal}")
    base, words = text.latest, {**text.latest.words, "title": token}
    text.versions.append(Version(words, base.attribution, is_approved=False, is_spelt=base.is_spelt))
    world.model.act(text, "send_proof")
    owe_alone(world, editor, text, "send_proof")
    world.tell(f"{editor.name} réécrit le texte de {world.author(text).name}")


def correct(world: World, editor: Person, text: Text, page: Browser) -> None:
    """Correct a spelling, mask a word, or both; of a published text, at once."""
    base = (text.shown if text.status == "published" and text.aside else None) or text.latest
    if base.is_correction and not {*base.words.values()} <= {*text.own().words.values()}:
        raise Nothing  # of what was set aside while the text was published: it is a rewriting of these words now
    fields = {area.get("name"): (area.text or "").strip() for area in page.tree.iter("textarea")}
    changed, words = dict(fields), dict(base.words)
    if not base.is_correction and world.chance(0.6):
        changed["account"] = changed["account"].replace(pages.MISSPELT, pages.SPELT)
    spells = changed != fields
    if not spells or world.chance(0.4):
        name = world.choose(each for each in words if each.rstrip("0123456789") in {"account", "outcome"})
        field, token = name.rstrip("0123456789"), words.pop(name)
        changed[field] = changed[field].replace(token, f"[[{token}]]")
    is_mask = not spells and (base.is_mask or not base.is_correction)
    given = {name: value for name, value in changed.items() if value != fields[name]}
    if refusal := pages.edit(page, given, "correction"):
        raise Broken(3, f"une correction d’un texte {text.status} est refusée : {refusal}")
    world.tell(f"{editor.name} corrige le texte de {world.author(text).name} : {sorted(given)}")
    is_spelt = spells or base.is_spelt
    version = Version(words, base.attribution, is_correction=True, is_mask=is_mask, is_spelt=is_spelt)
    version.editor = editor.email
    text.versions.append(version)
    world.model.touch(text)
    if text.status == "published":
        world.model.act(text, "publish", tells="edited")


@act(2.5)
def answer(world: World) -> None:
    """Answer an objection, as another editor than the one whose act is contested."""
    model = world.model
    text = world.choose(
        each for each in model.texts if each.is_contested and model.answers(each) and not each.is_amended
    )
    editor, choice = world.choose(world.editors), world.choose(model.answers(text))
    page = world.review(editor, text)
    is_offered = page.find(name="action", value=choice) is not None
    is_last = choice in LAST_READINGS and not may_read_last(world, editor, text)
    if is_offered is not (editor.email in model.answering(text) and not is_last):
        raise Broken(11, f"{editor.name} {'peut' if is_offered else 'ne peut pas'} répondre ({choice})")
    if is_offered:
        take(world, editor, text, page, choice)


@act(0.6)
def write_words(world: World) -> None:
    """Leave a note between editors, or write to an author who agrees to it."""
    model, editor = world.model, world.choose(world.editors)
    text = world.choose(each for each in model.texts if each.public_id and each.status != "erased")
    page, may_write = world.review(editor, text), text.is_confirmed and "contact" in text.consents
    if bool(page.tree.xpath("//a[contains(@href, '/ecrire')]")) is not may_write:
        raise Broken(4, f"écrire à l’auteur·e d’un texte {text.status} : {may_write} attendu")
    if not may_write or world.chance(0.4):
        named = world.choose(world.editors)
        page.fill(words=said(world, text, f"À voir, @{named.name}")).do("Ajouter la note")
        for token in tokens_in(named.name):
            model.facts[token].readers.add(text.author)  # in what is kept of their text
        namesakes = [each for each in world.team if each.name.split()[0] == named.name.split()[0]]
        for each in namesakes:  # the first name suffices
            if each is not editor and model.may_edit(each.email, text.article):
                model.owe("note", None, "note", each.email)
    elif text.written_at and world.now - text.written_at < A_MONTH:
        raise Nothing
    else:
        subject = said(world, text, "Rencontre")
        page.get(f"/moderation/{text.public_id}/ecrire")
        page.fill(subject=subject, words=said(world, text, "Nous aimerions")).do("Envoyer la lettre")
        # It leaves at once: nothing at the desk calls it back (promise 16 says ten minutes).
        model.owe(subject, text, "contact")
        text.written_at = world.now
        model.touch(text)
        if world.chance(0.4):
            change_consent_of(world, text, own_page(world, text), world.choose(["contact", "reuse"]))
    world.tell(f"{editor.name} écrit à l’équipe, ou à {world.author(text).name}")


@act(0.3)
def discard(world: World) -> None:
    """Decline several texts that nobody confirmed, from the list; take it back for some."""
    texts = [each for each in world.model.texts if each.public_id and each.status == "unconfirmed"]
    editor, chosen = world.choose(world.editors), world.rng.sample(texts, min(2, len(texts)))
    if not chosen:
        raise Nothing
    page = world.at_desk(editor, "/moderation?etat=unconfirmed")
    page.fill(texte=[each.public_id or "" for each in chosen]).do("Écarter les textes cochés")
    page.fill(raison="non_confirme").do("Écarter")
    for text in chosen:
        world.model.act(text, "decline", editor.email)
    world.tell(f"{editor.name} écarte {len(chosen)} textes que personne n’a confirmés")
    if world.chance(0.3):
        world.wait(minutes=6)
        page.do("Annuler")
        for text in chosen:
            world.model.undo(text)
        world.tell(f"{editor.name} annule")


@act(0.6)
def decide_too_late(world: World) -> None:
    """Promise 8: from a page that was opened before a colleague decided, or before the author changed the text."""
    late = world.choose(world.editors)
    other = world.choose(each for each in world.editors if each is not late)
    text = world.choose(each for each in world.model.texts if each.status == "pending" and each.is_confirmed)
    old, page = world.review(late, text), world.review(other, text)
    if world.chance(0.5):
        amend_text(world, text, own_page(world, text))
    elif pages.decide(page, "keep_internal"):
        raise Nothing
    else:
        world.model.act(text, "keep_internal")
    refusal = pages.decide(old, "decline", reason="hors_sujet", message="Trop tard.")
    world.tell(f"{late.name} décide d’une page restée ouverte, d’un texte {text.status}")
    if not refusal or "Trop tard." not in old.body:
        raise Broken(8, f"la décision de {late.name} est prise, ou ses mots ne sont pas rendus : {refusal}")


@act(1)
def sign_too_late(world: World) -> None:
    """Promise 3: an author signs what they have read, not what was sent since."""
    editor = world.choose(world.editors)
    texts = [each for each in world.model.texts if each.is_confirmed and each.status in {"pending", "proof_sent"}]
    texts = [each for each in texts if editor.email not in each.typists and "publication" in each.consents]
    text = world.choose(each for each in texts if not each.contested)
    if text.status == "pending":
        take(world, editor, text, world.review(editor, text), "rewrite")
    page = own_page(world, text)
    take(world, editor, text, world.review(editor, text), "recall_proof")
    take(world, editor, text, world.review(editor, text), "rewrite")
    page.press("Je signe")
    world.tell(f"{world.author(text).name} signe d’une page restée ouverte")
    if not page.refusal:
        raise Broken(3, f"{world.author(text).name} a signé une version qui n’était pas sur sa page")
