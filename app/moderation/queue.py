"""What waits, for whom, and how much of it."""

from dataclasses import dataclass

from sqlalchemy import func, literal, select, tuple_
from sqlalchemy.orm import Session

from app.db import UTCDateTime
from app.testimonials import queries
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial

PAGE = 40

# The left rail, in the order of the day: what waits for an editor, for the author, what is settled.
RAIL: tuple[tuple[str, tuple[Status, ...]], ...] = (
    ("Pour l’équipe", (Status.PENDING,)),
    ("Pour l’auteur·e", (Status.UNCONFIRMED, Status.CHANGES_REQUESTED, Status.PROOF_SENT)),
    ("Paru", (Status.PUBLISHED,)),
    ("Classé", (Status.INTERNAL, Status.DECLINED, Status.UNPUBLISHED, Status.WITHDRAWN, Status.ERASED)),
)


@dataclass(frozen=True)
class Page:
    """A stretch of the queue, and where the next one starts."""

    testimonials: list[Testimonial]
    next: str | None


def page(session: Session, status: Status, after: Testimonial | None) -> Page:
    """Return the testimonials of a status, the one that has waited longest first, after a given one."""
    selected = queries.awaiting_review() if status is Status.PENDING else queries.in_status(status)
    if after is not None:
        position = tuple_(Testimonial.waiting_since, Testimonial.id)
        selected = selected.where(position > tuple_(literal(after.waiting_since, UTCDateTime()), literal(after.id)))
    found = list(session.scalars(selected.limit(PAGE + 1)))
    return Page(found[:PAGE], found[PAGE - 1].public_id if len(found) > PAGE else None)


def totals(session: Session) -> dict[Status, int]:
    """Return how many testimonials each list holds: new versions of published texts are to be read too."""
    counted = dict(session.execute(queries.counts()).all())
    amended = session.scalar(select(func.count()).where(queries.has_new_version())) or 0
    totals = {status: counted.get(status, 0) for status in Status}
    return totals | {Status.PENDING: totals[Status.PENDING] + amended}
