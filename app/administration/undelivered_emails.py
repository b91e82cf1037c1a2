"""The e-mails that have not left: which, to whom, why, and sending them again. Neither their words nor their links."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.audit import Actor, AuditEvent, Kind
from app.mail import outbox
from app.mail.outbox import Email
from app.testimonials import stale_emails
from app.testimonials.models import Testimonial

PAGE = 100  # e-mails; the page says how many there are in all, and « Tout renvoyer » takes every one


@dataclass(frozen=True)
class UndeliveredEmails:
    """The first of some e-mails, how many there are, and the public identifier of the text each is about, if any."""

    emails: list[Email]
    total: int
    about: dict[int, str]


def undelivered_emails(session: Session, selected: Select[Email]) -> UndeliveredEmails:
    """Return a pile of what is selected."""
    total = session.scalar(select(func.count()).select_from(selected.order_by(None).subquery())) or 0
    listed = session.scalars(selected.limit(PAGE)).all()
    emails = stale_emails.without_stale(session, listed)
    total -= len(listed) - len(emails)
    texts = select(Testimonial.id, Testimonial.public_id).where(
        Testimonial.id.in_({email.testimonial_id for email in emails if email.testimonial_id is not None})
    )
    return UndeliveredEmails(emails, total, dict(session.execute(texts).all()))


def failure_reason(email: Email) -> str:
    """Return why an e-mail has not left, in words; what exactly the server said goes beside it."""
    said = email.last_refusal or ""
    if said.startswith("SMTPRecipientsRefused"):
        return "Le serveur de courriel refuse cette adresse."
    if said.startswith("SMTP"):
        return "Le serveur de courriel refuse l’envoi."
    return "Le serveur de courriel ne répond pas, ou le courriel n’a pas pu être écrit."


def resend_emails(session: Session, admin: User, emails: Iterable[Email]) -> None:
    """Make e-mails that were given up due again, and write down who asked."""
    for email in emails:
        email.revive()
        session.add(AuditEvent.of(Kind.EMAIL_REVIVED, Actor.editor(admin.id), testimonial_id=email.testimonial_id))


def count_undelivered(email_id: int) -> Select[Email]:
    """Select one e-mail, if it was given up, and hold it: two clicks send it again once."""
    return outbox.failed().where(Email.id == email_id).with_for_update()
