"""Readers: who reports a text, follows an article, asks its author a question, or asks what is kept of an address."""

from collections.abc import Callable
from datetime import datetime, time

from tests.simulation import pages
from tests.simulation.authors import FIRST_NAMES, change_consent_of, missing_of, own_page
from tests.simulation.editors import take
from tests.simulation.model import A_DAY, A_MONTH, A_WEEK, PARIS, Broken, months_after
from tests.simulation.things import Alert, Notice, Question, Text, tokens_in
from tests.simulation.world import Browser, Nothing, World, act


def typed(world: World, what: str, text: Text, readers: set[str], *names: str, is_desk: bool = True) -> dict[str, str]:
    """Return what is typed in each field: a word that only some may read."""
    return {name: f"Voici {world.word(what, *readers, text=text, is_desk=is_desk)}, en un mot." for name in names}


def go_on(world: World, then: Callable[[World], None]) -> None:
    """Have people go on at once, now and then, by the letter that has just come."""
    if world.chance(0.5):
        world.soon()
        try:
            then(world)
        except Nothing:
            return


# ── notices ──


@act(1.4)
def report(world: World) -> None:
    model, kind = world.model, world.choose(["illegal", "personal_data", "other", "named", "named"])
    text = world.choose(model.visible("page"))
    person = world.somebody(world.choose(FIRST_NAMES), "signalement", text=text, is_desk=True)
    names = ["passage", "words", "name", *(["reply"] if kind == "named" else [])]
    fields = typed(world, "signalement", text, {person.email}, *names)
    email = "" if kind == "illegal" and world.chance(0.5) else person.email
    page = person.browser.get(f"/temoignages/{text.public_id}/signaler?motif={kind}")
    page.fill(**fields, email=email, in_good_faith="y").do("Envoyer")
    words = tokens_in(*fields.values())
    if missing := words - page.tokens:
        raise Broken(7, f"le reçu d’un signalement n’a pas {missing}")
    assert text.shown is not None
    reply = tokens_in(fields["reply"], fields["name"]) if kind == "named" else set()
    text.notices.append(Notice(text.shown, email, words | tokens_in(email), reply))
    if email:
        model.owe("report", text, "report", email)
    else:
        model.forget(tokens_in(person.email))  # never said
    world.tell(f"{person.name} signale ({kind}) le texte de {world.author(text).name}")
    go_on(world, examine)


@act(3)
def examine(world: World) -> None:
    """An editor answers a report: hides the text meanwhile, shows it, dismisses, decides of a reply, unpublishes."""
    text = world.choose(each for each in world.model.texts if each.reports)
    editor = world.choose(world.editors)
    replies = [each for each in text.reports if each.reply]
    others = [each for each in text.reports if not each.reply]
    ways = [*["unhide" if text.is_hidden else "hide"] * 2, "unpublish", *["dismiss"] * 2 * bool(others)]
    way = world.choose([*ways, *["reply_accepted", "reply_accepted", "reply_refused"] * bool(replies)])
    page = world.review(editor, text)
    world.tell(f"{editor.name} répond « {way} » au signalement du texte de {world.author(text).name}")
    if way == "unpublish":
        take(world, editor, text, page, "unpublish")
    elif way in {"hide", "unhide"}:
        message = typed(world, "message", text, {text.author}, "message") if way == "hide" else {}
        if refusal := pages.decide(page, way, reason="masque-autre", **message):
            raise Broken(2, f"« {way} » d’un texte {text.status} est refusé à {editor.name} : {refusal}")
        world.model.act(text, way)
        text.hidden_until = datetime.combine((world.now + A_WEEK).astimezone(PARIS).date(), time(), PARIS)
    else:
        answer(world, text, page, way, others if way == "dismiss" else replies[:1])
    world.model.reached[f"examine {way}"] += 1


