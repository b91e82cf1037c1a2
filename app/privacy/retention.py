"""What time does: reminders, the end of a publication, and forgetting (docs/rules.md, « Keeping and forgetting »).

Each act is small and stands by itself, so that the caller can commit it before the next.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, delete, func, or_, select
from sqlalchemy.orm import Session

from app import french
from app.audit import CLOCK, AuditEvent, Kind
from app.db import now
from app.mail.messages import Message
from app.testimonials import erasure
from app.testimonials.consent import Consent, ConsentDecision, Purpose
from app.testimonials.lifecycle import Action, Status
from app.testimonials.models import Testimonial
from app.testimonials.notices import Notice, erase_notice_words
from app.testimonials.periods import months, period
from app.testimonials.retention import is_to_be_erased
from config import Months

# The database itself keeps a proof five years (migration 0001), and reckons the end of February in its own way.
DATABASE_PERIOD, DATABASE_MARGIN = Months(5 * 12), timedelta(days=1)

# What an author is asked for, until a day, and what reminds them of it. Silence is no answer: nothing else comes of it.
REMINDERS: Mapping[Status, Message] = {
    Status.CHANGES_REQUESTED: Message.CHANGES_REMINDER,
    Status.PROOF_SENT: Message.PROOF_REMINDER,
}


def run_due_acts(session: Session) -> Iterator[tuple[Kind, Testimonial]]:
    """Do what is due, one testimonial at a time, and yield what was done to which. The caller commits each."""
    for testimonial in due_testimonials(session, is_to_be_erased()):
        erasure.erase_testimonial(testimonial, by=CLOCK)
        yield Kind.ERASE, testimonial
    for testimonial in due_testimonials(
        session, Testimonial.status == Status.PUBLISHED, Testimonial.published_until <= now()
    ):
        testimonial.perform(Action.EXPIRE, by=CLOCK)
        testimonial.write_to_author(Message.EXPIRED)
        yield Kind.EXPIRE, testimonial
    for testimonial in due_testimonials(session, is_unconfirmed_for(period("UNCONFIRMED_REMINDER")), is_not_reminded()):
        send_reminder(testimonial, Message.CONFIRM_REMINDER)
        yield Kind.REMIND, testimonial
    for status, message in REMINDERS.items():
        for testimonial in due_testimonials(session, Testimonial.status == status, is_due_soon(), is_not_reminded()):
            send_reminder(testimonial, message)
            yield Kind.REMIND, testimonial
    nearly = Testimonial.published_until <= now() + period("RENEWAL_NOTICE")
    for testimonial in due_testimonials(session, Testimonial.status == Status.PUBLISHED, nearly, is_not_reminded()):
        send_reminder(testimonial, Message.RENEWAL)
        yield Kind.REMIND, testimonial


def delete_old_proofs(session: Session) -> int:
    """Delete the consent lines of what was withdrawn or erased long enough ago; return how many. The caller commits."""
    before = min(now() - months("PROOF_PERIOD"), now() - DATABASE_MARGIN - DATABASE_PERIOD)
    over = select(Testimonial.id).where(
        Testimonial.status.in_((Status.WITHDRAWN, Status.ERASED)), consent_ended_at() <= before
    )
    gone = session.scalars(
        delete(Consent).where(Consent.testimonial_id.in_(over), Consent.at <= before).returning(Consent.id)
    )
    return len(gone.all())


def consent_ended_at() -> ColumnElement[datetime]:
    """State when publication ceased to be consented to: as its author said, or by erasing if they said nothing.

    What was withdrawn is erased some time after: that begins nothing anew.
    """
    said = case((Consent.answer == ConsentDecision.WITHDRAWN, Consent.at))
    last = (
        select(said)
        .where(Consent.testimonial_id == Testimonial.id, Consent.purpose == Purpose.PUBLICATION)
        .order_by(Consent.id.desc())
        .limit(1)
        .correlate(Testimonial)
    )
    return func.coalesce(last.scalar_subquery(), Testimonial.waiting_since)


def delete_old_notices(session: Session) -> int:
    """Forget who wrote the notices handled long enough ago, and what; return how many. The caller commits."""
    handled = select(Notice).where(Notice.handled_at <= now() - months("NOTICE_PERIOD"))
    over = session.scalars(handled.where(or_(Notice.words != "", Notice.answer != "", Notice.email.is_not(None)))).all()
    for notice in over:
        erase_notice_words(session, notice)
    return len(over)


def due_testimonials(session: Session, *conditions: ColumnElement[bool]) -> Iterator[Testimonial]:
    """Yield the testimonials that meet the conditions, the oldest first; each is read when its turn comes."""
    for each in session.scalars(select(Testimonial.id).where(*conditions).order_by(Testimonial.id)).all():
        # Asked again at its turn, and held: its author may have acted since the list was made.
        held = select(Testimonial).where(Testimonial.id == each, *conditions).with_for_update(of=Testimonial)
        testimonial = session.scalar(held.execution_options(populate_existing=True))
        if testimonial is not None:
            yield testimonial


def is_unconfirmed_for(delay: timedelta) -> ColumnElement[bool]:
    """State that nobody has confirmed the address for some time."""
    return (Testimonial.status == Status.UNCONFIRMED) & (Testimonial.waiting_since <= now() - delay)


def is_due_soon() -> ColumnElement[bool]:
    """State that the author is expected to answer within a few days, and that the day has not passed."""
    return (Testimonial.due_at > now()) & (Testimonial.due_at <= now() + period("REQUEST_REMINDER"))


def is_not_reminded() -> ColumnElement[bool]:
    """State that the author has not been reminded of what waits."""
    return Testimonial.reminded_at.is_(None)


def send_reminder(testimonial: Testimonial, message: Message) -> None:
    """Write to the author, once for what waits now, with the day they were asked to answer by if there is one."""
    testimonial.reminded_at = now()
    testimonial.events.append(AuditEvent.of(Kind.REMIND, CLOCK))
    due = {"due": french.paris_time(testimonial.due_at).isoformat()} if testimonial.due_at else {}
    testimonial.write_to_author(message, **due)
