"""Terms: how long texts of each status are kept, from when, and what authors are told before (product rule 14)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_

from app.audit import AuditEvent, Kind
from app.db import now
from app.kept import Column, Term, period
from app.mail.messages import Mail
from app.mail.outbox import Email
from app.testimonials import mails
from app.testimonials.lifecycle import AT_REST, UNDERWAY, Status
from app.testimonials.testimonial import Testimonial


@dataclass(frozen=True, kw_only=True, eq=False)
class TextTerm(Term):
    """How long texts of some `statuses` are kept. `is_confirmed`: whether their authors have shown whose they are.

    Who has an address gets `message` a `notice` before the end, which waits for it.
    """

    since: Column = None  # always given: narrows the type
    statuses: frozenset[Status]
    is_confirmed: bool = True
    message: Mail | None = None
    notice: str | None = None

    def has(self, testimonial: Testimonial) -> bool:
        return testimonial.status in self.statuses and (testimonial.confirmed_at is not None) is self.is_confirmed

    def end_of(self, testimonial: Testimonial) -> datetime:
        """Return when a text ends; while its author is still to be told, the earliest moment that is possible."""
        end: datetime = getattr(testimonial, self.since.key) + self.counted
        if testimonial.email is None:
            return end
        return max(end, (testimonial.reminded_at or now()) + period(self.notice))

    def count_from(self, testimonial: Testimonial, moment: datetime) -> None:
        """Count the days of the reminder from a moment: the end never comes before they have passed."""
        testimonial.reminded_at = moment
        if self.is_end:
            setattr(testimonial, self.since.key, self.end_of(testimonial))

    def is_its(self) -> ColumnElement[bool]:
        return Testimonial.status.in_(self.statuses) & (Testimonial.confirmed_at.is_not(None) == self.is_confirmed)

    def is_to_be_told(self) -> ColumnElement[bool]:
        """State that the author is to be told of the end: not while what is contested holds it, or renewing."""
        is_near = self.since <= now() + period(self.notice) - self.counted
        is_untold = Testimonial.reminded_at.is_(None) & Testimonial.email.is_not(None)
        is_free = Testimonial.contested_at.is_(None) | (Testimonial.status == Status.PUBLISHED)
        return and_(self.is_its(), is_near, is_untold, is_free, Testimonial.masks_number.is_(None))

    def is_over(self) -> ColumnElement[bool]:
        """State that the time is over; where the author is told before, that the letter left, its whole days ago."""
        over = and_(self.is_its(), self.since <= now() - self.counted)
        if self.message is None:
            return over
        waits = exists().where(self.is_reminder(), or_(Email.due_at.is_not(None), is_news()))
        was_told = (Testimonial.reminded_at <= now() - period(self.notice)) & ~waits
        return over & (Testimonial.email.is_(None) | was_told)

    def is_reminder(self) -> ColumnElement[bool]:
        return and_(Email.testimonial_id == Testimonial.id, Email.message == self.message)


def is_news() -> ColumnElement[bool]:
    """State that a reminder has left, or was given up, and that its days are not counted from then yet."""
    known = AuditEvent.testimonial_id == Email.testimonial_id, AuditEvent.kind == Kind.REMINDER_LOST
    is_lost = Email.sent_at.is_(None) & ~exists().where(*known, AuditEvent.at >= Email.written_at)
    left = Email.sent_at > Testimonial.reminded_at
    return and_(Email.due_at.is_(None), Testimonial.reminded_at.is_not(None), is_lost | left)


PROOF = frozenset({Status.PROOF_SENT})
PUBLISHED = TextTerm(
    "Texte publié",
    "après sa publication, que vous pouvez renouveler d’un geste après un rappel",
    "PUBLICATION_PERIOD",
    since=Testimonial.published_until,
    is_end=True,
    statuses=frozenset({Status.PUBLISHED}),
    message=mails.RENEWAL,
    notice="RENEWAL_NOTICE",
)
DECIDED = TextTerm(
    "Texte refusé, retiré, dépublié, ou gardé pour l’usage interne",
    "après cette décision\u202f; si vous la contestez, jusqu’à notre réponse",
    "TEXTS_PERIOD",
    since=Testimonial.waiting_since,
    statuses=AT_REST,
)
SILENT = TextTerm(
    "Texte que l’équipe relit, ou qui attend votre réponse",
    "après le dernier geste, de vous ou de l’équipe\u202f; un mois avant, nous demandons s’il faut le garder",
    "WAITING_PERIOD",
    since=Testimonial.acted_at,
    statuses=UNDERWAY,
    message=mails.KEEP_ASKED,
    notice="WAITING_NOTICE",
)
UNCONFIRMED = TextTerm(
    "Texte dont l’adresse n’a jamais été confirmée",
    "après l’envoi",
    "UNCONFIRMED_PERIOD",
    since=Testimonial.submitted_at,
    statuses=frozenset({Status.UNCONFIRMED}),
    is_confirmed=False,
    message=mails.CONFIRM_REMINDER,
    notice="UNCONFIRMED_NOTICE",
)
# Decided upon, and nobody knows whose: the address may be a stranger's, who is not written to.
NEVER_CONFIRMED = replace(UNCONFIRMED, statuses=AT_REST | UNDERWAY - PROOF, message=None, notice=None)
TOLD = TextTerm(
    "Texte raconté de vive voix, que l’équipe a écrit, et que vous n’avez pas signé",
    "après qu’il vous a été soumis",
    "TRANSCRIPT_PERIOD",
    since=Testimonial.due_at,
    is_end=True,
    statuses=PROOF,
    is_confirmed=False,
    message=mails.TRANSCRIPT_REMINDER,
    notice="TRANSCRIPT_NOTICE",
)
TOLD_BEFORE: Sequence[TextTerm] = (UNCONFIRMED, TOLD, SILENT, PUBLISHED)
ERASING: Sequence[TextTerm] = (UNCONFIRMED, TOLD, SILENT, DECIDED, NEVER_CONFIRMED)


def may_be_kept(testimonial: Testimonial) -> bool:
    """Whether its author is asked if a text should still wait: without an act, it is erased within the notice."""
    is_free = SILENT.has(testimonial) and testimonial.contested_at is None
    return is_free and SILENT.end_of(testimonial) <= now() + period(SILENT.notice)
