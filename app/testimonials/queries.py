"""Selects over testimonials, named as adjectives. Everything the public sees goes through `visible()`."""

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Select, and_, literal, or_, select
from sqlalchemy.orm import contains_eager

from app.db import UTCDateTime, db, now
from app.testimonials.lifecycle import AWAITING_REPLY, Status
from app.testimonials.models import Testimonial
from app.testimonials.versions import Version
from app.tokens import LinkRefused

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def by_public_id(public_id: str) -> Select[Testimonial]:
    """Select the testimonial of an identifier, whatever its status."""
    return select(Testimonial).where(Testimonial.public_id == public_id)


def awaits_review() -> ColumnElement[bool]:
    """State that an editor has something to read."""
    return or_(Testimonial.status == Status.PENDING, has_new_version())


def is_contested() -> ColumnElement[bool]:
    """State that an author's objection waits for an editor; said so that SQLite reads it along its index too."""
    return Testimonial.contested_at > literal(BEGINNING, UTCDateTime())


def is_unanswered() -> ColumnElement[bool]:
    """State that an author was asked for something, and the day has passed."""
    return and_(Testimonial.status.in_(AWAITING_REPLY), Testimonial.due_at < now())


def has_new_version() -> ColumnElement[bool]:
    """State that a published text has a version no editor has settled."""
    return and_(Testimonial.status == Status.PUBLISHED, Testimonial.current_number > Testimonial.settled_number)


def sent_by(clsm: str) -> Select[Testimonial]:
    """Select what a CLSM has sent, as it now stands, the latest first."""
    return (
        select(Testimonial)
        .join(Testimonial.current)
        .where(Version.clsm == clsm)
        .options(contains_eager(Testimonial.current))
        .order_by(Version.testimonial_id.desc())
    )


def sent_from(email: str) -> Select[Testimonial]:
    """Select what was sent with an address and is not erased."""
    return select(Testimonial).where(Testimonial.email == email).order_by(Testimonial.id.desc())


def or_refused(selected: Select[Testimonial]) -> Testimonial:
    """Return the one that is there; raise `LinkRefused` where none is."""
    testimonial = db.session.scalar(selected)
    if testimonial is None:
        raise LinkRefused
    return testimonial
