"""« Suivre ces retours »: the feed of a choice, and a weekly letter to whoever confirmed it, written as it leaves."""

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, event, select
from sqlalchemy.orm import Session

from app.articles import editing
from app.audit import SYSTEM
from app.catalog.facets import facet_entry
from app.catalog.filters import Filters
from app.cli.mail import email_now
from app.db import db, now
from app.erasure_journal import journal_path, read_entries
from app.features.alerts import mails
from app.features.alerts.models import Alert
from app.mail import outbox
from app.mail.compose import compose
from app.mail.outbox import Email
from app.testimonials.consent import Channel, ConsentDecision
from app.testimonials.lifecycle import Action
from app.testimonials.situation import Situation
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose
from app.tokens import sign_token
from tests.acts import published, readable, run_clock, stored, unpublish, withdraw
from tests.factories import READER, an_alert, by_editor, the_article
from tests.mail.test_outbox import plain
from tests.services.ports import kept_port
from tests.visitor import Visitor

FOLLOW = "/articles/crpv/suivre"
PLANNED = Filters(situation="planned")


@pytest.fixture(autouse=True)
def _decided_for_good(app: Flask) -> None:
    """Have a publication be told at once: the ten minutes in which it can be undone have their own test."""
    app.config["UNDO_PERIOD"] = timedelta(0)


def delivered(app: Flask) -> list[EmailMessage]:
    app.test_cli_runner().invoke(args=["mail", "deliver"], catch_exceptions=False)
    messages = []
    for path in (app.config["INSTANCE"] / "mail").glob("*.eml"):
        messages.append(message_from_bytes(path.read_bytes(), policy=default))
        path.unlink()
    return [each for each in messages if each["To"] == READER]


def told(app: Flask, session: Session) -> list[EmailMessage]:
    run_clock(app, session)
    return delivered(app)


def days_pass(session: Session, days: int) -> None:
    """Have everything that was told, confirmed, asked or published be so many days older."""
    session.rollback()
    length = timedelta(days=days)
    for alert in session.scalars(select(Alert)):
        alert.asked_at -= length
        alert.confirmed_at = alert.confirmed_at and alert.confirmed_at - length
        alert.notified_at = alert.notified_at and alert.notified_at - length
    for email in session.scalars(select(Email).where(Email.message == mails.ALERT)):
        since = datetime.fromisoformat(email.facts["since"]) - length
        email.facts = email.facts | {"since": since.isoformat()}
    for entry in session.execute(select(facet_entry)).all():
        row = facet_entry.c.facet_id == entry.facet_id, facet_entry.c.testimonial_id == entry.testimonial_id
        session.execute(facet_entry.update().where(*row).values(published_at=entry.published_at - length))
    session.commit()


def waiting(session: Session) -> list[Email]:
    return [each for each in stored(session, Email) if each.message in {mails.ALERT, mails.ALERT_CONFIRM}]


def link(app: Flask, email: Email) -> str:
    """Return the path of the one link of the letter that asks to confirm, as the outbox has it."""
    with app.app_context():
        facts = email.facts | {"article": "Titre", "choices": [], "ends_on": "2026-12-06"}
        text = plain(compose(email.message, email.recipient, facts, email.message_id))
    (path,) = re.findall(r"https?://[^/\s]+(/\S+)", text)
    return str(path)


def follow(visitor: Visitor, query: str = "", email: str = READER) -> Visitor:
    return visitor.get(f"{FOLLOW}{query}").fill(email=email).press("Recevoir la lettre hebdomadaire")


def token(alert: Alert) -> str:
    return sign_token("alert", [alert.public_id])


def followed_since(session: Session, filters: Filters | None = None, days: int = 8) -> Alert:
    alert = an_alert(session, filters)
    session.commit()
    days_pass(session, days)
    return alert


