"""Readers: who reports a text, follows an article, asks its author a question, or asks what is kept of an address."""

from collections.abc import Callable
from datetime import timedelta

from tests.simulation import pages
from tests.simulation.authors import FIRST_NAMES, change_consent_of, own_page, pick, taken
from tests.simulation.checks import tokens_at
from tests.simulation.editors import take
from tests.simulation.model import (
    NEWS,
    TOKEN,
    Alert,
    Broken,
    Fact,
    Letter,
    Notice,
    Question,
    Text,
    Viewer,
    months_after,
)
from tests.simulation.world import Author, Browser, World

SITUATIONS = ["", "past", "regular", "planned"]
A_WEEK, A_MONTH = timedelta(days=7), timedelta(days=30)


def somebody(world: World, what: str, text: Text | None) -> Author:
    """Return somebody new, whose address the desk may read where it is about a text."""
    token = world.token()
    email = f"{token}@ville.example"
    world.model.facts[token] = Fact(f"adresse, {what}", text, {email}, is_desk=what == "signalement")
    person = Author(world.rng.choice(FIRST_NAMES), email, Browser(world, Viewer("person", email)))
    world.people[email] = person
    return person


def typed(world: World, what: str, text: Text, readers: set[str], *names: str, is_desk: bool = True) -> dict[str, str]:
    """Return what is typed in each field: a word that only some may read."""
    tokens = {name: world.token() for name in names}
    world.model.facts |= {token: Fact(what, text, set(readers), is_desk) for token in tokens.values()}
    return {name: f"Voici {token}, en un mot." for name, token in tokens.items()}


def tokens_in(*sentences: str) -> set[str]:
    return set(TOKEN.findall(" ".join(sentences)))


def letter_to(world: World, email: str, subject: str) -> Letter | None:
    letters = [each for each in world.people[email].letters if subject in each.subject]
    return letters[-1] if letters else None


# ── notices ──


def report(world: World) -> bool:
    rng, model = world.rng, world.model
    if not (texts := model.visible("page")):
        return False
    text, kind = rng.choice(texts), rng.choice(["illegal", "personal_data", "other", "named", "named"])
    person = somebody(world, "signalement", text)
    names = ["passage", "words", "name", *(["reply"] if kind == "named" else [])]
    fields = typed(world, "signalement", text, {person.email}, *names)
    words, reply = tokens_in(*fields.values()), tokens_in(fields.get("reply", ""), fields["name"])
    email = "" if kind == "illegal" and rng.random() < 0.5 else person.email
    page = person.browser.get(f"/temoignages/{text.public_id}/signaler?motif={kind}")
    page.fill(**fields, email=email, in_good_faith="y").press("Envoyer")
    taken(page, "Signaler")
    if missing := words - tokens_at(page, page.path):
        raise Broken(7, f"le reçu d’un signalement n’a pas {missing}")
    assert text.shown is not None
    words |= tokens_in(email)
    text.notices.append(Notice(text.shown, email, words, reply if kind == "named" else set()))
    if email:
        model.owe(text, email, "Votre signalement est arrivé", "report")
    world.tell(f"{person.name} signale ({kind}) le texte de {world.people[text.author].name}")
    return True


def examine(world: World) -> bool:
    """An editor answers a report: hides the text meanwhile, shows it, dismisses, decides of a reply, unpublishes."""
    rng, model = world.rng, world.model
    texts = [each for each in model.texts if each.reports]
    if not texts:
        return False
    text, editor = rng.choice(texts), rng.choice(world.editors)
    replies = [each for each in text.reports if each.reply]
    ways = ["unhide" if text.is_hidden else "hide", "unpublish"] + ["reply_accepted", "reply_refused"] * bool(replies)
    way = rng.choice(ways + ["dismiss"] * 2 * (len(replies) < len(text.reports)))
    page = world.at_desk(editor, f"/moderation/{text.public_id}")
    if way == "unpublish":
        return take(world, editor, text, page, "unpublish")
    answer = typed(world, "réponse au signalement", text, {each.email for each in text.reports}, "answer")
    if way == "hide":
        message = typed(world, "message", text, {text.author}, "message")
        refusal = pages.decide(page, "hide", reason="masque-autre", **message)
        model.hide(text)
    elif way == "unhide":
        refusal = pages.decide(page, "unhide")
        model.show_again(text)
    else:
        refusal = reply_to(world, text, page, way, replies, answer)
    if refusal:
        raise Broken(2, f"« {way} » d’un texte {text.status} est refusé à {editor.name} : {refusal}")
    world.reach(f"examine {way}")
    world.tell(f"{editor.name} répond « {way} » au signalement du texte de {world.people[text.author].name}")
    return True


