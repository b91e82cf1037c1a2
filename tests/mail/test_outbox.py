"""The outbox: an e-mail leaves if and only if its cause was committed, and is delivered once."""

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy import delete, event, insert, select, text
from sqlalchemy.orm import Session

from app import MAILS
from app.accounts import mails as account_mails
from app.cli.mail import loop
from app.db import db, now
from app.features.alerts import mails as alert_mails
from app.features.invitations import mails as invitation_mails
from app.features.questions import mails as question_mails
from app.links import PRIVATE_PAGE
from app.mail import outbox
from app.mail.compose import compose
from app.mail.messages import Mail, declared_in
from app.mail.outbox import Email
from app.mail.transport import Folder, NotDelivered, Smtp, configured_transport
from app.moderation import editor_mails
from app.moderation.digest import mails as digest_mails
from app.moderation.recueils import mails as recueil_mails
from app.privacy import mails as privacy_mails
from app.testimonials import mails
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from tests.acts import committed, refuse_changes, stored
from tests.concurrency import together
from tests.factories import AUTHOR, READER, a_testimonial, an_editor
from tests.mail.samples import SAMPLE_FACTS, samples
from tests.services import smtp
from tests.services.ports import kept_port
from tests.visitor import UNELIDED, Visitor

DAY = 24 * 60  # minutes


@pytest.fixture
def closed() -> Iterator[int]:
    with kept_port() as port:
        yield port