def test_the_page_says_what_is_followed_and_gives_the_feed(visitor: Visitor, session: Session) -> None:
    readable(session, situation=Situation.PLANNED)
    assert "Tous les retours de cet article." in visitor.get(FOLLOW).text
    assert "Votre choix : En projet, Bretagne." in visitor.get(f"{FOLLOW}?situation=planned&region=53").text
    feed = "/articles/crpv/flux.atom?situation=planned&region=53"
    (area,) = visitor.page.select("textarea")
    assert area.get_text().strip() == f"http://localhost{feed}"
    assert visitor.page.select(f"a[href='{feed}']")
    assert visitor.get(feed).status == 200


@pytest.mark.changes_content
def test_an_article_leads_to_it_from_its_first_day(visitor: Visitor, session: Session) -> None:
    """A text or none has no collection, where the link of a choice stands: who waits for the next needs it most."""
    for number in range(3):
        visitor.get("/articles/crpv")
        (way,) = visitor.page.find_all("a", href=re.compile("/suivre"))
        assert (way["href"], way["rel"]) == (FOLLOW, ["nofollow"])
        assert way.get_text() == ("Suivre ces retours" if number > 1 else "Suivre les retours à venir")
        readable(session, number)


@pytest.mark.changes_content
def test_an_article_that_takes_no_text_and_has_none_promises_none(visitor: Visitor, session: Session) -> None:
    editing.change_settings(the_article(session), is_public=True, is_open=False, by=SYSTEM)
    session.commit()
    visitor.get("/articles/crpv")
    assert not visitor.page.find_all("a", href=re.compile("/suivre"))


def test_a_letter_follows_lists_and_no_words_that_anybody_may_type(visitor: Visitor, session: Session) -> None:
    assert "Bretagne, « gardiens »" in visitor.get(f"{FOLLOW}?mots=gardiens&region=53").text
    assert visitor.page.select("a[href$='flux.atom?region=53&mots=gardiens']")
    assert not visitor.page.select("[name=email]")
    (without,) = visitor.page.find_all("a", string="La recevoir sans ces mots")
    assert without["href"] == f"{FOLLOW}?region=53"
    visitor.get(FOLLOW)
    fields = [("csrf_token", visitor.csrf_token), ("email", READER)]
    visitor.post(f"{FOLLOW}?mots=achetez", fields)
    assert stored(session, Alert) == []
    assert waiting(session) == []


@pytest.mark.parametrize("query", ["?region=99", "?situation=rien", "?articulation=rien", "?partner=rien"])
def test_a_choice_that_the_article_has_not_is_no_choice(visitor: Visitor, session: Session, query: str) -> None:
    token = visitor.get(FOLLOW).csrf_token
    assert visitor.client.get(f"{FOLLOW}{query}").status_code in {302, 303, 404}
    assert visitor.client.post(f"{FOLLOW}{query}", data={"csrf_token": token, "email": READER}).status_code == 404
    assert stored(session, Alert) == []


@pytest.mark.parametrize(
    ("typed", "said"), [("", "Indiquez le courriel"), ("moi", "Vérifiez ce courriel"), (f"{'a' * 260}@b.fr", "254")]
)
def test_a_broken_address_is_said_kept_and_stored_nowhere(
    visitor: Visitor, session: Session, typed: str, said: str
) -> None:
    follow(visitor, "?region=53", typed)
    assert visitor.status == 422
    assert said in visitor.text
    assert visitor.page.select("[name=email]")[0].get("value", "") == typed
    assert "Bretagne" in visitor.text
    assert stored(session, Alert) == []
    assert waiting(session) == []