def reply_to(world: World, text: Text, page: Browser, way: str, replies: list[Notice], answer: dict[str, str]) -> str:
    """Dismiss the reports, or decide of the first reply; a hidden text is shown again once nothing waits."""
    if way == "dismiss":
        closed = [each for each in text.reports if not each.reply]
        page.fill(**answer).press("Classer sans suite")
    else:
        closed = replies[:1]
        page.get(page.tree.xpath("//a[contains(@href, '/signalements/')]/@href")[0])
        page.fill(outcome=way, **answer).press("Envoyer la réponse")
    for notice in closed:
        notice.is_accepted = way == "reply_accepted"
        world.model.close(text, notice, way, world.now)
        world.model.end(tokens_in(*answer.values()), months_after(world.now, 6) + timedelta(days=1))
    if way == "reply_accepted":
        world.model.owe(text, text.author, "Une réponse paraît sous votre texte", way)
        text.moves += 1
    if text.is_hidden and not text.reports:
        world.model.show_again(text)
    return page.refusal


def reread(world: World) -> bool:
    """A reporter opens the link of their receipt: their words and no other, until they are erased."""
    fits = [(text, each) for text in world.model.texts for each in text.notices]
    fits = [(text, each) for text, each in fits if each.email and letter_to(world, each.email, "signalement est")]
    if not fits:
        return False
    text, notice = world.rng.choice(fits)
    person, letter = world.people[notice.email], letter_to(world, notice.email, "signalement est")
    there = tokens_at(person.browser, letter.links[0]) if letter else set()
    kept = {each for each in notice.words - tokens_in(notice.email) if not world.model.facts[each].ends}
    if missing := kept - there:
        raise Broken(7, f"le signalement du texte de {text.author} n’a plus {missing}")
    return True


# ── weekly letters ──


def follow(world: World) -> bool:
    article, situation = world.rng.choice(sorted(world.model.articles)), world.rng.choice(SITUATIONS)
    person = somebody(world, "abonnement", None)
    page = person.browser.get(f"/articles/{article}/suivre" + (f"?situation={situation}" if situation else ""))
    page.fill(email=person.email).press("Recevoir la lettre")
    taken(page, "Suivre")
    world.model.alerts.append(Alert(person.email, article, situation, world.now))
    world.model.end(tokens_in(person.email), world.now + A_WEEK)
    world.model.owe(None, person.email, "Confirmez votre adresse pour suivre ces retours", "follow")
    world.tell(f"{person.name} veut suivre {article} {situation}")
    return True


def confirm_alert(world: World) -> bool:
    alerts = [each for each in world.model.alerts if not each.told_at and world.now - each.asked_at < A_WEEK]
    alerts = [each for each in alerts if world.people[each.email].letters]
    if not alerts:
        return False
    alert = world.rng.choice(alerts)
    person = world.people[alert.email]
    page = person.browser.get(person.letters[0].links[0]).press("Recevoir la lettre")
    taken(page, "Confirmer l’abonnement")
    alert.told_at = world.now
    world.model.end(tokens_in(alert.email), months_after(world.now, 12) + timedelta(days=1))
    world.tell(f"{person.name} confirme suivre les retours")
    return True


def leave_alert(world: World) -> bool:
    """By the link of a weekly letter, or by the button of a mail program."""
    alerts = [each for each in world.model.alerts if letter_to(world, each.email, NEWS)]
    if not alerts:
        return False
    alert = world.rng.choice(alerts)
    person, letter = world.people[alert.email], letter_to(world, alert.email, NEWS)
    assert letter is not None
    if world.rng.random() < 0.5:
        person.browser.post(letter.links[-1], [("List-Unsubscribe", "One-Click")])
    else:
        person.browser.get(letter.links[-1]).press("Ne plus recevoir")
    taken(person.browser, "Ne plus recevoir cette lettre")
    forget_alerts(world, alert.email)
    world.tell(f"{person.name} ne veut plus de lettre")
    return True


def forget_alerts(world: World, email: str) -> None:
    model = world.model
    model.alerts = [each for each in model.alerts if each.email != email]
    model.owed = [each for each in model.owed if each.to != email]
    model.forget(tokens_in(email))


