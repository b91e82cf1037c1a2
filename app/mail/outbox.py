"""The outbox: an e-mail is a row written in the caller's transaction; `flask mail deliver` sends it.

Delivery is three steps, so that no transaction waits for a mail server: claim, deliver, record the result. If the
process dies after a claim, the e-mail is due again when the claim lapses. Whether an e-mail is still true is asked
between claim and delivery (`before_delivery`).

The claim is committed before the e-mail is read: one that cannot be is refused like one that the server does not take.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, Select, and_, delete, func, select, text
from sqlalchemy.orm import Mapped, Session, load_only, mapped_column, relationship
from sqlalchemy.types import String, TypeDecorator

from app.db import Base, Numbered, delete_rows, now
from app.mail.compose import compose, new_message_id
from app.mail.messages import Check, ClaimedEmail, Mail, Wait, mail_named
from app.mail.transport import NotDelivered, Transport

CLAIM = timedelta(minutes=10)
LONGEST_WAIT = timedelta(hours=6)
MOST_ATTEMPTS = 20  # about three days

UNREADABLE = "unreadable: "  # begins the refusal of an e-mail that could not be read or rendered
# Without a parameter: neither engine would see that the index has what is asked for.
URGENT, WEEKLY = text("message != 'alert'"), text("message = 'alert'")


class MailName(TypeDecorator[Mail]):
    """A kind of e-mail, by its name; one that another release has queued is read too."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: Mail | None, _dialect: object) -> str | None:
        return value.name if value else None

    def process_result_value(self, value: Any, _dialect: object) -> Mail:
        return mail_named(value)


class Email(Numbered, Base, kw_only=True):
    """A message to one person; `facts` is what its template needs, never a link; empty once it has left.

    Once `due_at` is None, it has left (`sent_at`) or was given up (`last_refusal`).
    """

    __tablename__ = "email"
    # Partial on PostgreSQL too, by migration 0044: to say so here would load that dialect where SQLite is used.
    __table_args__ = (Index("ix_email_turn", "due_at", sqlite_where=URGENT),)

    message: Mapped[Mail] = mapped_column(MailName)
    recipient: Mapped[str] = mapped_column(index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    testimonial_id: Mapped[int | None] = mapped_column(ForeignKey("testimonial.id"), index=True)
    # The database deletes an e-mail with its draft.
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("draft.id", ondelete="CASCADE"), index=True, default=None)
    # The audit event that it announces, where a later one can make it untrue.
    event_id: Mapped[int | None] = mapped_column(ForeignKey("audit_event.id"), index=True, init=False)
    event: Mapped[Base | None] = relationship("AuditEvent", default=None, repr=False)
    message_id: Mapped[str] = mapped_column(default_factory=new_message_id)
    written_at: Mapped[datetime] = mapped_column(default_factory=now)
    due_at: Mapped[datetime | None] = mapped_column(index=True, default_factory=now)
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
    attempts: Mapped[int] = mapped_column(default=0)
    last_refusal: Mapped[str | None] = mapped_column(default=None)

    def revive(self) -> None:
        """Make it due again, as if it had not been tried; `last_refusal` stays until it leaves."""
        self.due_at, self.attempts = now(), 0

    def postpone(self, until: datetime) -> None:
        self.due_at, self.attempts = until, self.attempts - 1


def enqueue(
    session: Session,
    message: Mail,
    *,
    to: str,
    about: int | None = None,
    event: Base | None = None,
    due_at: datetime | None = None,
    **facts: Any,
) -> Email:
    """Add an e-mail to the outbox; it leaves if and only if the caller's transaction is committed.

    It is due at once unless `due_at` is later; `event` is the audit event that it announces, if that can be undone.
    """
    email = Email(message=message, recipient=to, facts=facts, testimonial_id=about, event=event, due_at=due_at or now())
    session.add(email)
    return email


def delete_about(session: Session, testimonial_id: int) -> None:
    session.execute(delete(Email).where(Email.testimonial_id == testimonial_id))


def delete_waiting(session: Session, message: Mail, to: str) -> None:
    session.execute(delete(Email).where(Email.message == message, Email.recipient == to, Email.due_at.is_not(None)))


def is_waiting(session: Session, message: Mail, to: str, **facts: Any) -> bool:
    waiting = select(Email.facts).where(Email.message == message, Email.recipient == to, Email.due_at.is_not(None))
    return any((each or {}).items() >= facts.items() for each in session.scalars(waiting))


def failed_about(session: Session, testimonial_id: int, to: str | None) -> list[Email]:
    """Return the e-mails about a text that an address has refused; one that cannot be read says nothing of it."""
    to_it = Email.testimonial_id == testimonial_id, Email.recipient == to, ~is_unreadable()
    return list(session.scalars(failed().where(*to_it)))