def test_nothing_comes_before_the_link_is_confirmed_by_its_button(
    app: Flask, visitor: Visitor, session: Session
) -> None:
    follow(visitor, "?situation=planned", "Lectrice@Exemple.fr")
    assert visitor.path == "/suivre"
    assert READER not in visitor.text
    (email,) = waiting(session)
    path = link(app, email)
    assert "@" not in path
    session.rollback()
    (letter,) = delivered(app)
    assert letter["To"] == READER
    assert "En projet. Une lettre par semaine au plus" in plain(letter)
    assert waiting(session) == [], "the outbox forgets the address"
    for _ in range(2):  # a mail gateway, then a person
        visitor.get(path)
    assert [each.confirmed_at for each in stored(session, Alert)] == [None], "reading confirms nothing"
    session.rollback()
    readable(session, situation=Situation.PLANNED)
    days_pass(session, 6)
    run_clock(app, session)
    assert waiting(session) == []
    session.rollback()
    visitor.get(path).press("Recevoir la lettre")
    assert "Vous suivez ces retours" in visitor.text
    (alert,) = stored(session, Alert)
    assert alert.confirmed_at is not None
    assert alert.filters == PLANNED


@pytest.mark.both_engines
def test_the_page_is_the_same_whoever_asks_and_an_address_has_one_row(
    app: Flask, visitor: Visitor, session: Session
) -> None:
    alert = an_alert(session, PLANNED)
    session.commit()
    said = [follow(visitor, "?situation=planned", each).text for each in (READER, "nouvelle@exemple.fr", READER)]
    assert len(set(said)) == 1
    rows = stored(session, Alert)
    assert [each.email for each in rows] == [READER, "nouvelle@exemple.fr"]
    assert rows[0].confirmed_at == alert.confirmed_at, "asking again changes nothing of it"
    assert [each.recipient for each in waiting(session)][-2:] == [READER, "nouvelle@exemple.fr"]


@pytest.mark.both_engines
def test_a_form_sent_twice_writes_one_letter(visitor: Visitor, session: Session) -> None:
    for query in ("", "", "?situation=planned"):
        follow(visitor, query)
    asked = [each.facts["alert"] for each in stored(session, Email) if each.message is mails.ALERT_CONFIRM]
    assert sorted(asked) == sorted(each.public_id for each in stored(session, Alert))


def test_who_receives_the_letter_already_is_told_so_and_loses_nothing(
    app: Flask, visitor: Visitor, session: Session
) -> None:
    followed_since(session, PLANNED, days=30)
    follow(visitor, "?situation=planned")
    (letter,) = delivered(app)
    assert letter["Subject"] == "Vous suivez déjà ces retours"
    assert "Si vous ne faites rien, rien ne change." in plain(letter)
    assert "Confirmez" not in plain(letter)
    days_pass(session, 10)
    run_clock(app, session)
    assert len(stored(session, Alert)) == 1


def test_the_letter_tells_of_its_choice_only_once_and_when_something_is_new(app: Flask, session: Session) -> None:
    published(session, 1, situation=Situation.PLANNED)
    followed_since(session, PLANNED)
    assert told(app, session) == [], "what was there already is not new"
    readable(session, 2, situation=Situation.PAST)
    assert told(app, session) == [], "another choice's"
    readable(session, 3, situation=Situation.PLANNED)
    assert "letters about new texts: 1" in run_clock(app, session)
    (letter,) = delivered(app)
    text = plain(letter).replace("\u00a0", " ").replace("\r\n", "\n")
    assert text.startswith("Bonjour,\n\n1 nouveau retour d’expérience se lit à côté de l’article")
    assert "(En projet)" in text
    assert "> Récit 03" in text
    assert "Récit 01" not in text
    assert "Récit 02" not in text
    assert "/articles/crpv?situation=planned#retours" in text
    assert told(app, session) == []
    days_pass(session, 8)
    assert told(app, session) == [], "never twice"


def test_one_letter_a_week_gathers_what_came_since(app: Flask, session: Session) -> None:
    followed_since(session)
    readable(session, 1)
    assert len(told(app, session)) == 1
    for number in (2, 3):
        readable(session, number)
        days_pass(session, 3)
        assert told(app, session) == [], "within the week"
    days_pass(session, 2)
    (letter,) = told(app, session)
    assert "2 nouveaux retours" in plain(letter).replace("\u00a0", " ")
    assert re.findall("> Récit ..", plain(letter)) == ["> Récit 03", "> Récit 02"]