# ── colleagues' questions ──


def ask(world: World) -> bool:
    model = world.model
    if not (texts := model.visible("page")):
        return False
    text = world.rng.choice(texts)
    if "questions" not in text.consents and world.rng.random() < 0.7:
        return False
    person = somebody(world, "question", text)
    page = person.browser.get(f"/temoignages/{text.public_id}/question")
    if (page.status == 200) is not ("questions" in text.consents):
        raise Broken(4, f"la question à {text.author} répond {page.status}, {sorted(text.consents)}")
    if page.status != 200:
        return True
    fields = typed(world, "question", text, {person.email}, "words", "name", "organisation", is_desk=False)
    page.fill(**fields, email=person.email, shows_address="y").press("Continuer")
    taken(page, "Poser une question")
    question = Question(text, person.email, fields["name"], tokens_in(*fields.values(), person.email), world.now)
    model.questions.append(question)
    model.end(question.words, world.now + A_WEEK)
    model.owe(text, person.email, "Confirmez votre adresse pour que votre question parte", "ask")
    world.tell(f"{person.name} écrit une question à {world.people[text.author].name}")
    return True


def draw_question(world: World, is_fit: Callable[[Question], bool]) -> Question | None:
    kept = [each for each in world.model.questions if world.now - each.asked_at < A_MONTH]
    fits = [each for each in kept if each.text.status != "erased" and is_fit(each)]
    return world.rng.choice(fits) if fits else None


def confirm_question(world: World) -> bool:
    model = world.model
    question = draw_question(
        world,
        lambda each: (
            not each.confirmed_at and world.now - each.asked_at < A_WEEK and bool(world.people[each.email].letters)
        ),
    )
    if question is None:
        return False
    text, person = question.text, world.people[question.email]
    recent = [each for each in model.questions if each.text is text and each.confirmed_at]
    is_many = len([each for each in recent if each.confirmed_at and world.now - each.confirmed_at < A_WEEK]) >= 5
    page = person.browser.get(person.letters[0].links[0])
    may_leave = "questions" in text.consents and text in model.visible("page") and not is_many
    if (page.status == 200) is not may_leave:
        raise Broken(4, f"la question à {text.author} ({text.status}) répond {page.status}, {sorted(text.consents)}")
    if not may_leave:
        return True
    page.press("Envoyer ma question")
    taken(page, "Envoyer une question")
    question.confirmed_at = world.now
    model.end(question.words, question.asked_at + A_MONTH)
    for token in question.words:
        model.facts[token].readers.add(text.author)
    subject = f"{question.name} vous pose une question"
    model.owe(text, text.author, subject, "question", is_true=lambda: text.status == "published")
    world.tell(f"{person.name} confirme sa question")
    if world.rng.random() < 0.2:  # before the letter has left
        author: Author = world.people[text.author]
        if page := own_page(world, author, text):
            return change_consent_of(world, author, text, page, "questions")
    return True


def answer_question(world: World) -> bool:
    """The author declines by the letter of the question, or reports it from their private page, with a word."""
    model = world.model
    question = draw_question(
        world,
        lambda each: not each.is_answered and letter_to(world, each.text.author, each.name) is not None,
    )
    if question is None:
        return False
    text, author = question.text, world.people[question.text.author]
    letter = letter_to(world, author.email, question.name)
    assert letter is not None
    page = author.browser.get(letter.links[-1])
    question.is_answered = True
    if world.rng.random() < 0.5:
        page.press("Non merci")
        model.owe(text, question.email, "Une réponse à votre question", "decline")
    else:
        page.get(f"{author.private_link(text)}/questions")
        report = typed(world, "signalement d’une question", text, {author.email}, "report")
        [name] = tokens_in(question.name)
        after_it = f"//form[contains(@action, '/signaler')][preceding::*[contains(., '{name}')]]"
        page.fill(**report).send(page.tree.xpath(after_it)[0])
        question.report = tokens_in(*report.values())
        model.end(question.report, question.asked_at + A_MONTH)
        show_desk(world, question, is_shown=True)
    taken(page, "Répondre à une question")
    world.tell(f"{author.name} {'signale' if question.report else 'décline'} une question")
    return True


def show_desk(world: World, question: Question, *, is_shown: bool) -> None:
    for token in question.words | question.report:
        world.model.facts[token].is_desk = is_shown


