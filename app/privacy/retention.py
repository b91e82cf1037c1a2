"""The scheduled job: reminders, the end of a publication, erasure (product rule 14).

Each act is small and independent, so that the caller can commit it before the next. How long a testimonial of each
status is kept: `testimonials.terms`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from app import french
from app.accounts.queries import active_admins
from app.articles.models import Article
from app.audit import CLOCK, AuditEvent, Kind
from app.db import delete_rows, now
from app.kept import Act, period
from app.mail import outbox
from app.mail.messages import Mail
from app.mail.outbox import Email
from app.privacy import mails as privacy_mails
from app.testimonials import erasure, mails, terms
from app.testimonials.consent import Consent, ConsentDecision
from app.testimonials.erasure import is_to_be_erased
from app.testimonials.lifecycle import Action, Status
from app.testimonials.notices import Notice, erase_notice_words, keeps_words
from app.testimonials.responses import mails as answer_mails
from app.testimonials.responses.announcement import end_answer
from app.testimonials.terms import TextTerm, is_news
from app.testimonials.testimonial import Testimonial
from app.testimonials.undo import AMPLE_PERIOD
from app.testimonials.updates import request
from app.testimonials.wordings import Purpose
from config import Months

# The database itself refuses to delete a consent within five years (migration 0001), by its own calendar arithmetic.
DATABASE_PERIOD, DATABASE_MARGIN = Months(5 * 12), timedelta(days=1)

# The reminder of each request with a due date. Silence is no answer: nothing else happens.
REMINDERS: Mapping[Status, Mail] = {
    Status.CHANGES_REQUESTED: mails.CHANGES_REMINDER,
    Status.PROOF_SENT: mails.PROOF_REMINDER,
}


ERASE = Act("erase", "effacement d’un texte")
EXPIRE = Act("expire", "fin d’une publication")
UNHIDE = Act("unhide", "fin d’un masquage en attendant")
REMIND = Act("remind", "rappel à un·e auteur·e")
UPDATE_ASKED = Act("update_asked", "question sur ce qu’un projet est devenu")


@dataclass(frozen=True)
class DueAct:
    """An act of the clock on one testimonial. Each is a transaction of its own: one that fails stops no other."""

    act: Act
    testimonial_id: int
    conditions: tuple[ColumnElement[bool], ...]
    perform: Callable[[Testimonial], object]

    def run(self, session: Session) -> str | None:
        """Perform the act and return the text's public id; None if it is no longer due. The caller commits."""
        # Checked again and locked: its author may have acted since the ids were selected.
        still_due = select(Testimonial).where(Testimonial.id == self.testimonial_id, *self.conditions)
        locked = still_due.with_for_update(of=Testimonial).execution_options(populate_existing=True)
        testimonial = session.scalar(locked)
        if testimonial is None:
            return None
        self.perform(testimonial)
        return testimonial.public_id


def due_acts(session: Session) -> Iterator[DueAct]:
    """Yield the acts that are due, by kind, the oldest testimonial first."""
    is_published = Testimonial.status == Status.PUBLISHED
    yield from acts_on(session, ERASE, partial(erasure.erase_testimonial, by=CLOCK), is_to_be_erased())
    yield from acts_on(session, EXPIRE, expire, terms.PUBLISHED.is_over())
    yield from acts_on(session, EXPIRE, end_answer, is_published, answers_nothing())
    for until in (Testimonial.hidden_until, Testimonial.readable_from):
        yield from acts_on(session, UNHIDE, unhide, until <= now(), has_its_place())
    for term in terms.TOLD_BEFORE:
        tell = send_renewal if term is terms.PUBLISHED else partial(send_reminder, term=term)
        yield from acts_on(session, REMIND, tell, term.is_to_be_told())
    for status, message in REMINDERS.items():
        remind = partial(remind_of_request, message=message)
        yield from acts_on(session, REMIND, remind, Testimonial.status == status, is_due_soon())
    yield from acts_on(session, UPDATE_ASKED, request.ask, request.is_due_to_ask())


def acts_on(
    session: Session, act: Act, perform: Callable[[Testimonial], object], *conditions: ColumnElement[bool]
) -> Iterator[DueAct]:
    for testimonial_id in session.scalars(select(Testimonial.id).where(*conditions).order_by(Testimonial.id)).all():
        yield DueAct(act, testimonial_id, conditions, perform)


def expire(testimonial: Testimonial) -> None:
    testimonial.perform(Action.EXPIRE, by=CLOCK)
    testimonial.write_to_author(mails.EXPIRED)


def unhide(testimonial: Testimonial) -> None:
    """Show a hidden text again once its time is over, whether the notice has its answer or not: its author was told."""
    message = mails.UNHIDDEN
    if testimonial.readable_from:
        message, testimonial.published_at = answer_mails.ANSWER_SHOWN, now()  # the day that readers are told
    testimonial.perform(Action.UNHIDE, by=CLOCK)
    testimonial.write_to_author(message)


def answers_nothing() -> ColumnElement[bool]:
    """State that what an answer is about has left publication, and that this cannot be undone any more."""
    undoable = max(period("UNDO_PERIOD"), period("CALL_BACK_PERIOD")) + AMPLE_PERIOD
    about = aliased(Testimonial)
    has_left = about.status != Status.PUBLISHED, about.waiting_since <= now() - undoable
    return exists().where(about.id == Testimonial.about_id, *has_left)