def answer(world: World, text: Text, page: Browser, way: str, notices: list[Notice]) -> None:
    """Dismiss the reports, or decide of a reply; a hidden text is shown again once nothing waits."""
    words = typed(world, "réponse au signalement", text, {each.email for each in notices}, "answer")
    if way == "dismiss":
        page.fill(**words).do("Classer sans suite")
    else:
        page.get(page.tree.xpath("//a[contains(@href, '/signalements/')]/@href")[0])
        page.fill(outcome=way, **words).do("Envoyer la réponse")
    for notice in notices:
        notice.words |= tokens_in(*words.values())
        notice.is_accepted = way == "reply_accepted"
        world.model.close(text, notice, way, world.now)
    if way == "reply_accepted":
        world.model.owe("reply shown", text, way)
        text.moves += 1
    if text.is_hidden and not text.reports:
        world.model.act(text, "unhide")


# ── weekly letters ──


@act(0.4)
def follow(world: World) -> None:
    model = world.model
    article = world.choose(sorted(model.articles - model.offline))
    situation = world.choose(["", "past", "regular"])
    person = world.somebody(world.choose(FIRST_NAMES), "abonnement")
    page = person.browser.get(f"/articles/{article}/suivre" + (f"?situation={situation}" if situation else ""))
    page.fill(email=person.email).do("Recevoir la lettre")
    model.alerts.append(Alert(person.email, article, situation))
    model.end(tokens_in(person.email), world.now + A_WEEK)
    model.owe("follow", None, "follow", person.email)
    world.tell(f"{person.name} veut suivre {article} {situation}")
    go_on(world, mind_alert)


@act(1.6)
def mind_alert(world: World) -> None:
    """Confirm an alert; or leave it, by the link of a weekly letter or by the button of a mail program."""
    model = world.model
    alerts = [each for each in model.alerts if world.people[each.email].link("news" if each.told_at else "follow")]
    alert = world.choose(each for each in alerts if model.still(each.email) and (not each.told_at or world.chance(0.2)))
    person = world.people[alert.email]
    page, link = person.browser, person.link("news" if alert.told_at else "follow")
    if not alert.told_at:
        page.get(link).do("Recevoir la lettre")
        alert.told_at = world.now
        model.end(tokens_in(alert.email), months_after(world.now, 12) + A_DAY)
    elif world.chance(0.5):
        page.post(link, [("List-Unsubscribe", "One-Click")]).is_taken("Ne plus recevoir")
        model.forget_address(alert.email)
    else:
        page.get(link).do("Ne plus recevoir")
        model.forget_address(alert.email)
    world.tell(f"{alert.email} {'suit' if alert in model.alerts else 'ne suit plus'} {alert.article}")


# ── colleagues' questions ──


@act(1.4)
def ask(world: World) -> None:
    model = world.model
    text = world.choose(each for each in model.visible("page") if "questions" in each.consents or world.chance(0.2))
    person = world.somebody(world.choose(FIRST_NAMES), "question", text=text)
    page = person.browser.get(f"/temoignages/{text.public_id}/question")
    if (page.status == 200) is not ("questions" in text.consents):
        raise Broken(4, f"la question à {text.author} répond {page.status}, {sorted(text.consents)}")
    if page.status != 200:
        return
    fields = typed(world, "question", text, {person.email}, "words", "name", "organisation", is_desk=False)
    page.fill(**fields, email=person.email, shows_address="y").do("Continuer")
    words = tokens_in(*fields.values(), person.email)
    model.questions.append(Question(text, person.email, fields["name"], words, world.now))
    model.end(words, world.now + A_WEEK)
    model.owe("ask", text, "ask", person.email)
    world.tell(f"{person.name} écrit une question à {world.author(text).name}")
    go_on(world, mind_question)


@act(3)
def mind_question(world: World) -> None:
    """Take a question one step further: its sender confirms it, its author answers it, the desk settles a report."""
    kept = [each for each in world.model.questions if world.model.still(each.email) and each.text.status != "erased"]
    ways = [(confirm, each) for each in kept if not each.confirmed_at and world.people[each.email].link("ask")]
    ways += [(respond, each) for each in kept if not each.is_answered and world.author(each.text).link(each.name)]
    way, question = world.choose(ways + [(settle, each) for each in kept if each.report])
    world.model.reached[f"question {way.__name__}"] += 1
    way(world, question)