def failed() -> Select[Email]:
    return select(Email).where(has_failed()).order_by(Email.id)


def has_failed() -> ColumnElement[bool]:
    return and_(Email.due_at.is_(None), Email.sent_at.is_(None))


def is_unreadable() -> ColumnElement[bool]:
    """State that an e-mail could not be read or rendered as it was to leave, and has not left since."""
    return Email.last_refusal.startswith(UNREADABLE)


def has_refusal() -> Select[Email]:
    return select(Email).where(Email.due_at.is_not(None), Email.last_refusal.is_not(None)).order_by(Email.due_at)


def rewrite_links(session: Session, testimonial_id: int, generation: int) -> None:
    """Give the unsent e-mails the new private link, the given-up ones too: they may be sent again."""
    unsent = select(Email).where(Email.testimonial_id == testimonial_id, Email.sent_at.is_(None))
    for email in session.scalars(unsent):
        if "generation" in email.facts:  # e-mails to others about the text have no private link
            email.facts = email.facts | {"generation": generation}


def expire_emails(session: Session) -> int:
    """Delete the e-mails that left, or were given up, `EMAIL_PERIOD` ago; return how many. The caller commits.

    By whole days: SQLite's file is written again after each deletion (`db.vacuum`), and the clock may run every hour.
    """
    before = now().replace(hour=0, minute=0, second=0, microsecond=0) - current_app.config["EMAIL_PERIOD"]
    is_over = Email.due_at.is_(None), func.coalesce(Email.sent_at, Email.written_at) < before
    return delete_rows(session, Email, *is_over)


def claim_due(session: Session) -> tuple[int, Mail] | None:
    """Claim the e-mail that has waited longest; return its id and its message, None when none is due.

    Weekly letters come after the others: nobody waits for one before a page. The caller commits.
    """
    readable = load_only(Email.message, Email.attempts)  # other columns may hold what cannot be read
    for kind in (URGENT, WEEKLY):
        due = select(Email).options(readable).where(Email.due_at <= now(), kind).order_by(Email.due_at)
        if email := session.scalar(due.limit(1).with_for_update(skip_locked=True)):
            email.attempts += 1
            email.due_at = now() + CLAIM
            return email.id, email.message
    return None


def read_claimed(session: Session, email_id: int) -> ClaimedEmail | None:
    columns = Email.id, Email.message, Email.recipient, Email.facts, Email.message_id, Email.testimonial_id
    row = session.execute(select(*columns).where(Email.id == email_id)).first()
    return ClaimedEmail(*row) if row else None


def before_delivery(session: Session, claimed: ClaimedEmail, *checks: Check) -> ClaimedEmail | None:
    """Return a claimed e-mail with the facts of now; None where it waits, or is untrue: it is deleted.

    `checks` are those of e-mails about texts; that of its kind comes last. The caller commits.
    """
    for facts_now in (*checks, claimed.message.facts_now):
        try:
            facts = facts_now(session, claimed)
        except Wait as wait:
            session.get_one(Email, claimed.email_id).postpone(until=wait.until)
            return None
        if facts is None:
            session.execute(delete(Email).where(Email.id == claimed.email_id))
            return None
        claimed = replace(claimed, facts=facts)
    # Erased meanwhile, it leaves no more.
    return claimed if session.get(Email, claimed.email_id, with_for_update=True) else None


def deliver(claimed: ClaimedEmail, transport: Transport) -> None:
    """Render a claimed e-mail and send it; raise `NotDelivered`, or the error of its rendering."""
    transport.send(compose(claimed.message, claimed.recipient, claimed.facts, claimed.message_id))


def refusal_of(error: Exception) -> NotDelivered:
    return error if isinstance(error, NotDelivered) else NotDelivered(f"{UNREADABLE}{type(error).__name__}")


def record_result(session: Session, email_id: int, refusal: NotDelivered | None) -> None:
    """Record a delivery: sent, due again after a growing delay, or given up. The caller commits."""
    email = session.get(Email, email_id)
    if email is None:  # erased during the delivery
        return
    given_up = refusal is not None and (refusal.final or email.attempts >= MOST_ATTEMPTS)
    if email.message.forgets and (refusal is None or given_up):
        session.delete(email)
        return
    if refusal is None:
        email.sent_at, email.due_at, email.last_refusal = now(), None, None
        email.facts = {}
        return
    email.last_refusal = str(refusal)
    email.due_at = None if given_up else now() + min(timedelta(minutes=2**email.attempts), LONGEST_WAIT)
