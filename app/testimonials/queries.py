"""Selects over testimonials, named as adjectives. Everything the public sees goes through `visible()`."""

from datetime import UTC, datetime
from typing import Any, overload

from sqlalchemy import Boolean, ColumnElement, Select, and_, bindparam, literal, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from app.db import UTCDateTime, now
from app.testimonials.lifecycle import AWAITING_REPLY, Status
from app.testimonials.models import Testimonial
from app.testimonials.versions import Version

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class common(FunctionElement[bool]):  # noqa: N801  # said as a function
    """A condition that most rows may meet.

    SQLite has no figures of its own here, and takes whatever is equal to something for rare: it would look through all
    that is published for the twenty of known numbers. PostgreSQL has counted.
    """

    type = Boolean()
    inherit_cache = True


@compiles(common)
def as_it_is(condition: common, compiler: SQLCompiler, **options: Any) -> str:
    """Say the condition."""
    return compiler.process(condition.clauses, **options)


@compiles(common, "sqlite")
def likely(condition: common, compiler: SQLCompiler, **options: Any) -> str:
    """Say the condition, and how many rows meet it."""
    return f"likelihood({compiler.process(condition.clauses, **options)}, 0.9)"


def lawful() -> ColumnElement[bool]:
    """State product rule 1: published, consent in force, and what is displayed is what its author approved.

    And for as long as they agreed to: the clock ends a publication, the end of its period is not left to the clock.
    """
    return and_(
        common(Testimonial.status == Status.PUBLISHED),
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
        return select(*columns).join_from(Testimonial, Testimonial.shown).where(lawful()).order_by(*latest_first)
    return (
        select(Testimonial)
        .join(Testimonial.shown)
        .where(lawful())
        .options(
            contains_eager(Testimonial.shown).options(
                joinedload(Version.department, innerjoin=True),
                joinedload(Version.crpv),
                selectinload(Version.themes),
            )
        )
        .order_by(*latest_first)
    )


def with_public_id(public_id: str) -> Select[Testimonial]:
    """Select the testimonial of an identifier, whatever its status."""
    return select(Testimonial).where(Testimonial.public_id == public_id)


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


def written_from(email: str) -> Select[Testimonial]:
    """Select what was sent with an address and is not erased."""
    return select(Testimonial).where(Testimonial.email == email).order_by(Testimonial.id.desc())
