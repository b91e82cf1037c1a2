"""Told corrections: one e-mail, that of the decision, once it can no longer be undone."""

from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import MAILS
from app.db import now
from app.mail.messages import Mail
from app.mail.outbox import Email
from app.moderation.decisions import decide
from app.moderation.review.editing import EditKind, save_edit
from app.testimonials import mails
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action, Status
from app.testimonials.private_page.objections import contest_decision, is_contestable
from app.testimonials.reasons import Reason
from app.testimonials.testimonial import Testimonial
from tests.acts import amend_text
from tests.factories import ACCOUNT, CORRECTED_TITLE, a_testimonial, an_editor
from tests.mail.test_outbox import deliver, plain
from tests.moderation.desk import take, take_back
from tests.services.ports import kept_port

NOTE = DecisionNote(Reason.OFF_TOPIC, "Une phrase.")
MASKED = ACCOUNT.replace("gardiens d’immeuble", "[passage masqué]")


@pytest.fixture
def pending(session: Session) -> Testimonial:
    return a_testimonial(session)


@pytest.fixture
def published(app: Flask, session: Session) -> Testimonial:
    """A published text whose author was told so."""
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    age(session, testimonial, timedelta(hours=1))
    leave(app, session)
    return testimonial


def correct(session: Session, text: Testimonial, message: str = "", **changes: str) -> None:
    base = text.at_hand or text.latest
    note = DecisionNote(message=message)
    save_edit(an_editor(session), text, base.edited(**changes), EditKind.CORRECTION, revision=text.revision, note=note)
    session.flush()
    session.expire(text)


def age(session: Session, text: Testimonial, period: timedelta) -> None:
    """Make the e-mails of a text due earlier, by a period."""
    for email in session.scalars(select(Email).where(Email.testimonial_id == text.id, Email.due_at.is_not(None))):
        assert email.due_at is not None
        email.due_at -= period
    session.flush()


def leave(app: Flask, session: Session, *, final: bool = True, first: Mail | None = None) -> list[tuple[Mail, str]]:
    """Deliver what is due; return the e-mails of decisions that leave, and what each says of corrections.

    `final`: every decision can no longer be undone; `first` is then the message that is due first. What an e-mail said
    is read in the folder that it is sent to.
    """
    period = app.config["UNDO_PERIOD"]
    folder = app.config["INSTANCE"] / "mail"
    seen = set(folder.glob("*")) if folder.exists() else set()
    if final:
        app.config["UNDO_PERIOD"] = timedelta(minutes=-5)
        for email in session.scalars(select(Email).where(Email.due_at.is_not(None))):
            email.due_at = now() - timedelta(minutes=2 if email.message is first else 1)
    session.commit()
    deliver(app)
    app.config["UNDO_PERIOD"] = period
    session.expire_all()
    left = sorted(set(folder.glob("*")) - seen, key=lambda path: path.stat().st_mtime_ns)
    return [told for path in left if (told := read(path.read_bytes())) is not None]


def read(raw: bytes) -> tuple[Mail, str] | None:
    letter = message_from_bytes(raw, _class=EmailMessage, policy=policy.default)
    message = next(each for each in MAILS if each.subject == letter["Subject"])
    if not message.tells_corrections:
        return None
    paragraphs = plain(letter).replace("\r\n", "\n").replace("\u00a0", " ").split("\n\n")
    start = next((at for at, each in enumerate(paragraphs) if "comme votre accord le permet" in each), None)
    return message, "\n\n".join(paragraphs[start:]) if start is not None else ""


def test_corrections_that_an_email_could_not_bring_are_told_with_the_next(
    app: Flask, session: Session, pending: Testimonial
) -> None:
    """The server refuses the e-mail of a publication, which is untrue before it answers again."""
    correct(session, pending, title=CORRECTED_TITLE)
    take(session, pending, Action.PUBLISH, NOTE)
    with kept_port() as closed:
        app.config["SMTP_URL"] = f"smtp://127.0.0.1:{closed}"
        assert leave(app, session) == []
    app.config["SMTP_URL"] = ""
    take(session, pending, Action.UNPUBLISH, NOTE)
    ((message, told),) = leave(app, session)
    assert (message, "1 mot corrigé" in told) == (mails.UNPUBLISHED, True)
    take(session, pending, Action.REOPEN, NOTE)
    take(session, pending, Action.PUBLISH, NOTE)
    assert leave(app, session) == [(mails.PUBLISHED, "")], "once"