@pytest.mark.both_engines
def test_who_follows_after_a_publication_takes_it_from_nobody_else(app: Flask, session: Session) -> None:
    """« Told before » once asked the alerts of everybody: the next to confirm had the others never told."""
    followed_since(session)
    readable(session, 1)
    an_alert(session, email="une-autre@reseau.example")
    session.commit()
    assert len(told(app, session)) == 1


@pytest.mark.both_engines
def test_two_clocks_at_once_send_one_letter(app: Flask, session: Session) -> None:
    followed_since(session)
    readable(session)
    ids = mails.alerts_with_news(session)
    assert [mails.enqueue_letters(session, ids) for _ in range(2)] == [1, 0]


@pytest.mark.parametrize("reuse", [True, False])
def test_the_letter_quotes_who_agreed_to_reuse_and_counts_the_others(app: Flask, session: Session, reuse: bool) -> None:
    """Publication is the article's page: a letter is another outlet (product rule 4)."""
    followed_since(session)
    readable(session, 1, reuse=reuse, advice="Commencez petit.")
    (letter,) = told(app, session)
    html = letter.get_body(("html",))
    assert html is not None
    for text in (plain(letter), str(html.get_content())):
        assert "1 nouveau retour" in text.replace("\u00a0", " ")
        for words in ("Récit 01", "Commencez petit", "Coordinatrice", "CLSM de Ville-Exemple"):
            assert (words in text) is reuse, words
    assert "gardiens" not in plain(letter), "the account is read beside the article"


def test_what_is_not_quoted_is_counted(app: Flask, session: Session) -> None:
    followed_since(session)
    for number in range(8):
        published(session, number, reuse=number != 7)
    (letter,) = told(app, session)
    assert re.findall("> Récit ..", plain(letter)) == [f"> Récit 0{number}" for number in (6, 5, 4, 3, 2)]
    assert "Et 3 autres, à lire sur place." in plain(letter).replace("\u00a0", " ")


def masked(_session: Session, testimonial: Testimonial) -> None:
    testimonial.hidden_until = now() + timedelta(days=3)


def refused_elsewhere(_session: Session, testimonial: Testimonial) -> None:
    testimonial.answer(Purpose.REUSE, ConsentDecision.WITHDRAWN, Channel.PRIVATE_PAGE)


@pytest.mark.parametrize("act", [withdraw, masked, unpublish, refused_elsewhere])
def test_words_that_leave_while_the_letter_waits_leave_it_too(app: Flask, session: Session, act: object) -> None:
    followed_since(session)
    stays, leaves = published(session, 1), published(session, 2)
    run_clock(app, session)
    (email,) = waiting(session)
    assert "Récit" not in str(email.facts), "the outbox has no words"
    assert callable(act)
    act(session, session.get_one(Testimonial, leaves.id))
    session.commit()
    (letter,) = delivered(app)
    assert re.findall("> Récit ..", plain(letter)) == ["> Récit 01"]
    others = 2 if act is refused_elsewhere else 1
    assert f"{others} nouveau" in plain(letter).replace("\u00a0", " ")
    assert stays.id != leaves.id


def test_letters_that_cannot_leave_do_not_pile_up(app: Flask, session: Session) -> None:
    """The clock may run while nothing is delivered, for a week and more."""
    followed_since(session)
    for number in (1, 2):
        readable(session, number)
        run_clock(app, session)
        days_pass(session, 8)
    (letter,) = delivered(app)
    assert re.findall("> Récit ..", plain(letter)) == ["> Récit 02", "> Récit 01"]
    assert told(app, session) == []


