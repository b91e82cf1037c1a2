"""Readers: who reports a text, follows an article, asks its author a question, or asks what is kept of an address."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import partial

from tests.simulation import pages
from tests.simulation.authors import FIRST_NAMES, change_consent_of, own_page, pick, taken
from tests.simulation.checks import tokens_at
from tests.simulation.editors import take
from tests.simulation.model import (
    NEWS,
    PARIS,
    TOKEN,
    Alert,
    Broken,
    Fact,
    Notice,
    Question,
    Text,
    Viewer,
    is_in,
    months_after,
)
from tests.simulation.world import Author, Browser, World

A_DAY, A_WEEK, A_MONTH = timedelta(days=1), timedelta(days=7), timedelta(days=30)


def somebody(world: World, what: str, text: Text | None = None) -> Author:
    """Return somebody new, whose address the desk reads where they report a text."""
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
    return set(TOKEN.findall(" ".join(sentences).lower()))


def link_in(world: World, email: str, subject: str) -> str:
    """Return the last link of the last letter of that subject; empty where none has come."""
    links = [each.links[-1] for each in world.people[email].letters if subject in each.subject]
    return links[-1] if links else ""


def soon(world: World, then: Callable[[World], bool]) -> bool:
    """Have people go on at once, now and then, by the letter that has just come."""
    if world.rng.random() < 0.5:
        world.wait(minutes=1)
        world.round()
        then(world)
    return True


# ── notices ──


def report(world: World) -> bool:
    rng, model = world.rng, world.model
    if not (texts := model.visible("page")):
        return False
    text, kind = rng.choice(texts), rng.choice(["illegal", "personal_data", "other", "named", "named"])
    person = somebody(world, "signalement", text)
    names = ["passage", "words", "name", *(["reply"] if kind == "named" else [])]
    fields = typed(world, "signalement", text, {person.email}, *names)
    email = "" if kind == "illegal" and rng.random() < 0.5 else person.email
    page = person.browser.get(f"/temoignages/{text.public_id}/signaler?motif={kind}")
    page.fill(**fields, email=email, in_good_faith="y").press("Envoyer")
    taken(page, "Signaler")
    words = tokens_in(*fields.values())
    if missing := words - tokens_in(page.text):
        raise Broken(7, f"le reçu d’un signalement n’a pas {missing}")
    assert text.shown is not None
    reply = tokens_in(fields["reply"], fields["name"]) if kind == "named" else set()
    text.notices.append(Notice(text.shown, email, words | tokens_in(email), reply))
    if email:
        model.owe(text, email, "Votre signalement est arrivé", "report")
    else:
        model.forget(tokens_in(person.email))  # never said
    world.tell(f"{person.name} signale ({kind}) le texte de {world.people[text.author].name}")
    return soon(world, examine)


def examine(world: World) -> bool:
    """An editor answers a report: hides the text meanwhile, shows it, dismisses, decides of a reply, unpublishes."""
    rng, model = world.rng, world.model
    texts = [each for each in model.texts if each.reports]
    if not texts:
        return False
    text, editor = rng.choice(texts), rng.choice(world.editors)
    replies = [each for each in text.reports if each.reply]
    others = [each for each in text.reports if not each.reply]
    ways = [*["unhide" if text.is_hidden else "hide"] * 2, "unpublish", *["dismiss"] * 2 * bool(others)]
    way = rng.choice([*ways, *["reply_accepted", "reply_accepted", "reply_refused"] * bool(replies)])
    page = world.at_desk(editor, f"/moderation/{text.public_id}")
    if way == "unpublish":
        return take(world, editor, text, page, "unpublish")
    if way == "hide":
        message = typed(world, "message", text, {text.author}, "message")
        refusal = pages.decide(page, "hide", reason="masque-autre", **message)
        model.act(text, "hide")
        last_day = (world.now + A_WEEK).astimezone(PARIS).date()
        text.is_hidden, text.hidden_until = True, datetime.combine(last_day, time(), PARIS)
        model.owe(text, text.author, "Votre texte est masqué, le temps d’examiner un signalement", "hide")
    elif way == "unhide":
        refusal = pages.decide(page, "unhide")
        model.show_again(text)
    else:
        refusal = answer(world, text, page, way, others if way == "dismiss" else replies[:1])
    if refusal:
        raise Broken(2, f"« {way} » d’un texte {text.status} est refusé à {editor.name} : {refusal}")
    world.reach(f"examine {way}")
    world.tell(f"{editor.name} répond « {way} » au signalement du texte de {world.people[text.author].name}")
    return True


def answer(world: World, text: Text, page: Browser, way: str, notices: list[Notice]) -> str:
    """Dismiss the reports, or decide of a reply; a hidden text is shown again once nothing waits."""
    words = typed(world, "réponse au signalement", text, {each.email for each in notices}, "answer")
    if way == "dismiss":
        page.fill(**words).press("Classer sans suite")
    else:
        page.get(page.tree.xpath("//a[contains(@href, '/signalements/')]/@href")[0])
        page.fill(outcome=way, **words).press("Envoyer la réponse")
    for notice in notices:
        notice.words |= tokens_in(*words.values())
        notice.is_accepted = way == "reply_accepted"
        world.model.close(text, notice, way, world.now)
    if way == "reply_accepted":
        world.model.owe(text, text.author, "Une réponse paraît sous votre texte", way)
        text.moves += 1
    if text.is_hidden and not text.reports:
        world.model.show_again(text)
    return page.refusal


# ── weekly letters ──


def follow(world: World) -> bool:
    article, situation = (
        world.rng.choice(sorted(world.model.articles - world.model.offline)),
        world.rng.choice(["", "past", "regular"]),
    )
    person = somebody(world, "abonnement")
    page = person.browser.get(f"/articles/{article}/suivre" + (f"?situation={situation}" if situation else ""))
    page.fill(email=person.email).press("Recevoir la lettre")
    taken(page, "Suivre")
    world.model.alerts.append(Alert(person.email, article, situation))
    world.model.end(tokens_in(person.email), world.now + A_WEEK)
    world.model.owe(None, person.email, "Confirmez votre adresse pour suivre ces retours", "follow")
    world.tell(f"{person.name} veut suivre {article} {situation}")
    return soon(world, mind_alert)


def mind_alert(world: World) -> bool:
    """Confirm an alert; or leave it, by the link of a weekly letter or by the button of a mail program."""
    model = world.model
    alerts = [each for each in model.alerts if link_in(world, each.email, "" if not each.told_at else NEWS)]
    alerts = [
        each for each in alerts if world.model.still(each.email) and (not each.told_at or world.rng.random() < 0.2)
    ]
    if not alerts:
        return False
    alert = world.rng.choice(alerts)
    page, link = world.people[alert.email].browser, link_in(world, alert.email, "")
    if not alert.told_at:
        page.get(link).press("Recevoir la lettre")
        alert.told_at = world.now
        model.end(tokens_in(alert.email), months_after(world.now, 12) + A_DAY)
    elif world.rng.random() < 0.5:
        page.post(link, [("List-Unsubscribe", "One-Click")])
        model.forget_address(alert.email)
    else:
        page.get(link).press("Ne plus recevoir")
        model.forget_address(alert.email)
    taken(page, "Suivre, ou ne plus suivre")
    world.tell(f"{alert.email} {'suit' if alert in model.alerts else 'ne suit plus'} {alert.article}")
    return True


# ── colleagues' questions ──


def ask(world: World) -> bool:
    model = world.model
    texts = [each for each in model.visible("page") if "questions" in each.consents or world.rng.random() < 0.2]
    if not texts:
        return False
    text = world.rng.choice(texts)
    person = somebody(world, "question", text)
    page = person.browser.get(f"/temoignages/{text.public_id}/question")
    if (page.status == 200) is not ("questions" in text.consents):
        raise Broken(4, f"la question à {text.author} répond {page.status}, {sorted(text.consents)}")
    if page.status != 200:
        return True
    fields = typed(world, "question", text, {person.email}, "words", "name", "organisation", is_desk=False)
    page.fill(**fields, email=person.email, shows_address="y").press("Continuer")
    taken(page, "Poser une question")
    words = tokens_in(*fields.values(), person.email)
    model.questions.append(Question(text, person.email, fields["name"], words, world.now))
    model.end(words, world.now + A_WEEK)
    model.owe(text, person.email, "Confirmez votre adresse pour que votre question parte", "ask")
    world.tell(f"{person.name} écrit une question à {world.people[text.author].name}")
    return soon(world, go_on)


def go_on(world: World) -> bool:
    """Take a question one step further: its sender confirms it, its author answers it, the desk settles a report."""
    kept = [each for each in world.model.questions if world.model.still(each.email) and each.text.status != "erased"]
    ways = [(each, confirm) for each in kept if not each.confirmed_at and link_in(world, each.email, "Confirmez")]
    named = [each for each in kept if not each.is_answered and link_in(world, each.text.author, each.name)]
    ways += [(each, respond) for each in named] + [(each, settle) for each in kept if each.report]
    if not ways:
        return False
    question, way = world.rng.choice(ways)
    world.reach(f"question {way.__name__}")
    return way(world, question)


def confirm(world: World, question: Question) -> bool:
    model, text, page = world.model, question.text, world.people[question.email].browser
    recent = [each for each in model.questions if each.text is text and each.confirmed_at]
    is_many = sum(world.now - each.confirmed_at < A_WEEK for each in recent if each.confirmed_at) >= 5
    page.get(link_in(world, question.email, "Confirmez"))
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
    model.owe(text, text.author, subject, "question", is_true=partial(is_in, text, "published"))
    world.tell(f"{question.email} confirme sa question à {text.author}")
    if world.rng.random() < 0.2 and (page := own_page(world, world.people[text.author], text)):
        return change_consent_of(world, world.people[text.author], text, page, "questions")  # before it has left
    return soon(world, go_on)


def respond(world: World, question: Question) -> bool:
    """The author declines by the letter of the question, or reports it from their private page, with a word."""
    text, author = question.text, world.people[question.text.author]
    page, question.is_answered = author.browser, True
    if world.rng.random() < 0.5:
        page.get(link_in(world, author.email, question.name)).press("Non merci")
        world.model.owe(text, question.email, "Une réponse à votre question", "decline")
    else:
        page.get(f"{author.private_link(text)}/questions")
        fields = typed(world, "signalement d’une question", text, {author.email}, "report")
        [name] = tokens_in(question.name)
        page.fill(**fields).send(
            page.tree.xpath(f"//form[contains(@action, '/signaler')][preceding::*[contains(., '{name}')]]")[0]
        )
        question.report = tokens_in(*fields.values())
        world.model.end(question.report, question.asked_at + A_MONTH)
        show_desk(world, question, is_shown=True)
    taken(page, "Répondre à une question")
    world.tell(f"{author.name} {'signale' if question.report else 'décline'} une question")
    return soon(world, go_on) if question.report else True


def show_desk(world: World, question: Question, *, is_shown: bool) -> None:
    for token in question.words | question.report:
        world.model.facts[token].is_desk = is_shown


def settle(world: World, question: Question) -> bool:
    """An editor reads a question that was reported, and settles it."""
    page = world.at_desk(world.rng.choice(world.editors), "/moderation/questions")
    if missing := (question.words | question.report) - tokens_in(page.text):
        raise Broken(15, f"les questions signalées n’ont pas {missing}")
    [word] = question.report
    page.send(page.tree.xpath(f"//li[contains(., '{word}')]//form")[0])
    taken(page, "Classer")
    show_desk(world, question, is_shown=False)
    question.report = set()
    world.tell(f"{page.viewer.email} classe une question signalée")
    return True


# ── what is kept of an address ──


def missing_of(world: World, page: Browser, path: str, text: Text | None = None) -> set[str]:
    """Return the words of somebody that a page of theirs should have, and has not; the model looks at the others."""
    theirs = {
        token
        for token, fact in world.model.facts.items()
        if page.viewer.email in fact.readers and world.model.may_read(page.viewer, token)
        if (fact.ends is None or fact.ends > world.now + A_DAY)
        and not fact.what.startswith(("adresse", "mots de l’équipe"))
        if text in {None, fact.text}
    }
    return theirs - tokens_at(page, path)


def ask_address(world: World) -> bool:
    """Somebody asks for all that is kept of their address, reads it, and erases it or not."""
    model = world.model
    people = [
        each
        for each in world.people.values()
        if isinstance(each, Author) and "@" in each.email and model.still(each.email)
    ]
    if not people:
        return False
    person, subject = world.rng.choice(people), "Ce que nous gardons de votre adresse"
    page = person.browser.get("/vos-donnees/mon-adresse").fill(email=person.email).press("Recevoir le lien")
    taken(page, "Demander ce qui est gardé")
    model.owe(None, person.email, subject, "address")
    model.asking.add(person.email)
    world.wait(minutes=1)
    world.round()
    if not (link := link_in(world, person.email, subject)) or not model.is_mail_well:
        return True
    if missing := missing_of(world, page, f"{link}/mes-donnees.json"):
        raise Broken(12, f"ce qui est gardé de {person.email} n’a pas {missing}")
    world.tell(f"{person.name} lit ce qui est gardé de son adresse")
    if world.rng.random() < 0.4:
        page.get(f"{link}/effacer").press("Effacer tout cela")
        taken(page, "Effacer tout")
        model.forget_address(person.email)
        world.tell(f"{person.name} efface tout ce qui est gardé de son adresse")
    return True


def read_data(world: World) -> bool:
    """An author reads all that is kept of a text, and the proof of their consents: of nobody else."""
    drawn = pick(world, lambda text: text.status != "erased")
    if drawn is None:
        return False
    author, text, page = drawn
    for path in ("mes-donnees", "mes-donnees.json", "preuve", "preuve.json"):
        missing = missing_of(world, page, f"{author.private_link(text)}/{path}", text)
        if page.status != 200 or (missing and "mes-donnees" in path):
            raise Broken(12, f"{path} de {author.name} répond {page.status}, sans {missing}")
    world.tell(f"{author.name} lit ce qui est gardé de son texte")
    return True


ACTS: dict[str, tuple[float, Callable[[World], bool]]] = {
    "report": (1.2, report),
    "examine": (2, examine),
    "follow": (0.3, follow),
    "mind_alert": (0.8, mind_alert),
    "ask": (0.6, ask),
    "go_on": (1.5, go_on),
    "ask_address": (0.4, ask_address),
    "read_data": (0.4, read_data),
}