def test_the_team_s_words_about_each_correction_are_told(app: Flask, session: Session, pending: Testimonial) -> None:
    correct(session, pending, "Un pluriel.", title=CORRECTED_TITLE)
    correct(session, pending, "Un métier masqué.", account=MASKED)
    take(session, pending, Action.PUBLISH, NOTE)
    ((_, told),) = leave(app, session)
    assert "L’équipe en dit :\n\nUn pluriel.\n\nUn métier masqué.\n\n" in told


def test_what_an_undone_publication_would_have_told_is_told_with_the_next(
    app: Flask, session: Session, pending: Testimonial
) -> None:
    correct(session, pending, title=CORRECTED_TITLE)
    take(session, pending, Action.PUBLISH, NOTE)
    take_back(session, pending)
    assert leave(app, session) == []
    take(session, pending, Action.PUBLISH, NOTE)
    ((message, told),) = leave(app, session)
    assert (message, "1 mot corrigé" in told) == (mails.PUBLISHED, True)


def test_several_corrections_of_a_published_text_are_told_as_one(
    app: Flask, session: Session, published: Testimonial
) -> None:
    correct(session, published, title=CORRECTED_TITLE)
    age(session, published, timedelta(minutes=12))
    correct(session, published, account=MASKED)
    assert leave(app, session, final=False) == [], "the last one can still be undone"
    ((message, told),) = leave(app, session)
    assert message is mails.EDITED
    assert "3 mots masqués, 1 mot corrigé" in told, "the last state"
    assert leave(app, session) == []


@pytest.mark.parametrize("first", [mails.PUBLISHED, mails.EDITED])
def test_a_correction_within_the_ten_minutes_leaves_with_the_publication(
    app: Flask, session: Session, pending: Testimonial, first: Mail
) -> None:
    take(session, pending, Action.PUBLISH, NOTE)
    age(session, pending, timedelta(minutes=12))
    session.expire(pending)
    correct(session, pending, title=CORRECTED_TITLE)
    assert leave(app, session, final=False) == [], "it can still be undone"
    ((message, told),) = leave(app, session, first=first)
    assert (message, "1 mot corrigé" in told) == (mails.PUBLISHED, True)
    assert leave(app, session) == []


def test_a_correction_undone_is_not_told(app: Flask, session: Session, published: Testimonial) -> None:
    correct(session, published, title=CORRECTED_TITLE)
    correct(session, published, account=MASKED)
    take_back(session, published)
    ((message, told),) = leave(app, session)
    assert message is mails.EDITED
    assert "1 mot corrigé" in told
    assert "masqué" not in told


def test_a_correction_on_the_page_can_be_objected_to_beside_newer_words(
    app: Flask, session: Session, published: Testimonial
) -> None:
    correct(session, published, title=CORRECTED_TITLE)
    amend_text(published, title="Un autre titre")
    ((message, told),) = leave(app, session)
    assert (message, "1 mot corrigé" in told) == (mails.EDITED, True), "what readers see was corrected"
    assert "vous pouvez vous y opposer" in told, "the private page offers it, whatever waits"
    assert is_contestable(published)


def test_a_mask_kept_with_reasons_is_told_without_another_objection(
    app: Flask, session: Session, pending: Testimonial
) -> None:
    correct(session, pending, account=MASKED)
    contest_decision(pending, "Rendez-moi mes mots.")
    answering = an_editor(session, email="omar@ville-exemple.fr")
    note = DecisionNote(message="Ces gardiens seraient reconnus.")
    decide(answering, pending, Action.UPHOLD, revision=pending.revision, note=note)
    session.flush()
    take(session, pending, Action.PUBLISH, NOTE)
    ((message, told),) = leave(app, session)
    assert (message, "3 mots masqués" in told) == (mails.PUBLISHED, True)
    assert "vous pouvez vous y opposer" not in told


def test_the_only_correction_undone_writes_to_nobody(app: Flask, session: Session, published: Testimonial) -> None:
    correct(session, published, title=CORRECTED_TITLE)
    take_back(session, published)
    assert leave(app, session) == []


def test_words_sent_by_the_author_since_leave_nothing_to_tell(
    app: Flask, session: Session, pending: Testimonial
) -> None:
    correct(session, pending, title=CORRECTED_TITLE)
    amend_text(pending, title="Un autre titre")
    session.flush()
    session.expire(pending)
    take(session, pending, Action.PUBLISH, NOTE)
    assert leave(app, session) == [(mails.PUBLISHED, "")]
