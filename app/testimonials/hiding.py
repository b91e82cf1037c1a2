"""Hidden published texts: while a notice is examined, or an answer while who is answered reads it (decision 0043)."""

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import exists, select
from sqlalchemy.orm import object_session

from app.db import now
from app.french import PARIS, paris_time
from app.kept import period
from app.testimonials.lifecycle import Action, Status, TextKind, TransitionRefused
from app.testimonials.versions import Version, shown_version

if TYPE_CHECKING:
    from app.testimonials.models import Testimonial

# The acts of editors, or of the clock, that show a hidden text again: as it is, or in words that they have read.
SHOWN_BY = frozenset({Action.UNHIDE, Action.PUBLISH, Action.RESTORE})

# The acts that may publish words which nobody has read yet.
PUBLISHED_BY = frozenset({Action.PUBLISH, Action.SIGN_PROOF, Action.RESTORE})


def hiding_end(testimonial: "Testimonial", action: Action, target: Status) -> datetime | None:
    """Return until when an editor hides a text after an act: from midnight in Paris on, the clock shows it.

    Raises `TransitionRefused` for hiding a text that nobody reports, or again, and for showing one that is not hidden.
    """
    is_hidden, is_reported = testimonial.is_hidden, testimonial.noticed_at is not None
    if (action is Action.HIDE and (is_hidden or not is_reported)) or (action is Action.UNHIDE and not is_hidden):
        raise TransitionRefused(testimonial.status, action)
    if action is Action.HIDE:
        return midnight_after(period("HIDING_PERIOD"))
    return None if action in SHOWN_BY or target is not Status.PUBLISHED else testimonial.hidden_until


def reading_start(testimonial: "Testimonial", action: Action, target: Status, shown: Version | None) -> datetime | None:
    """Return from when an answer is read after an act that shows a version: new words are announced first."""
    is_published = testimonial.kind is TextKind.RESPONSE and action in PUBLISHED_BY
    if is_published and shown and has_words_to_tell(shown_version(testimonial), shown):
        return announcement_end()
    return None if action is Action.UNHIDE or target is not Status.PUBLISHED else testimonial.readable_from


def has_words_to_tell(read: Version | None, shown: Version) -> bool:
    """Whether a version says something that one which was told of does not: more than spelling, and further masks."""
    return read is None or (shown.digest != read.digest and not shown.changes_from(read).is_correction)


def check_alone(testimonial: "Testimonial") -> None:
    """Raise `TransitionRefused` where what an answer is about is not published, or has another answer under it.

    That text is locked: of two answers published at once, one is refused.
    """
    session, about, text = object_session(testimonial), testimonial.about, type(testimonial)
    if session is None or about is None:
        return
    status = session.scalar(select(text.status).where(text.id == about.id).with_for_update())
    has_no_place = status is not Status.PUBLISHED and testimonial.status is not Status.PUBLISHED
    others = text.about_id == about.id, text.status == Status.PUBLISHED, text.id != testimonial.id
    if has_no_place or session.scalar(select(exists().where(*others))):
        raise TransitionRefused(testimonial.status, Action.PUBLISH)


def announcement_end() -> datetime:
    """Return from when an answer that is published now is read: who is answered has whole days."""
    return midnight_after(period("ANSWER_NOTICE") + timedelta(days=1))


def midnight_after(delay: timedelta) -> datetime:
    return datetime.combine(paris_time(now() + delay), time(), PARIS)


def answer_facts(testimonial: "Testimonial") -> dict[str, str]:
    """Return what e-mails to the author of an answer say of it: which text it is about, and from when it is read."""
    if testimonial.about is None:
        return {}
    until = testimonial.readable_from
    shown_on = {"shown_on": paris_time(until).isoformat()} if until else {}
    return {"answered": testimonial.about.public_id, **shown_on}