def settle_question(world: World) -> bool:
    """An editor reads the questions that were reported, and no other, and settles one."""
    model, editor = world.model, world.rng.choice(world.editors)
    reported = [each for each in model.questions if each.report and each.text.status != "erased"]
    reported = [each for each in reported if world.now - each.asked_at < A_MONTH]
    if not reported:
        return False
    page = world.at_desk(editor, "/moderation/questions")
    first = tokens_in(page.tree.xpath("string(//main//li)").lower())
    there = tokens_at(page, page.path)
    if missing := {token for each in reported for token in each.words | each.report} - there:
        raise Broken(15, f"les questions signalées n’ont pas {missing}")
    page.press("C’est lu : classer")
    taken(page, "Classer")
    for question in reported:
        if question.words & first:
            show_desk(world, question, is_shown=False)
            question.report = set()
    world.tell(f"{editor.name} classe une question signalée")
    return True


# ── what is kept of an address ──


def ask_address(world: World) -> bool:
    """Somebody asks for all that is kept of their address, reads it, and erases it or not."""
    rng, model = world.rng, world.model
    known = [email for email in world.people for token in tokens_in(email) if model.may_read(Viewer("", email), token)]
    people = [each for email in known if isinstance(each := world.people[email], Author)]
    if not people:
        return False
    person: Author = rng.choice(people)
    page = person.browser.get("/vos-donnees/mon-adresse").fill(email=person.email).press("Recevoir le lien")
    taken(page, "Demander ce qui est gardé")
    subject = "Ce que nous gardons de votre adresse"
    model.owe(None, person.email, subject, "address")
    model.asking.add(person.email)
    world.wait(minutes=1)
    world.round()
    if (letter := letter_to(world, person.email, subject)) is None or person.email in model.closed:
        return True
    texts = [each for each in model.texts if each.author == person.email and each.status != "erased"]
    theirs = {token for each in texts for token in each.latest.tokens()}
    theirs |= {
        token for text in model.texts for each in text.notices if each.email == person.email for token in each.words
    }
    theirs |= {token for each in model.questions if each.email == person.email for token in each.words}
    theirs = {token for token in theirs if model.may_read(person.browser.viewer, token) and not model.facts[token].ends}
    if missing := theirs - tokens_at(person.browser, f"{letter.links[0]}/mes-donnees.json"):
        raise Broken(12, f"ce qui est gardé de {person.email} n’a pas {missing}")
    world.tell(f"{person.name} lit ce qui est gardé de son adresse")
    if rng.random() < 0.4:
        page.get(f"{letter.links[0]}/effacer").press("Effacer tout cela")
        taken(page, "Effacer tout")
        erase_address(world, person)
        world.tell(f"{person.name} efface tout ce qui est gardé de son adresse")
    return True


def erase_address(world: World, person: Author) -> None:
    model, email = world.model, person.email
    for text in model.texts:
        for notice in [each for each in text.notices if each.email == email]:
            text.notices.remove(notice)
            text.moves += 1
            model.forget(notice.words)
        if text.author == email and text.status != "erased":
            model.erase(text)
    for question in model.questions:
        if question.email == email:
            model.forget(question.words)
            question.report = set()
    forget_alerts(world, email)


def read_data(world: World) -> bool:
    """An author reads all that is kept of a text, and the proof of their consents: of nobody else."""
    drawn = pick(world, lambda text: text.status != "erased")
    if drawn is None:
        return False
    author, text, page = drawn
    link = author.private_link(text)
    for path in ("mes-donnees", "mes-donnees.json", "preuve", "preuve.json"):
        there = tokens_at(page, f"{link}/{path}")
        if page.status != 200 or ("mes" in path and (missing := text.latest.tokens() - there)):
            raise Broken(12, f"{path} de {author.name} répond {page.status}, sans {missing}")
    world.tell(f"{author.name} lit ce qui est gardé de son texte")
    return True


ACTS: dict[str, tuple[float, Callable[[World], bool]]] = {
    "report": (4, report),
    "examine": (4, examine),
    "reread": (0.2, reread),
    "follow": (1, follow),
    "confirm_alert": (2, confirm_alert),
    "leave_alert": (0.1, leave_alert),
    "ask": (3, ask),
    "confirm_question": (3, confirm_question),
    "answer_question": (2, answer_question),
    "settle_question": (2, settle_question),
    "ask_address": (1, ask_address),
    "read_data": (1, read_data),
}
