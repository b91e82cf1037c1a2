"""Rows of an export, read in one snapshot and a batch at a time; those of reuse are `visible()`'s (product rule 1)."""

from collections.abc import Generator
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import Session, aliased, contains_eager, selectinload

from app.articles.models import Article, Theme
from app.audit import ActorKind
from app.catalog.visibility import Outlet, visible
from app.moderation.exports.columns import ExportPurpose
from app.moderation.queue.found import whole_list
from app.moderation.queue.reader import QueueReader
from app.territories.models import Department, Partner
from app.testimonials.queries import agrees_to
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version
from app.testimonials.wordings import Purpose

BATCH_SIZE = 500  # testimonials
OF_VERSION = selectinload(Version.themes), selectinload(Version.recognised)


def exported_rows(session: Session, purpose: ExportPurpose, reader: QueueReader) -> Generator[Any]:
    """Yield testimonials, or for `CONTACT` rows of a name, a function, a CLSM and an address."""
    # What many texts share is read once; held here, it stays in the session while their batches come and go.
    shared = [session.scalars(select(kind)).all() for kind in (Article, Theme, Department, Partner)]
    selected = rows_query(purpose, whole_list(session, reader))
    selected = selected.execution_options(yield_per=BATCH_SIZE)  # a cursor of the server's, on PostgreSQL
    with session.execute(selected) as result:
        if purpose is ExportPurpose.CONTACT:
            yield from result
            return
        for batch in result.scalars().partitions():
            for row in batch:
                yield row
                # A text and its versions hold each other: nothing would leave the memory.
                session.expire(row, ["current", "shown", "versions"])
    del shared


def count_rows(session: Session, purpose: ExportPurpose, listed: Select[int]) -> int:
    selected = rows_query(purpose, listed).order_by(None)
    if purpose is not ExportPurpose.CONTACT:
        selected = selected.with_only_columns(Testimonial.id)
    return session.scalar(select(func.count()).select_from(selected.subquery())) or 0


def rows_query(purpose: ExportPurpose, listed: Select[int]) -> Select[Any]:
    # Exports are of testimonials: an answer makes no sense without what it is about (decision 0043).
    conditions = Testimonial.id.in_(listed), Testimonial.about_id.is_(None)
    match purpose:
        case ExportPurpose.TEAM:
            latest = contains_eager(Testimonial.current).options(*OF_VERSION)
            selected = select(Testimonial).outerjoin(Testimonial.current).order_by(Testimonial.id)
            return selected.where(*conditions).options(latest, selectinload(Testimonial.consents))
        case ExportPurpose.REUSE:
            shown = contains_eager(Testimonial.shown).options(*OF_VERSION)
            selected = visible(outlet=Outlet.OPEN).where(*conditions)
            return selected.options(shown, selectinload(Testimonial.consents))
        case ExportPurpose.CONTACT:
            return contact_query().where(*conditions)


def contact_query() -> Select[Any]:
    """Select those who may be written to, as the version that they wrote last names them; nobody twice."""
    named: tuple[Any, ...] = (Version.author_name, Version.author_role, Version.clsm, Testimonial.email)
    later = aliased(Version)
    is_later = and_(
        later.testimonial_id == Version.testimonial_id,
        later.made_by == ActorKind.AUTHOR,
        later.number > Version.number,
    )
    own_last = and_(Version.made_by == ActorKind.AUTHOR, ~exists().where(is_later))
    selected = select(*named).join(Testimonial, Testimonial.id == Version.testimonial_id)
    selected = selected.where(own_last, agrees_to_contact())
    return selected.distinct().order_by(*named)


def agrees_to_contact() -> ColumnElement[bool]:
    """State that the last answer gives the consent, of an address that its owner has confirmed.

    Until then it may be a stranger's, and what was consented to with it is nobody's.
    """
    return and_(agrees_to(Purpose.CONTACT), Testimonial.confirmed_at.is_not(None))