def confirm(world: World, question: Question) -> None:
    model, text, asker = world.model, question.text, world.people[question.email]
    sent = [each.confirmed_at for each in model.questions if each.text is text and each.confirmed_at]
    is_many = sum(world.now - each < A_WEEK for each in sent) >= 5
    page = asker.browser.get(asker.link("ask"))
    may_leave = "questions" in text.consents and text in model.visible("page") and not is_many
    if (page.status == 200) is not may_leave:
        raise Broken(4, f"la question à {text.author} ({text.status}) répond {page.status}, {sorted(text.consents)}")
    if not may_leave:
        return
    page.do("Envoyer ma question")
    question.confirmed_at = world.now
    model.end(question.words, question.asked_at + A_MONTH)
    for token in question.words:
        model.facts[token].readers.add(text.author)
    model.owe(f"{question.name} vous pose une question", text, "question", is_in=["published"])
    world.tell(f"{question.email} confirme sa question à {text.author}")
    if world.chance(0.2):
        change_consent_of(world, text, own_page(world, text), "questions")  # before it has left
    else:
        go_on(world, mind_question)


def respond(world: World, question: Question) -> None:
    """The author declines by the letter of the question, or reports it from their private page, with a word."""
    text, author = question.text, world.author(question.text)
    page, question.is_answered = author.browser, True
    if world.chance(0.5):
        page.get(author.link(question.name)).do("Non merci")
        world.model.owe("question declined", text, "decline", question.email)
        world.tell(f"{author.name} décline une question")
        return
    page.get(f"{author.private_link(text)}/questions")
    fields = typed(world, "signalement d’une question", text, {author.email}, "report")
    [name] = tokens_in(question.name)
    form = page.forms(f"contains(@action, '/signaler') and preceding::*[contains(., '{name}')]")[0]
    page.fill(**fields).send(form).is_taken("Signaler une question")
    question.report = tokens_in(*fields.values())
    world.model.end(question.report, question.asked_at + A_MONTH)
    show_desk(world, question, is_shown=True)
    world.tell(f"{author.name} signale une question")
    go_on(world, mind_question)


def show_desk(world: World, question: Question, *, is_shown: bool) -> None:
    for token in question.words | question.report:
        world.model.facts[token].is_desk = is_shown


def settle(world: World, question: Question) -> None:
    """An editor reads a question that was reported, and settles it."""
    page = world.at_desk(world.choose(world.editors), "/moderation/questions")
    if missing := (question.words | question.report) - page.tokens:
        raise Broken(15, f"les questions signalées n’ont pas {missing}")
    [word] = question.report
    page.send(page.tree.xpath(f"//li[contains(., '{word}')]//form")[0]).is_taken("Classer")
    show_desk(world, question, is_shown=False)
    question.report = set()
    world.tell(f"{page.email} classe une question signalée")


# ── what is kept of an address ──


@act(0.4)
def ask_address(world: World) -> None:
    """Somebody asks for all that is kept of their address, reads it, and erases it or not."""
    model = world.model
    people = [each for each in world.people.values() if each.email not in model.editors and "@" in each.email]
    person = world.choose(each for each in people if model.still(each.email))
    page = person.browser.get("/vos-donnees/mon-adresse").fill(email=person.email).do("Recevoir le lien")
    model.owe("address", None, "address", person.email)
    model.asking.add(person.email)
    world.soon()
    if not (link := person.link("address")) or not model.is_mail_well:
        return
    if missing := missing_of(world, page.get(f"{link}/mes-donnees.json")):
        raise Broken(12, f"ce qui est gardé de {person.email} n’a pas {missing}")
    world.tell(f"{person.name} lit ce qui est gardé de son adresse")
    if world.chance(0.4):
        page.get(f"{link}/effacer").press("Effacer tout cela")  # refused where a server that died had done it
        model.forget_address(person.email)
        world.tell(f"{person.name} efface tout ce qui est gardé de son adresse")
