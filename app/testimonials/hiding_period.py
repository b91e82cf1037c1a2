"""Hiding a published text: while a report of it waits for its answer, or until the new words of an answer are read."""

from datetime import datetime, time, timedelta

from app.db import now
from app.french import PARIS, paris_time
from app.kept import period
from app.testimonials.decision import Before
from app.testimonials.lifecycle import Action, Status, TransitionRefused

# The acts of editors, or of the clock, that show a hidden text again: as it is, or in words that they have read.
SHOWN_BY = frozenset({Action.UNHIDE, Action.PUBLISH, Action.RESTORE})
# The acts that may publish words which nobody has read yet.
PUBLISHED_BY = frozenset({Action.PUBLISH, Action.SIGN_PROOF, Action.RESTORE})


def hiding_end(before: Before, action: Action, target: Status, *, is_reported: bool) -> datetime | None:
    """Return until when an editor hides a text after an act: from midnight in Paris on, the clock shows it.

    Raises `TransitionRefused` for hiding what nobody reports, or again, and for showing what is not hidden.
    """
    is_hidden = before.hidden_until is not None or before.readable_from is not None
    if (action is Action.HIDE and (is_hidden or not is_reported)) or (action is Action.UNHIDE and not is_hidden):
        raise TransitionRefused(before.status, action)
    if action is Action.HIDE:
        return midnight_after(period("HIDING_PERIOD"))
    return None if action in SHOWN_BY or target is not Status.PUBLISHED else before.hidden_until


def reading_start(before: Before, action: Action, target: Status, *, is_new: bool) -> datetime | None:
    """Return from when an answer is read after an act: words that are new to who is answered are announced first."""
    if is_new and action in PUBLISHED_BY:
        return announcement_end()
    return None if action is Action.UNHIDE or target is not Status.PUBLISHED else before.readable_from


def announcement_end() -> datetime:
    """Return from when an answer that is published now is read: who is answered has whole days (decision 0043)."""
    return midnight_after(period("ANSWER_NOTICE") + timedelta(days=1))


def midnight_after(delay: timedelta) -> datetime:
    return datetime.combine(paris_time(now() + delay), time(), PARIS)