def test_nobody_waits_for_a_link_behind_weekly_letters(app: Flask, visitor: Visitor, session: Session) -> None:
    """They are due together, for everyone who follows: a server takes its time over each."""
    for number in range(3):
        an_alert(session, email=f"l{number}@exemple.fr")
    session.commit()
    days_pass(session, 8)
    published(session)
    session.execute(delete(Email))
    run_clock(app, session)
    follow(visitor, "?situation=planned")
    said = app.test_cli_runner().invoke(args=["mail", "deliver"], catch_exceptions=False).output
    assert re.findall(r"\((\w+)\)", said) == ["alert_confirm", "alert", "alert", "alert"]


def test_a_week_begins_as_the_letter_leaves(app: Flask, session: Session) -> None:
    followed_since(session)
    readable(session, 1)
    run_clock(app, session)
    days_pass(session, 5)
    readable(session, 2)
    (letter,) = delivered(app)
    assert re.findall("> Récit ..", plain(letter)) == ["> Récit 02", "> Récit 01"]
    readable(session, 3)
    days_pass(session, 3)
    assert told(app, session) == [], "two within a week"
    days_pass(session, 4)
    (letter,) = told(app, session)
    assert re.findall("> Récit ..", plain(letter)) == ["> Récit 03"]


def test_a_letter_that_does_not_leave_has_told_nothing(app: Flask, session: Session) -> None:
    followed_since(session)
    testimonial = readable(session, 1)
    run_clock(app, session)
    masked(session, session.get_one(Testimonial, testimonial.id))
    session.commit()
    assert delivered(app) == []
    assert waiting(session) == []
    session.get_one(Testimonial, testimonial.id).hidden_until = None
    (letter,) = told(app, session)
    assert re.findall("> Récit ..", plain(letter)) == ["> Récit 01"]


def test_a_letter_that_is_given_up_has_told_nothing(app: Flask, session: Session) -> None:
    followed_since(session)
    readable(session, 1)
    run_clock(app, session)
    (email,) = waiting(session)
    email.attempts = outbox.MOST_ATTEMPTS - 1
    session.commit()
    with kept_port() as closed:
        app.config["SMTP_URL"] = f"smtp://127.0.0.1:{closed}"
        assert delivered(app) == []
    app.config["SMTP_URL"] = ""
    assert waiting(session) == [], "its address is forgotten"
    session.rollback()
    (letter,) = told(app, session)
    assert re.findall("> Récit ..", plain(letter)) == ["> Récit 01"]


@pytest.mark.both_engines
def test_weekly_letters_hold_no_lock_while_they_are_counted_and_are_written_ten_at_a_time(
    app: Flask, session: Session
) -> None:
    """On SQLite there is one lock to write: a hundred letters are no time without it for authors."""
    for number in range(23):
        an_alert(session, PLANNED if number % 2 else None, email=f"l{number}@exemple.fr")
    session.commit()
    days_pass(session, 8)
    published(session, situation=Situation.PLANNED)
    session.execute(delete(Email))
    session.commit()
    listed = app.test_cli_runner().invoke(args=["clock", "--dry-run"]).output
    assert "letters about new texts: 23" in listed
    assert waiting(session) == []
    with transactions(app) as written:
        assert "letters about new texts: 23" in run_clock(app, session)
    letters = [sum("INSERT INTO email" in each for each in statements) for statements in written]
    assert 0 < max(letters) <= 10
    (counting,) = [each for each in written if any("facet_entry" in statement for statement in each)]
    assert not any(statement.startswith(("INSERT", "UPDATE", "BEGIN IMMEDIATE")) for statement in counting)
    assert len([each for each in counting if "facet_entry" in each]) == 1, "whatever the number of alerts"
    with transactions(app) as written:
        assert app.test_cli_runner().invoke(args=["mail", "deliver"]).output.count("sent to") == 23
    reading = [each for each in written if any("facet_entry" in statement for statement in each)]
    assert len(reading) == 23
    assert not [each for each in reading if any("BEGIN IMMEDIATE" in statement for statement in each)]


