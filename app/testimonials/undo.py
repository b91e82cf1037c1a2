"""Undoing: which decision, or withdrawal, until when; the events and decisions that remain in force."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app import french
from app.audit import ActorKind, AuditEvent, Kind
from app.db import is_over, now
from app.kept import period
from app.testimonials.decision import Decision, Withdrawal
from app.testimonials.lifecycle import REVERSIBLE, Action, Status, TransitionRefused

# The events that may follow a decision without making it too late: nothing of the text has moved.
BESIDE = frozenset(
    {
        *(Kind.NOTED, Kind.NOTICED, Kind.NOTICE_ERASED, Kind.PLACED, Kind.CITED, Kind.QUOTE_GAVE_WAY, Kind.WRITTEN_TO),
        *(Kind.DECIDED_ALONE, Kind.REMINDER_LOST),
        *(Kind.ANSWER_INVITED, Kind.ANSWER_ANNOUNCED, Kind.UPDATE_ASKED, Kind.UPDATE_DATED),
        *(Kind.QUESTION_SENT, Kind.QUESTION_REPORTED, Kind.QUESTION_SETTLED),
        *(Kind.LINK_RENEWED, Kind.SHEET_DRAWN, Kind.CODE_DRAWN, Kind.EMAIL_REVIVED),
        *(Kind.PARTNER_RECOGNISED, Kind.PARTNER_DETACHED),
    }
)

# An undo at the last second is committed by then: the e-mail has not left.
AMPLE_PERIOD = timedelta(minutes=1)


def decision_to_undo(status: Status, events: Sequence[AuditEvent], decisions: Sequence[Decision]) -> Decision:
    """Return the latest decision; raise `TransitionRefused` where another act followed it, or `UNDO_PERIOD` is over.

    An author's act, or a colleague's, is not undone behind their back.
    """
    if not is_reversible(events):
        raise TransitionRefused(status, Action.TAKE_BACK)
    return decisions[-1]


def latest_act(events: Sequence[AuditEvent]) -> AuditEvent:
    return next(event for event in reversed(events) if event.kind not in BESIDE)


def has_expired(events: Sequence[AuditEvent]) -> bool:
    """Whether a publication ended by itself, not by an editor's decision."""
    return latest_act(events).kind is Kind.EXPIRE


def is_reversible(events: Sequence[AuditEvent]) -> bool:
    last = latest_act(events)
    return is_undoable_act(last) and now() - last.at <= period("UNDO_PERIOD")


def is_undoable_act(event: AuditEvent) -> bool:
    return event.actor is ActorKind.EDITOR and event.kind.value in {*REVERSIBLE}


def is_withdrawal(event: AuditEvent) -> bool:
    """Whether an event is one that its author may call back: the withdrawal of a published text."""
    is_authors = event.kind is Kind.WITHDRAW and event.actor is ActorKind.AUTHOR
    return is_authors and event.before == Status.PUBLISHED


def is_revocable(event: AuditEvent) -> bool:
    return is_undoable_act(event) or is_withdrawal(event)


def call_back_until(withdrawal: Withdrawal | None) -> datetime | None:
    until = withdrawal.at + period("CALL_BACK_PERIOD") if withdrawal else None
    return None if is_over(until) else until


def call_back_deadline(withdrawal: Withdrawal | None) -> str:
    """Return until when a withdrawal can be called back, in words (« 14 h 05 »); an empty string where it cannot."""
    until = call_back_until(withdrawal)
    return french.clock(until) if until else ""


def withdrawal_to_call_back(withdrawal: Withdrawal | None) -> Withdrawal:
    """Return the withdrawal; raise `TransitionRefused` where none can be called back."""
    if withdrawal is None or call_back_until(withdrawal) is None:
        raise TransitionRefused(Status.WITHDRAWN, Action.CALL_BACK)
    return withdrawal


def expire_withdrawals(session: Session) -> int:
    """Delete what calling back would restore, once that is over; return how many. The caller commits."""
    is_final = Withdrawal.at <= now() - period("CALL_BACK_PERIOD") - AMPLE_PERIOD
    return len(session.scalars(delete(Withdrawal).where(is_final).returning(Withdrawal.testimonial_id)).all())


def final_at(event: AuditEvent) -> datetime:
    """Return when an event can no longer be revoked; most never can."""
    name = "UNDO_PERIOD" if is_undoable_act(event) else "CALL_BACK_PERIOD"
    return event.at + period(name) + AMPLE_PERIOD if is_revocable(event) else event.at


def events_in_force(events: Sequence[AuditEvent]) -> list[AuditEvent]:
    """Return the events less the acts that were revoked, and their revocation."""
    revoked = {id(event.revokes) for event in events}
    return [event for event in events if event.revokes is None and id(event) not in revoked]


def decisions_in_force(decisions: Sequence[Decision]) -> list[Decision]:
    """Return the decisions less those that were undone, whose words never left."""
    in_force: list[Decision] = []
    for each in decisions:
        if each.action is Action.TAKE_BACK:
            in_force.pop()
        else:
            in_force.append(each)
    return in_force
