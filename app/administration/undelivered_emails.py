"""Undelivered e-mails: their recipients, why each failed, and sending them again. Never their text nor their links."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.audit import Actor, AuditEvent, Kind
from app.mail.messages import TO_ASKERS, TO_FOLLOWERS
from app.mail.outbox import UNREADABLE, Email
from app.testimonials import stale_emails
from app.testimonials.models import Testimonial

EMAILS_SHOWN = 100  # e-mails shown; « Tout renvoyer » sends the others too


# Whom the page does not name, in words.
UNNAMED = {
    **dict.fromkeys(TO_ASKERS, "un·e collègue qui pose une question"),
    **dict.fromkeys(TO_FOLLOWERS, "une personne qui suit des retours"),
}


@dataclass(frozen=True)
class UndeliveredEmails:
    """The first e-mails of a selection, their total number, and the public identifiers of their texts, by e-mail."""

    emails: list[Email]
    total: int
    public_ids: dict[int, str]


def undelivered_emails(session: Session, selected: Select[Email]) -> UndeliveredEmails:
    total = session.scalar(select(func.count()).select_from(selected.order_by(None).subquery())) or 0
    listed = session.scalars(selected.limit(EMAILS_SHOWN)).all()
    emails = stale_emails.without_stale(session, listed)
    total -= len(listed) - len(emails)
    ids = [email.id for email in emails if email.message not in TO_ASKERS]
    about = select(Email.id, Testimonial.public_id).join(Testimonial, Testimonial.id == Email.testimonial_id)
    return UndeliveredEmails(emails, total, dict(session.execute(about.where(Email.id.in_(ids))).all()))


def named_recipient(email: Email) -> str:
    return UNNAMED.get(email.message, email.recipient)


def failure_reason(email: Email) -> str:
    """Return a sentence on why an e-mail has not left; the page shows the server's exact answer beside it."""
    refusal = email.last_refusal or ""
    if refusal.startswith(UNREADABLE):
        return "Le site, dans sa version actuelle, ne sait pas écrire ce courriel : dites-le à qui s’en occupe."
    if refusal.startswith("SMTPRecipientsRefused"):
        return "Le serveur de courriel refuse cette adresse."
    if refusal.startswith("SMTP"):
        return "Le serveur de courriel refuse l’envoi."
    return "Le serveur de courriel ne répond pas, ou le courriel n’a pas pu être écrit."


def resend_emails(session: Session, admin: User, emails: Iterable[Email]) -> None:
    for email in emails:
        email.revive()
        session.add(AuditEvent.of(Kind.EMAIL_REVIVED, Actor.editor(admin.id), testimonial_id=email.testimonial_id))