@contextmanager
def transactions(app: Flask) -> Iterator[list[list[str]]]:
    """Record the statements of each transaction, a statement for many rows as often as it has rows."""
    with app.app_context():
        engine = db.engine
    ended: list[list[str]] = []
    current: defaultdict[int, list[str]] = defaultdict(list)

    def record(connection: Any, _cursor: object, statement: str, values: Any, *_: object) -> None:
        rows = len(values) if isinstance(values, list) else statement.count("SELECT p0::") or 1
        current[id(connection.connection.driver_connection)].extend([statement] * rows)

    def end(connection: Any) -> None:
        ended.append(current.pop(id(connection.connection.driver_connection), []))

    listeners = (("before_cursor_execute", record), ("commit", end), ("rollback", end))
    for name, listener in listeners:
        event.listen(engine, name, listener)
    yield ended
    for name, listener in listeners:
        event.remove(engine, name, listener)


@pytest.mark.changes_content
def test_nothing_leaves_while_the_article_is_offline(app: Flask, visitor: Visitor, session: Session) -> None:
    alert = followed_since(session)
    path = f"/suivre/{token(alert)}"
    readable(session)
    run_clock(app, session)
    editing.change_settings(the_article(session), is_public=False, is_open=False, by=SYSTEM)
    session.commit()
    assert delivered(app) == []
    assert visitor.client.get(FOLLOW).status_code == 404
    assert visitor.get(path).status == 410
    session.rollback()
    editing.change_settings(the_article(session), is_public=True, is_open=False, by=SYSTEM)
    assert len(told(app, session)) == 1, "it has waited, as its page said"
    editing.change_settings(the_article(session), is_public=False, is_open=False, by=SYSTEM)
    session.commit()
    visitor.get(f"{path}/arreter").press("Ne plus recevoir cette lettre")
    assert stored(session, Alert) == []


def test_a_publication_that_can_be_undone_is_not_told_yet(app: Flask, session: Session) -> None:
    app.config["UNDO_PERIOD"] = timedelta(minutes=10)
    followed_since(session)
    readable(session)
    assert mails.alerts_with_news(session) == []


def test_a_text_that_is_published_again_is_not_new(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mails, "A_WEEK", timedelta(0))
    back = readable(session, 1)
    an_alert(session)
    session.commit()
    unpublish(session, back)
    by = by_editor(session)
    back.perform(Action.REOPEN, by=by)
    back.perform(Action.PUBLISH, by=by)
    assert told(app, session) == []


