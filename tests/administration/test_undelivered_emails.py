"""Undelivered e-mails: admins see recipients and reasons, never the text, and send them again."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.administration import routes as administration
from app.audit import AuditEvent, Kind
from app.db import now
from app.features.alerts import mails as alert_mails
from app.features.questions import mails as question_mails
from app.mail.messages import Mail
from app.mail.outbox import Email
from app.testimonials import mails
from app.testimonials.lifecycle import Action, Status
from app.testimonials.testimonial import Testimonial
from tests.acts import committed, published
from tests.factories import ASKER, AUTHOR, READER, a_question, a_testimonial, an_alert, by_editor
from tests.mail.test_outbox import an_unreadable_email, deliver
from tests.services import smtp
from tests.visitor import Visitor

PAGE = "/administration/courriels"


@pytest.fixture
def refused(app: Flask, session: Session, mail_server: smtp.Peer) -> Testimonial:
    app.config["SMTP_URL"] = mail_server.url
    testimonial = committed(session, status=Status.UNCONFIRMED)
    mail_server.refuse("550 5.1.1 No such mailbox")
    deliver(app)
    session.rollback()
    return testimonial


def test_failed_emails_are_listed_without_their_text_and_link(
    app: Flask, admin: Visitor, session: Session, refused: Testimonial
) -> None:
    email = session.scalars(select(Email)).one()
    email.facts = email.facts | {"words": "un mot secret"}
    session.commit()
    assert admin.get("/administration/reglages").page.find("a", href=PAGE)
    assert admin.get(PAGE).status == 200
    for seen in (AUTHOR, email.message.subject, "refuse cette adresse", "SMTPRecipientsRefused 550", "1 essai"):
        assert seen in admin.text, seen
    assert admin.page.find("a", href=f"/moderation/{refused.public_id}")
    assert "mon-temoignage" not in str(admin.page.main)
    assert "secret" not in str(admin.page)
    assert email.message_id.strip("<>") not in str(admin.page)


@pytest.mark.parametrize("stored", [{"message": "of_tomorrow"}, {}])
def test_an_email_that_cannot_be_read_is_listed_with_its_reason(
    app: Flask, admin: Visitor, session: Session, stored: dict[str, str]
) -> None:
    an_unreadable_email(session, **stored)
    deliver(app)
    assert "ne sait pas écrire ce courriel : dites-le à qui s’en occupe. unreadable:" in admin.get(PAGE).text
    assert ("Un courriel que cette version du site ne connaît pas" in admin.text) is bool(stored)


def test_sending_an_email_again_delivers_it_once_and_is_audited(
    app: Flask, admin: Visitor, session: Session, refused: Testimonial, mail_server: smtp.Peer
) -> None:
    admin.get(PAGE)
    token = admin.csrf_token
    admin.press("Renvoyer")
    assert admin.path == PAGE
    assert admin.status == 200
    session.rollback()
    email = session.scalars(select(Email)).one()
    assert email.attempts == 0
    assert email.due_at is not None
    assert email.due_at <= now()
    assert "Prochain essai" in admin.text, "it is listed among those to be tried again"
    admin.post(f"{PAGE}/{email.id}/renvoyer", [("csrf_token", token)])
    assert admin.status == 200
    session.rollback()
    events = session.scalars(select(AuditEvent).where(AuditEvent.kind == Kind.EMAIL_REVIVED)).all()
    assert [event.testimonial_id for event in events] == [refused.id], "a second click changes nothing"
    mail_server.accept()
    deliver(app)
    deliver(app)
    assert [received.recipients for received in mail_server.received] == [[AUTHOR]]
    assert AUTHOR not in admin.get(PAGE).text


def test_all_are_sent_again_at_once(app: Flask, admin: Visitor, session: Session, mail_server: smtp.Peer) -> None:
    app.config["SMTP_URL"] = mail_server.url
    addresses = [f"a{number}@exemple.fr" for number in range(3)]
    for address in addresses:
        a_testimonial(session, status=Status.UNCONFIRMED, email=address)
    gone = a_testimonial(session, email="parti@exemple.fr")
    for email in session.scalars(select(Email)):
        email.due_at, email.last_refusal, email.attempts = None, "ConnectionRefusedError", 20
        if email.testimonial_id == gone.id:
            email.sent_at, email.last_refusal = now(), None
    session.commit()
    assert "3 courriels" in admin.get(PAGE).text
    assert "parti@exemple.fr" not in admin.text
    admin.press("Tout renvoyer")
    deliver(app)
    assert sorted(each for received in mail_server.received for each in received.recipients) == addresses


def test_a_refused_email_shows_its_next_attempt(
    app: Flask, admin: Visitor, session: Session, mail_server: smtp.Peer
) -> None:
    app.config["SMTP_URL"] = mail_server.url
    mail_server.refuse("451 try later")
    committed(session, status=Status.UNCONFIRMED)
    deliver(app)
    assert "Prochain essai" in admin.get(PAGE).text
    assert not [button for button in admin.page.find_all("button") if "envoyer" in button.get_text()]


def test_an_untrue_email_is_not_among_those_that_are_tried_again(
    app: Flask, admin: Visitor, session: Session, mail_server: smtp.Peer
) -> None:
    app.config["SMTP_URL"] = mail_server.url
    texts = [a_testimonial(session, email=f"a{number}@exemple.fr") for number in range(2)]
    session.execute(delete(Email))
    for text in texts:
        text.perform(Action.KEEP_INTERNAL, by=by_editor(session))
        text.write_to_author(mails.KEPT_INTERNAL, words="", reason="", ground="")
    for email in session.scalars(select(Email)):
        email.last_refusal = "TimeoutError"
    texts[1].withdraw()
    session.commit()
    assert "1 courriel" in admin.get(PAGE).text
    assert "a0@exemple.fr" in admin.text
    assert "a1@exemple.fr" not in admin.text


def test_a_long_list_shows_its_total_and_its_first_emails(
    admin: Visitor, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(administration, "EMAILS_SHOWN", 2)
    for number in range(3):
        a_testimonial(session, status=Status.UNCONFIRMED, email=f"a{number}@exemple.fr")
    for email in session.scalars(select(Email)):
        email.due_at, email.last_refusal = None, "TimeoutError"
    session.commit()
    assert "3 courriels, dont voici les 2 premiers" in admin.get(PAGE).text
    assert "a2@exemple.fr" not in admin.text


@pytest.mark.parametrize("path", [f"{PAGE}/1/renvoyer", f"{PAGE}/renvoyer"])
def test_a_form_with_an_expired_token_is_shown_again(admin: Visitor, refused: Testimonial, path: str) -> None:
    admin.post(path, [("csrf_token", "x")])
    assert admin.status == 422
    assert "trop longtemps" in admin.text


@pytest.mark.parametrize("number", ["99999999999999999999", "-1", "x"])
def test_an_unknown_email_is_not_found(admin: Visitor, number: str) -> None:
    token = admin.get("/moderation").csrf_token
    assert admin.post(f"{PAGE}/{number}/renvoyer", [("csrf_token", token)]).status == 404


def ask_colleague(session: Session) -> None:
    a_question(session, published(session, questions=True), sent=False)


def follow(session: Session) -> None:
    an_alert(session, confirmed=False)


@pytest.mark.parametrize(
    ("act", "message", "who", "address"),
    [
        (ask_colleague, question_mails.QUESTION_CONFIRM, "un·e collègue qui pose une question", ASKER),
        (follow, alert_mails.ALERT_CONFIRM, "une personne qui suit des retours", READER),
    ],
)
def test_who_asks_a_colleague_or_follows_is_told_to_nobody(
    app: Flask,
    admin: Visitor,
    session: Session,
    mail_server: smtp.Peer,
    *,
    act: Callable[[Session], None],
    message: Mail,
    who: str,
    address: str,
) -> None:
    """Editors see of questions their counts and their reports, and « Vos données » says as much of what one follows."""
    app.config["SMTP_URL"] = mail_server.url
    act(session)
    session.commit()
    mail_server.refuse("450 4.2.0 Later")
    deliver(app)
    session.rollback()
    admin.get(PAGE)
    assert who in admin.text
    assert address not in str(admin.page)
    (line,) = (each for each in admin.page.select("li.record__line") if message.subject in each.get_text())
    assert line.select("a") == [], "nor whom they ask"