def has_its_place() -> ColumnElement[bool]:
    """State that what an answer is about can be read, or that a text is no answer: showing it says that it is read."""
    about = aliased(Testimonial)
    is_published = about.status == Status.PUBLISHED, about.hidden_until.is_(None), about.published_until > now()
    is_read = *is_published, about.article.has(Article.is_public)
    return or_(Testimonial.about_id.is_(None), exists().where(about.id == Testimonial.about_id, *is_read))


def expire_consents(session: Session) -> int:
    """Delete the consents of testimonials withdrawn or erased long ago; return how many. The caller commits."""
    before = min(now() - period("PROOF_PERIOD"), now() - DATABASE_MARGIN - DATABASE_PERIOD)
    is_over = Testimonial.status.in_((Status.WITHDRAWN, Status.ERASED))
    ended = select(Testimonial.id).where(is_over, consent_ended_at() <= before)
    return delete_rows(session, Consent, Consent.testimonial_id.in_(ended), Consent.at <= before)


def consent_ended_at() -> ColumnElement[datetime]:
    """Return the moment when the consent to publication ended: its withdrawal, or else the erasure.

    A withdrawn testimonial is erased some time after: that does not restart the period.
    """
    withdrawn_at = case((Consent.answer == ConsentDecision.WITHDRAWN, Consent.at))
    last = (
        select(withdrawn_at)
        .where(Consent.testimonial_id == Testimonial.id, Consent.purpose == Purpose.PUBLICATION)
        .order_by(Consent.id.desc())
        .limit(1)
        .correlate(Testimonial)
    )
    return func.coalesce(last.scalar_subquery(), Testimonial.waiting_since)


def expire_events(session: Session) -> int:
    """Delete the events of the audit log that are about no text, after `AUDIT_PERIOD`. The caller commits."""
    # A day more than a year: the database counts by its own calendar.
    before = now() - period("AUDIT_PERIOD") - DATABASE_MARGIN
    return delete_rows(session, AuditEvent, AuditEvent.testimonial_id.is_(None), AuditEvent.at < before)


def expire_notices(session: Session) -> int:
    """Erase sender and words of notices handled long ago; return how many. The caller commits."""
    old = select(Notice).where(Notice.handled_at <= now() - period("NOTICE_PERIOD"))
    notices = session.scalars(old.where(keeps_words())).all()
    for notice in notices:
        erase_notice_words(session, notice)
    return len(notices)


def is_due_soon() -> ColumnElement[bool]:
    """State that the day of a request comes, and that its author, who has an address, was not reminded of it."""
    is_soon = (Testimonial.due_at > now()) & (Testimonial.due_at <= now() + period("REQUEST_REMINDER"))
    of_it = AuditEvent.testimonial_id == Testimonial.id, AuditEvent.at >= Testimonial.waiting_since
    was_reminded = exists().where(*of_it, AuditEvent.kind == Kind.REMIND)
    return and_(is_soon, Testimonial.confirmed_at.is_not(None), Testimonial.email.is_not(None), ~was_reminded)


def remind_of_request(testimonial: Testimonial, message: Mail) -> None:
    testimonial.events.append(AuditEvent.of(Kind.REMIND, CLOCK))
    if testimonial.due_at is not None:
        testimonial.write_to_author(message, due=french.paris_time(testimonial.due_at).isoformat())


def send_renewal(testimonial: Testimonial) -> None:
    """Send the reminder of the end, which asks what became of it where no letter of its own could."""
    send_reminder(testimonial, terms.PUBLISHED, asks=request.asks_with_renewal(testimonial))


def send_reminder(testimonial: Testimonial, term: TextTerm, **facts: bool) -> None:
    """Tell the author of the end, with its day; recorded, so that it is sent once."""
    assert term.message is not None, "a term that is told before"  # noqa: S101  # narrows the type
    term.count_from(testimonial, now())
    testimonial.events.append(AuditEvent.of(Kind.REMIND, CLOCK))
    due = french.paris_time(term.end_of(testimonial)).isoformat()
    testimonial.write_to_author(term.message, due=due, **facts)


def follow_reminders(session: Session) -> int:
    """Count the days of reminders from when they left, or are told to admins as lost. The caller commits."""
    is_held = terms.PUBLISHED.is_its(), Testimonial.masks_number.is_not(None), Testimonial.reminded_at.is_(None)
    is_ending = Testimonial.email.is_not(None), Testimonial.published_until <= now() + timedelta(days=1)
    for held in session.scalars(select(Testimonial).where(*is_held, *is_ending).with_for_update()):
        held.published_until = now() + period("RENEWAL_NOTICE")  # as the reminder, the end waits for the answer
    found: list[tuple[TextTerm, Testimonial, datetime | None]] = []
    for term in terms.TOLD_BEFORE:
        news = select(Testimonial, Email.sent_at).join(Email, term.is_reminder()).where(term.is_its(), is_news())
        rows = session.execute(news.order_by(Email.id).with_for_update(of=Testimonial)).all()
        found += [(term, testimonial, sent_at) for testimonial, sent_at in rows]
    for term, testimonial, sent_at in found:
        term.count_from(testimonial, sent_at or now())
        if sent_at is None:
            testimonial.events.append(AuditEvent.of(Kind.REMINDER_LOST, CLOCK))
    if any(sent_at is None for *_, sent_at in found):
        for admin in session.scalars(active_admins()):
            outbox.enqueue(session, privacy_mails.REMINDER_LOST, to=admin.email)
    return len(found)


REMINDERS_LEFT = Act(
    "reminders that left, or never will", "décompte à partir de rappels partis, ou perdus", follow_reminders
)