def test_a_publication_that_was_undone_was_never_told(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Published by mistake, undone within its ten minutes, and published for good once another text was told."""
    monkeypatch.setattr(mails, "A_WEEK", timedelta(0))
    followed_since(session)
    app.config["UNDO_PERIOD"] = timedelta(minutes=10)
    mistaken, by = published(session, 1), by_editor(session)
    mistaken.perform(Action.TAKE_BACK, by=by)
    readable(session, 2)
    app.config["UNDO_PERIOD"] = timedelta(0)
    (letter,) = told(app, session)
    assert re.findall("> Récit ..", plain(letter)) == ["> Récit 02"]
    session.get_one(Testimonial, mistaken.id).perform(Action.PUBLISH, by=by)
    (letter,) = told(app, session)
    assert re.findall("> Récit ..", plain(letter)) == ["> Récit 01"]
    unpublish(session, session.get_one(Testimonial, mistaken.id))
    app.config["UNDO_PERIOD"] = timedelta(minutes=10)
    session.get_one(Testimonial, mistaken.id).perform(Action.TAKE_BACK, by=by)
    session.commit()
    app.config["UNDO_PERIOD"] = timedelta(0)
    assert told(app, session) == [], "undoing its removal publishes nothing new"


@pytest.mark.both_engines
def test_who_leaves_and_the_letter_that_leaves_lock_in_one_order(app: Flask, session: Session) -> None:
    """The alert, then its letters: PostgreSQL would refuse one of two that cross, and the address would stay."""
    followed_since(session)
    published(session)
    session.execute(delete(Email))
    run_clock(app, session)
    with app.app_context():
        claimed = outbox.claim_due(db.session())
        assert claimed is not None
        leaving = email_now(claimed[0])
        assert leaving is not None
        leaving.message.on_sent(db.session(), leaving)
        assert [each.attempts for each in waiting(session)] == [1], "no letter is held while the alert is locked"
        db.session.rollback()


def left_by_page(visitor: Visitor, path: str) -> None:
    visitor.get(path).press("Ne plus recevoir cette lettre")
    assert "Cette lettre ne vient plus" in visitor.text


def left_by_mail_program(visitor: Visitor, path: str) -> None:
    """The one-click form of RFC 8058, which has no token of ours, comes in parts, and follows no redirection."""
    one_click = {"List-Unsubscribe": "One-Click"}
    left = visitor.client.post(path, data=one_click, content_type="multipart/form-data")
    assert left.status_code == 200
    assert "Cette lettre ne vient plus" in left.get_data(as_text=True)


@pytest.mark.parametrize("leave", [left_by_page, left_by_mail_program])
def test_leaving_erases_the_row_and_the_letters_that_wait(
    app: Flask, visitor: Visitor, session: Session, leave: object
) -> None:
    alert = followed_since(session)
    public_id = alert.public_id
    other = an_alert(session, PLANNED)
    readable(session)
    (letter,) = told(app, session)
    (address,) = re.findall(r"http://localhost(/suivre/\S+)", plain(letter))
    assert letter["List-Unsubscribe"] == f"<http://localhost{address}>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    days_pass(session, 8)
    readable(session, 2)
    run_clock(app, session)
    assert len(waiting(session)) == 1
    session.rollback()
    visitor.get(address)
    assert visitor.client.post(address).status_code == 422, "a form without its token leaves nothing"
    assert len(stored(session, Alert)) == 2, "reading leaves nothing"
    session.rollback()
    assert callable(leave)
    leave(visitor, address)
    assert [each.public_id for each in stored(session, Alert)] == [other.public_id]
    assert waiting(session) == []
    session.rollback()
    leave_again = visitor.client.post(address, data={"List-Unsubscribe": "One-Click"})
    assert leave_again.status_code == 200
    assert "Cette lettre ne vient plus" in visitor.get(address).text
    assert visitor.get(address.removesuffix("/arreter")).status == 410
    with app.app_context():
        assert [each.public_id for each in read_entries(journal_path())] == [public_id]


@pytest.mark.both_engines
def test_unconfirmed_addresses_are_erased_after_seven_days(app: Flask, visitor: Visitor, session: Session) -> None:
    alert = an_alert(session, confirmed=False)
    session.commit()
    path = f"/suivre/{token(alert)}"
    days_pass(session, 6)
    run_clock(app, session)
    assert len(stored(session, Alert)) == 1
    session.rollback()
    assert visitor.get(path).status == 200
    days_pass(session, 1)
    assert visitor.get(path).status == 410, "the clock may be late"
    assert "alerts past their time: 1" in run_clock(app, session)
    assert stored(session, Alert) == []
    assert waiting(session) == [], "nor does its letter leave"


@pytest.mark.both_engines
def test_an_alert_ends_after_a_year_unless_its_link_says_otherwise(
    app: Flask, visitor: Visitor, session: Session
) -> None:
    alert = an_alert(session)
    an_alert(session, PLANNED)
    session.commit()
    days_pass(session, 360)
    visitor.get(f"/suivre/{token(alert)}/arreter")
    (way,) = visitor.page.find_all("a", string=re.compile("la recevoir un an de plus"))
    notified_at = stored(session, Alert)[0].notified_at
    session.rollback()
    visitor.get(str(way["href"])).press("La recevoir un an de plus")
    assert not visitor.page.find_all("button", string=re.compile("un an")), "the day would be the same"
    assert stored(session, Alert)[0].notified_at == notified_at
    days_pass(session, 7)
    assert "alerts past their time: 1" in run_clock(app, session)
    assert [each.public_id for each in stored(session, Alert)] == [alert.public_id]
