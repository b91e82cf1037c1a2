"""Taking a decision back: whether it can be, and the state it restores, as the history tells it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app

from app.audit import ActorKind, AuditEvent, Kind
from app.db import now
from app.testimonials.decision import Decision
from app.testimonials.lifecycle import GONE, REVERSIBLE, Action, Status, TransitionRefused, status_before

# What puts a version beside the article, and what leaves no new version waiting.
SHOWING = frozenset({Kind.PUBLISH, Kind.SIGN_PROOF})
SETTLING = SHOWING | {Kind.SET_ASIDE}
# What begins a wait anew where the text stays where it is.
STARTING = frozenset({Kind.AMEND, Kind.ADDRESS_CHANGED})
# What may follow a decision without making it harder to take back: nothing of the text has moved.
BESIDE = frozenset({Kind.NOTED, Kind.NOTICED, Kind.PLACED, Kind.LINK_RENEWED, Kind.EMAIL_REVIVED})


# The last undo at the last second is committed by then: the e-mail has not left.
AMPLE_PERIOD = timedelta(minutes=1)


@dataclass(frozen=True)
class RestoredState:
    """The state before the decision: for whoever waited, the wait goes on from where it was.

    `shown` is the number of the version that stands beside the article again, if one did, and `settled` that of the
    last one an editor had published or set aside.
    """

    status: Status
    waiting_since: datetime
    reminded_at: datetime | None
    contested_at: datetime | None
    shown: int | None
    settled: int


def restored_state(status: Status, events: Sequence[AuditEvent]) -> RestoredState:
    """Return what taking back the latest decision restores.

    Raises `TransitionRefused` where the latest event is no such decision, or is older than `UNDO_PERIOD`: whatever
    has happened since, an author's act or a colleague's, is not undone behind their back.
    """
    if not is_reversible(events):
        raise TransitionRefused(status, Action.TAKE_BACK)
    last = undoable_decision(events)
    target = status_before(status, Action(last.kind.value), Status(last.before or ""))
    past = events_in_force(events[: events.index(last)])
    wait = waiting_before(past)
    reminded = [event.at for event in wait if event.kind is Kind.REMIND]
    shown = latest_version_of(past, SHOWING) if target is Status.PUBLISHED else None
    return RestoredState(
        target,
        waiting_since=wait[0].at,
        reminded_at=reminded[-1] if reminded else None,
        contested_at=contested_before(past),
        shown=shown,
        settled=latest_version_of(past, SETTLING) or 0,
    )


def undoable_decision(events: Sequence[AuditEvent]) -> AuditEvent:
    """Return the last event that moved the text, or was told to its author."""
    return next(event for event in reversed(events) if event.kind not in BESIDE)


def contested_before(events: Sequence[AuditEvent]) -> datetime | None:
    """Return when the author contested something that no editor has acted on since, if it still stands."""
    for event in reversed(events):
        if event.kind is Kind.CONTESTED:
            return event.at
        by_editor = event.actor is ActorKind.EDITOR and event.kind.value in {*Action}
        if by_editor or event.after in GONE:
            return None
    return None


def latest_version_of(events: Sequence[AuditEvent], kinds: frozenset[Kind]) -> int | None:
    """Return the version that the last event of some kinds was about; None where there is none."""
    return next((event.version_number for event in reversed(events) if event.kind in kinds), None)


def is_reversible(events: Sequence[AuditEvent]) -> bool:
    """Say whether the latest event is a decision that can still be undone."""
    period: timedelta = current_app.config["UNDO_PERIOD"]
    last = undoable_decision(events)
    return is_undoable_kind(last) and now() - last.at <= period


def is_undoable_kind(event: AuditEvent) -> bool:
    """Say whether an event is an editor's decision of the kind that can be undone for a while."""
    return event.actor is ActorKind.EDITOR and event.kind.value in {*REVERSIBLE}


def final_at(event: AuditEvent) -> datetime:
    """Return when an event is certain to stay: at once, unless it is a decision that can be undone."""
    period: timedelta = current_app.config["UNDO_PERIOD"]
    return event.at + period + AMPLE_PERIOD if is_undoable_kind(event) else event.at


def events_in_force(events: Sequence[AuditEvent]) -> list[AuditEvent]:
    """Return the events less the decisions that were taken back, and their taking back."""
    kept: list[AuditEvent] = []
    for event in events:
        if event.kind is Kind.TAKE_BACK:
            kept.remove(undoable_decision(kept))
        else:
            kept.append(event)
    return kept


def proof_sent_before(decisions: Sequence[Decision]) -> list[Decision]:
    """Return the decisions that stood, and whose words left: none that was taken back."""
    kept: list[Decision] = []
    for each in decisions:
        if each.action is Action.TAKE_BACK:
            kept.pop()
        else:
            kept.append(each)
    return kept


def set_aside_before(events: Sequence[AuditEvent]) -> set[int]:
    """Return the versions that stay set aside: an editor did not take them, and the text has been published since."""
    numbers: set[int] = set()
    shown = 0
    for event in events_in_force(events):
        if event.kind in SHOWING:
            shown = event.version_number or 0
        elif event.kind is Kind.SET_ASIDE:
            numbers |= set(range(shown + 1, (event.version_number or 0) + 1))
        elif event.after and event.after != Status.PUBLISHED:
            numbers.clear()  # it is read anew, and its latest version with it
    return numbers


def waiting_before(events: Sequence[AuditEvent]) -> Sequence[AuditEvent]:
    """Return the events since the one that began the present wait, that one first."""
    starts = [index for index, event in enumerate(events) if event.before != event.after or event.kind in STARTING]
    return events[starts[-1] :]