def plain(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def composed(email: Email) -> EmailMessage:
    return compose(email.message, email.recipient, email.facts, email.message_id)


def deliver(app: Flask) -> str:
    return app.test_cli_runner().invoke(args=["mail", "deliver"], catch_exceptions=False).output


def two_texts(session: Session) -> tuple[Testimonial, Testimonial]:
    one, other = (a_testimonial(session, email=f"t{number}@exemple.fr") for number in range(2))
    session.execute(delete(Email))
    return one, other


def an_email(session: Session, about: Testimonial, message: Mail = mails.PUBLISHED, **changes: Any) -> Email:
    email = outbox.enqueue(session, message, to=AUTHOR, about=about.id, generation=1, words="Merci.")
    email.due_at = now() + timedelta(days=1)
    for name, value in changes.items():
        setattr(email, name, value)
    session.flush()
    return email


def left(session: Session) -> list[Email]:
    session.flush()
    return list(session.scalars(select(Email).order_by(Email.id)))


@pytest.mark.both_engines
def test_an_email_leaves_with_its_transaction_or_not_at_all(session: Session) -> None:
    a_testimonial(session, status=Status.UNCONFIRMED)
    session.rollback()
    assert session.scalars(select(Email)).all() == []


def test_a_real_server_receives_it_once(app: Flask, session: Session, mail_server: smtp.Peer) -> None:
    app.config["SMTP_URL"], app.config["MAIL_FROM"] = mail_server.url, "En regard <bonjour@retours.exemple.fr>"
    testimonial = committed(session, status=Status.UNCONFIRMED)
    deliver(app)
    deliver(app)
    (received,) = mail_server.received
    assert received.recipients == [AUTHOR]
    assert received.message["Subject"] == mails.RECEIPT.subject
    assert abs(parsedate_to_datetime(str(received.message["Date"])) - now()) < timedelta(minutes=5)
    assert str(received.message["Message-ID"]).endswith("@retours.exemple.fr>")
    (link,) = re.findall(r"http://localhost/mon-temoignage/(\S+)", plain(received.message))
    assert PRIVATE_PAGE.read(link) == (testimonial.public_id, 1)
    (email,) = stored(session, Email)
    assert email.sent_at is not None
    assert email.due_at is None


@pytest.mark.changes_content
def test_digests_that_fail_stop_no_email_of_a_round_by_cron(app: Flask, session: Session) -> None:
    committed(session, status=Status.UNCONFIRMED)
    session.execute(text("DROP TABLE subscription"))
    session.commit()
    result = app.test_cli_runner().invoke(args=["mail", "deliver"])
    assert result.exit_code == 1, "cron tells its owner"
    assert re.search("^digests cannot be done for now: [A-Za-z]+Error$", result.output, re.MULTILINE), result.output
    assert [each.sent_at is not None for each in stored(session, Email)] == [True]


def test_an_accepted_email_is_sent_even_if_quit_fails_and_a_domain_with_accents_in_ascii(
    app: Flask, session: Session, mail_server: smtp.Peer
) -> None:
    app.config["SMTP_URL"] = mail_server.url
    mail_server.refuse_goodbyes()
    committed(session, status=Status.UNCONFIRMED, email="camille@mairie-évry.exemple.fr")
    deliver(app)
    (received,) = mail_server.received
    assert received.recipients == [received.message["To"]] == ["camille@xn--mairie-vry-h7a.exemple.fr"]
    (email,) = stored(session, Email)
    assert email.sent_at is not None, "it would arrive twice"


def test_a_refusal_is_tried_again_later_and_loses_nothing(app: Flask, session: Session, mail_server: smtp.Peer) -> None:
    app.config["SMTP_URL"] = mail_server.url
    mail_server.refuse("451 try later")
    committed(session, status=Status.UNCONFIRMED)
    output = deliver(app)
    assert "kept" in output
    assert AUTHOR not in output
    (email,) = stored(session, Email)
    assert email.sent_at is None
    assert email.due_at is not None
    assert now() < email.due_at < now() + timedelta(minutes=5)
    assert AUTHOR not in (email.last_refusal or "")
    mail_server.accept()
    email.due_at = now()
    session.commit()
    deliver(app)
    assert len(mail_server.received) == 1


@pytest.mark.both_engines
def test_a_claimed_email_cannot_be_claimed_again_until_the_claim_lapses(session: Session) -> None:
    committed(session, status=Status.UNCONFIRMED)
    first = outbox.claim_due(session)
    assert first is not None
    session.commit()
    assert outbox.claim_due(session) is None
    session.get_one(Email, first[0]).due_at = now() - timedelta(seconds=1)
    session.commit()
    assert outbox.claim_due(session) == first


@pytest.mark.both_engines
def test_the_email_that_has_waited_longest_is_claimed_first_and_for_ten_minutes(session: Session) -> None:
    for number, minutes in enumerate((1, 3, 2)):
        email = outbox.enqueue(session, mails.CONFIRMED, to=f"a{number}@exemple.fr")
        email.due_at = now() - timedelta(minutes=minutes)
    session.flush()
    before = now()
    claimed = outbox.claim_due(session)
    after = now()
    assert claimed is not None
    email = session.get_one(Email, claimed[0])
    assert email.recipient == "a1@exemple.fr"
    due = email.due_at
    assert due is not None
    assert before + timedelta(minutes=10) <= due <= after + timedelta(minutes=10)


@pytest.mark.both_engines
def test_a_claim_reads_along_an_index_however_many_weekly_letters_are_due(session: Session) -> None:
    values = [{"message": alert_mails.ALERT, "recipient": READER, "facts": {}, "message_id": "", "attempts": 0}] * 2000
    due = {"written_at": now(), "due_at": now() - timedelta(days=1)}
    session.execute(insert(Email), [each | due for each in values])
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    session.execute(text("SELECT 1" if is_sqlite else "ANALYZE email"))
    plans = []

    def explain(connection: Any, _cursor: object, statement: str, values: Any, *_: object) -> None:
        if statement.startswith("SELECT email.id"):
            explained = f"{'EXPLAIN QUERY PLAN' if is_sqlite else 'EXPLAIN'} {statement}"
            plans.append(" ".join(str(row[-1]) for row in connection.exec_driver_sql(explained, values)))

    event.listen(session.get_bind(), "before_cursor_execute", explain)
    assert outbox.claim_due(session) is not None
    event.remove(session.get_bind(), "before_cursor_execute", explain)
    urgent, weekly = plans
    assert "ix_email_turn" in urgent
    assert "ix_email_due_at" in weekly
    for plan in plans:
        assert not re.search("Sort|TEMP B-TREE|Seq Scan|SCAN", plan), plan


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_locked_email_is_skipped(app: Flask, session: Session) -> None:
    for number in range(2):
        email = outbox.enqueue(session, mails.CONFIRMED, to=f"a{number}@exemple.fr")
        email.due_at = now() - timedelta(minutes=2 - number)
    session.commit()
    claims = [outbox.claim_due(session)]
    with app.app_context(), Session(db.engine) as colleague:
        colleague.execute(text("SET LOCAL lock_timeout = '5s'"))
        claims.append(outbox.claim_due(colleague))
    recipients = [session.get_one(Email, claim[0]).recipient for claim in claims if claim]
    assert recipients == ["a0@exemple.fr", "a1@exemple.fr"]


@pytest.mark.both_engines
def test_deleting_the_emails_about_a_text_leaves_those_about_others(session: Session) -> None:
    text, other = two_texts(session)
    an_email(session, text)
    an_email(session, text, due_at=None, sent_at=now())
    kept = an_email(session, other)
    outbox.delete_about(session, text.id)
    assert left(session) == [kept]


def test_emails_given_up_are_those_of_one_text_to_one_address(session: Session) -> None:
    text, other = two_texts(session)
    email = an_email(session, text, due_at=None, last_refusal="SMTPRecipientsRefused 550")
    an_email(session, text)
    an_email(session, text, due_at=None, sent_at=now())
    an_email(session, text, due_at=None, recipient="ailleurs@exemple.fr")
    an_email(session, text, due_at=None, last_refusal="unreadable: KeyError")
    an_email(session, other, due_at=None)
    assert outbox.failed_about(session, text.id, AUTHOR) == [email]


def test_an_address_the_server_does_not_know_is_given_up(app: Flask, session: Session, mail_server: smtp.Peer) -> None:
    app.config["SMTP_URL"] = mail_server.url
    mail_server.refuse("550 5.1.1 No such mailbox")
    committed(session, status=Status.UNCONFIRMED)
    deliver(app)
    (email,) = stored(session, Email)
    assert (email.sent_at, email.due_at) == (None, None)
    assert email.last_refusal == "SMTPRecipientsRefused 550"


def test_retries_grow_apart_and_end_after_three_days(session: Session) -> None:
    a_testimonial(session, status=Status.UNCONFIRMED)
    waits = []
    for _ in range(outbox.MOST_ATTEMPTS):
        session.scalars(select(Email)).one().due_at = now()
        claimed = outbox.claim_due(session)
        assert claimed is not None
        outbox.record_result(session, claimed[0], NotDelivered("down"))
        due = session.scalars(select(Email)).one().due_at
        waits.append(due - now() if due else None)
    assert waits[-1] is None
    lengths = [round(wait.total_seconds() / 60) for wait in waits[:-1] if wait]
    assert lengths[:4] == [2, 4, 8, 16]
    assert lengths == sorted(lengths)
    assert 3 * DAY <= sum(lengths) <= 3.25 * DAY, "about three days"


def test_emails_refused_for_a_day_leave_once_the_server_answers(
    app: Flask, session: Session, mail_server: smtp.Peer, closed: int
) -> None:
    app.config["SMTP_URL"] = f"smtp://127.0.0.1:{closed}"
    for number in range(3):
        a_testimonial(session, status=Status.UNCONFIRMED, email=f"a{number}@exemple.fr")
    session.commit()
    elapsed = 0.0
    while elapsed < DAY:
        began = now()
        assert "ConnectionRefusedError" in deliver(app)
        waiting = stored(session, Email)
        assert all(email.due_at and not email.sent_at for email in waiting)
        elapsed += max((email.due_at - began).total_seconds() / 60 for email in waiting if email.due_at)
        for email in waiting:  # the time of waiting has passed
            email.due_at = began
        session.commit()
    app.config["SMTP_URL"] = mail_server.url
    deliver(app)
    deliver(app)
    recipients = sorted(each for received in mail_server.received for each in received.recipients)
    assert recipients == [f"a{number}@exemple.fr" for number in range(3)]


@pytest.mark.both_engines
def test_refused_emails_are_listed_by_when_they_are_tried_next(session: Session) -> None:
    for number, minutes in enumerate((30, 10, 20)):
        email = outbox.enqueue(session, mails.CONFIRMED, to=f"a{number}@exemple.fr")
        email.due_at, email.last_refusal = now() + timedelta(minutes=minutes), "SMTPServerDisconnected"
    outbox.enqueue(session, mails.CONFIRMED, to="not.refused@exemple.fr")
    given_up = outbox.enqueue(session, mails.CONFIRMED, to="given.up@exemple.fr")
    given_up.due_at, given_up.last_refusal = None, "SMTPRecipientsRefused 550"
    session.flush()
    assert [email.recipient for email in session.scalars(outbox.has_refusal())] == [
        *("a1@exemple.fr", "a2@exemple.fr", "a0@exemple.fr")
    ]


@pytest.mark.both_engines
def test_emails_that_were_given_up_are_listed_the_oldest_first(session: Session) -> None:
    emails = [outbox.enqueue(session, mails.CONFIRMED, to=f"a{number}@exemple.fr") for number in range(3)]
    session.commit()
    for number in (2, 0, 1):  # PostgreSQL reads rows in the order in which they were changed
        emails[number].due_at = None
        session.commit()
    assert [email.recipient for email in session.scalars(outbox.failed())] == [
        *("a0@exemple.fr", "a1@exemple.fr", "a2@exemple.fr")
    ]


def test_an_email_that_was_given_up_carries_the_new_link_once_it_is_sent_again(session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.UNCONFIRMED)
    email = session.scalars(select(Email)).one()
    email.due_at, email.last_refusal = None, "ConnectionRefusedError"
    session.flush()
    outbox.rewrite_links(session, testimonial.id, 7)
    email.attempts = 20
    email.revive()
    assert email.attempts == 0, "as if it had not been tried yet"
    session.flush()
    claimed = outbox.claim_due(session)
    assert claimed is not None
    leaving = outbox.read_claimed(session, claimed[0])
    assert leaving is not None
    assert leaving.facts["generation"] == 7


def test_a_new_link_is_given_to_the_emails_of_its_text_that_have_one(session: Session) -> None:
    text, other = two_texts(session)
    emails = [
        an_email(session, text),
        an_email(session, text, mails.NOTICE_RECEIVED, facts={"words": "À un lecteur."}),
        an_email(session, other),
    ]
    outbox.rewrite_links(session, text.id, 7)
    assert [email.facts for email in emails] == [
        {"generation": 7, "words": "Merci."},
        {"words": "À un lecteur."},
        {"generation": 1, "words": "Merci."},
    ]


def test_an_email_that_has_left_keeps_no_words(app: Flask, session: Session) -> None:
    committed(session)
    deliver(app)
    assert [email.facts for email in stored(session, Email)] == [{}, {}]


@pytest.mark.both_engines
def test_no_transaction_is_open_during_a_delivery(app: Flask, session: Session) -> None:
    committed(session, status=Status.UNCONFIRMED)

    class Watching:
        """Writes to the database during the delivery."""

        def send(self, message: EmailMessage) -> None:
            assert message["To"] == AUTHOR
            session.execute(text("PRAGMA busy_timeout=0" if "sqlite" in str(session.get_bind()) else "SELECT 1"))
            an_editor(session)
            session.commit()

    with app.app_context():
        claimed = outbox.claim_due(db.session())
        assert claimed is not None
        leaving = outbox.read_claimed(db.session(), claimed[0])
        assert leaving is not None
        db.session.commit()
        outbox.deliver(leaving, Watching())
        outbox.record_result(db.session(), claimed[0], None)
        db.session.commit()
    assert session.scalars(select(Email)).one().sent_at is not None


def an_unreadable_email(session: Session, **columns: str) -> Email:
    """Store an e-mail that is due before all others, then change its row as another release would have it."""
    email = outbox.enqueue(session, mails.LETTER, to="a@exemple.fr", due_at=now() - timedelta(days=1))
    session.flush()
    for column, value in columns.items():
        changed = text(f"UPDATE email SET {column} = :value WHERE id = {email.id}")  # noqa: S608  # names of ours
        session.execute(changed, {"value": value})
    session.commit()
    session.expire_all()
    return email


# A message of a later release, one that lacks a fact, an author's letter that names no consent, no facts at all.
UNREADABLE = [
    ({"message": "of_tomorrow"}, "TemplateNotFound"),
    ({"message": "declined"}, "UndefinedError"),
    ({}, "KeyError"),
    ({"facts": "null"}, "TypeError"),
]


@pytest.mark.parametrize(("columns", "error"), UNREADABLE)
def test_an_email_that_cannot_be_read_stops_no_other_and_says_why(
    app: Flask, session: Session, mail_server: smtp.Peer, columns: dict[str, str], error: str
) -> None:
    app.config["SMTP_URL"] = mail_server.url
    a_testimonial(session, status=Status.UNCONFIRMED)
    email = an_unreadable_email(session, **columns)
    assert f"kept, unreadable: {error}" in deliver(app)
    assert [received.recipients for received in mail_server.received] == [[AUTHOR]]
    session.rollback()
    assert email.due_at is not None
    assert email.due_at > now(), "it has its turn again, after the others"
    assert (email.attempts, email.last_refusal) == (1, f"unreadable: {error}")
    email.attempts, email.due_at = outbox.MOST_ATTEMPTS - 1, now()
    session.commit()
    deliver(app)
    session.rollback()
    assert email.due_at is None, "it is given up like any other"


def test_an_email_without_facts_announces_nothing_to_who_asks_twice(session: Session) -> None:
    email = an_unreadable_email(session, facts="null", message="alert_confirm")
    assert not outbox.is_waiting(session, alert_mails.ALERT_CONFIRM, email.recipient, alert="one")


class Stopped(BaseException):
    """The loop is stopped, as a signal does."""


@pytest.mark.both_engines
@pytest.mark.changes_content
def test_emails_leave_even_if_the_scheduled_job_fails(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    forgotten = a_testimonial(session, status=Status.UNCONFIRMED)
    forgotten.submitted_at -= timedelta(days=31)
    forgotten.reminded_at = now() - timedelta(days=24)
    session.commit()
    refuse_changes(session, forgotten)
    rounds = iter(range(3))

    def rest(_: float) -> None:
        if next(rounds, None) is None:
            raise Stopped

    monkeypatch.setattr(time, "sleep", rest)
    monkeypatch.setattr("app.cli.mail.AN_HOUR", 0.0)
    with pytest.raises(Stopped):
        loop.main(args=[], standalone_mode=False, obj=ScriptInfo(create_app=lambda: app))
    output = capsys.readouterr().out
    assert "(receipt): sent to" in output
    assert output.count("acts of the clock that failed") > 1, "it is tried again"
    session.expire_all()
    assert forgotten.status is Status.UNCONFIRMED


@pytest.mark.both_engines
def test_two_deliveries_at_once_send_each_email_once(app: Flask, session: Session, mail_server: smtp.Peer) -> None:
    app.config["SMTP_URL"] = mail_server.url
    for number in range(6):
        a_testimonial(session, status=Status.UNCONFIRMED, email=f"a{number}@exemple.fr")
    session.commit()
    together(*[partial(deliver, app)] * 2)
    recipients = sorted(each for received in mail_server.received for each in received.recipients)
    assert recipients == [f"a{number}@exemple.fr" for number in range(6)]
    ids = [received.message["Message-ID"] for received in mail_server.received]
    assert len(set(ids)) == 6


def test_without_a_server_messages_are_files_and_the_log_says_where(app: Flask, session: Session) -> None:
    committed(session, status=Status.UNCONFIRMED)
    output = deliver(app)
    folder: Path = app.config["INSTANCE"] / "mail"
    assert str(folder) in output
    (file,) = folder.glob("*.eml")
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert message["To"] == AUTHOR
    assert "http://localhost/mon-temoignage/" in plain(message)
    assert folder.stat().st_mode & 0o077 == 0


def unquoted(text: str) -> str:
    """Return a text without what it quotes: the words of an author, and wordings."""
    return re.sub(r"^>.*$", "", text, flags=re.MULTILINE)


def in_html(message: EmailMessage) -> BeautifulSoup:
    body = message.get_body(("html",))
    assert body is not None
    return BeautifulSoup(body.get_content(), "html.parser")


@pytest.mark.one_engine
def test_each_message_has_one_greeting_one_link_and_no_technical_word(app: Flask, subtests: pytest.Subtests) -> None:
    with app.app_context():
        written = dict(samples())
    assert set(written) == set(MAILS)
    places = dict.fromkeys(map(str, MAILS), "mon-temoignage") | dict.fromkeys(
        map(str, declared_in(account_mails)), "connexion"
    )
    places |= dict.fromkeys(map(str, declared_in(editor_mails, digest_mails, recueil_mails)), "moderation")
    places |= dict.fromkeys(map(str, declared_in(privacy_mails)), "administration")
    places |= {"draft": "brouillon", "address_data": "vos-donnees"}
    places |= {"notice_received": "signalement", "notice_answered": "charte"}
    places |= {"notice_ended": "charte", "answer_invited": "repondre"}
    places |= dict.fromkeys(("call_invited", "call_reminder"), "invitation")
    places |= dict.fromkeys(("question_confirm", "question"), "question")
    places["question_declined"] = "articles"
    places |= {"alert_confirm": "suivre", "alert": "articles"}
    two = {"published", "alert"}  # the page's address besides; the link to leave
    for message, email in written.items():
        text = plain(email)
        with subtests.test(message=message.name, claim="one greeting"):
            assert text.startswith("Bonjour,")
            assert text.count("Bonjour") == 1
        with subtests.test(message=message.name, claim="one link, to the page where it is acted on"):
            assert len(re.findall(rf"https?://\S+/{places[message.name]}\b", text)) == 1
            assert len(re.findall(r"https?://", text)) == (2 if message.name in two else 1)
        with subtests.test(message=message.name, claim="whom to answer"):
            assert "contact@en-regard.invalid" in text
        with subtests.test(message=message.name, claim="no word of machinery"):
            words = ("utilisateur", "soumission", "statut", "workflow", "modér", "None", "{{", "!")
            assert [word for word in words if word in text] == []
        with subtests.test(message=message.name, claim="no empty lines in a row, no space that could break"):
            assert "\n\n\n" not in text
            assert not re.search(r"« | »| [;:?]", unquoted(text))
        with subtests.test(message=message.name, claim="marked as automatic"):
            assert email["Auto-Submitted"] == "auto-generated"


@pytest.mark.one_engine
@pytest.mark.parametrize("name", ["Angers", "Hélène Exemple", "CLSM d’Ornemare"])
def test_no_message_says_de_before_a_name_that_elides(app: Flask, name: str) -> None:
    with app.app_context():
        for message, facts in SAMPLE_FACTS.items():
            named = dict.fromkeys(facts.keys() & {"inviter", "name", "organisation", "signature", "who"}, name)
            email = compose(message, AUTHOR, {**facts, **named}, "<one@exemple.fr>")
            assert not UNELIDED.findall(plain(email)), message


@pytest.mark.one_engine
def test_each_message_says_the_same_in_html_which_fetches_nothing(app: Flask, subtests: pytest.Subtests) -> None:
    with app.app_context():
        written = dict(samples())
    quoting = {mails.CONFIRMED, mails.AMENDED, mails.CONSENT, mails.WITHDRAWN, mails.PUBLISHED}
    quoting |= {mails.CALLED_BACK, mails.EDITED, mails.LETTER, question_mails.QUESTION, alert_mails.ALERT}
    quoting.add(privacy_mails.CHECK_FAILED)  # what the server said
    for message, email in written.items():
        text, page = plain(email), in_html(email)
        assert page.body is not None
        with subtests.test(message=message.name, claim="the same link, once"):
            link, *leaving = page.select("a:not([href^=mailto])")
            assert [each.get_text() for each in leaving] == ["Ne plus recevoir cette lettre"] * (
                message is alert_mails.ALERT
            )
            assert [text.count(str(each["href"])) for each in (link, *leaving)] == [1] * (1 + len(leaving))
        with subtests.test(message=message.name, claim="the same words"):
            output = " ".join(page.body.get_text(" ").split())
            bare = re.sub(r"^> ?", "", text, flags=re.MULTILINE)
            for each in page.find_all("a"):
                output = output.replace(each.get_text(), str(each["href"]).removeprefix("mailto:"))
            assert output == " ".join(bare.split())
        with subtests.test(message=message.name, claim="a quotation where an author's words or a wording are quoted"):
            assert bool(page.find_all("blockquote")) is (message in quoting)
        with subtests.test(message=message.name, claim="nothing is fetched by opening it"):
            assert not page.find_all(["img", "script", "link"])


@pytest.mark.one_engine
def test_messages_give_their_deadline_in_full_and_say_when_a_text_is_erased(app: Flask) -> None:
    with app.app_context():
        written = {message: plain(email) for message, email in samples()}
    asking = {
        *(mails.CHANGES_REQUESTED, mails.CHANGES_REMINDER, mails.PROOF_SENT, mails.PROOF_REMINDER, mails.TRANSCRIPT),
        *(mails.TRANSCRIPT_REMINDER, mails.CONFIRM_REMINDER, mails.RENEWAL, mails.KEEP_ASKED, mails.DRAFT),
        *(mails.NOTICE_RECEIVED, mails.CONSENT),
    }
    ending = {mails.KEPT_INTERNAL, mails.DECLINED, mails.UNPUBLISHED, mails.EXPIRED, mails.WITHDRAWN}
    for words, expected in (("mercredi 9 décembre 2026", asking), ("six mois", ending)):
        assert {message for message, text in written.items() if words in text} == expected


def test_the_publication_email_gives_the_page_s_address(app: Flask, session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    testimonial.write_to_author(mails.PUBLISHED, reason="", words="")
    session.commit()
    email = session.scalars(select(Email).where(Email.message == mails.PUBLISHED)).one()
    text = plain(composed(email))
    (address,) = re.findall(r"http://localhost(/temoignages/\S+)", text)
    reader = Visitor(app).get(address)
    assert reader.status == 200
    assert "gardiens d’immeuble" in reader.text
    assert "Vos accords" not in text, "nothing was consented to just now"


def test_no_link_is_stored(session: Session) -> None:
    for status in Status:
        a_testimonial(session, status=status, email=f"{status}@exemple.fr")
    for email in session.scalars(select(Email)):
        assert "mon-temoignage" not in str(email.facts)
        assert "." not in str(email.facts.get("public_id"))


def test_the_settings_choose_the_transport(tmp_path: Path) -> None:
    assert isinstance(configured_transport("", tmp_path), Folder)
    server = configured_transport("smtps://u%40x:p%3A@mail.exemple.fr", tmp_path)
    assert isinstance(server, Smtp)
    assert (server.tls, server.port, server.user, server.password) == (True, 465, "u@x", "p:")
    with pytest.raises(ValueError, match="SMTP_URL"):
        configured_transport("mail.exemple.fr", tmp_path)


def test_a_password_never_travels_in_clear(mail_server: smtp.Peer, app: Flask) -> None:
    smtps = Smtp(f"smtp://user:secret@127.0.0.1:{mail_server.port}")
    with app.app_context():
        email = dict(samples())[mails.CONFIRMED]
    with pytest.raises(NotDelivered):
        smtps.send(email)
    assert mail_server.received == []


@pytest.mark.one_engine
def test_the_address_of_a_letters_button_is_written_as_it_is(app: Flask, tmp_path: Path) -> None:
    """RFC 2047 (5) lets no program decode an address there: encoded, the button of mail programs never shows."""
    app.config["TRUSTED_HOSTS"], app.config["PUBLIC_URL"] = None, f"https://{'longue.' * 9}exemple.fr"
    seen = set()
    with app.app_context():
        letters = {message: email for message, email in samples() if email["List-Unsubscribe"]}
    for message, email in letters.items():
        Folder(tmp_path / message.name).send(email)
        (written,) = (tmp_path / message.name).glob("*.eml")
        for sent in (written.read_bytes(), email.as_bytes(policy=policy.SMTP), email.as_bytes()):
            (line,) = re.findall(rb"(?m)^List-Unsubscribe: (.+?)\r?$", sent)
            assert line.startswith(b"<https://longue.")
            assert line.endswith(b">")
            seen.add(message)
    assert seen == {invitation_mails.CALL_INVITED, invitation_mails.CALL_REMINDER, alert_mails.ALERT}
