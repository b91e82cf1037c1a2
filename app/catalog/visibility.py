"""`visible()`: product rule 1, the one query the public reads through."""

from typing import Any, overload

from sqlalchemy import ColumnElement, Select, and_, bindparam, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from app.db import UTCDateTime, now
from app.db.planner import likely_true
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from app.testimonials.versions import Version


def is_lawful() -> ColumnElement[bool]:
    """State product rule 1: published, consent in force, and what is displayed is what its author approved.

    And for as long as they agreed to: the clock ends a publication, the end of its period is not left to the clock.
    """
    return and_(
        likely_true(Testimonial.status == Status.PUBLISHED),
        Testimonial.publication_consent,
        Testimonial.approved_digest == Testimonial.shown_digest,
        Testimonial.shown_digest == Version.digest,
        Testimonial.published_until > bindparam("now", callable_=now, type_=UTCDateTime()),
    )


@overload
def visible() -> Select[Testimonial]: ...


@overload
def visible(*columns: Any) -> Select[Any]: ...


def visible(*columns: Any) -> Select[Any]:
    """Select what anyone may read, latest published first, each with the version shown and all a reader needs of it.

    Where `columns` are named, select those of it instead. The moment is taken when the statement is executed.
    """
    latest_first = (Testimonial.published_at.desc(), Testimonial.id.desc())
    if columns:
        return select(*columns).join_from(Testimonial, Testimonial.shown).where(is_lawful()).order_by(*latest_first)
    return (
        select(Testimonial)
        .join(Testimonial.shown)
        .where(is_lawful())
        .options(
            contains_eager(Testimonial.shown).options(
                joinedload(Version.department, innerjoin=True),
                joinedload(Version.crpv),
                selectinload(Version.themes),
            )
        )
        .order_by(*latest_first)
    )


def is_gone(session: Session, public_id: str) -> bool:
    """Say whether a testimonial was read by anyone once, and is not any more; erased, it is not known any more.

    What the clock has not unpublished yet is gone from the same moment on; what is being read again is still gone.
    """
    is_over = and_(Testimonial.status == Status.PUBLISHED, Testimonial.published_until <= now())
    taken_away = or_(Testimonial.status.not_in((Status.PUBLISHED, Status.ERASED)), is_over)
    gone = select(Testimonial.id).where(
        Testimonial.public_id == public_id, Testimonial.published_at.is_not(None), taken_away
    )
    return session.scalar(gone) is not None
