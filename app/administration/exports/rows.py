"""Rows of an export, read in one snapshot and a batch at a time; those of reuse are `visible()`'s (product rule 1)."""

from collections.abc import Generator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import Session, aliased, contains_eager, selectinload
from sqlalchemy.sql.base import ExecutableOption

from app.administration.exports.filters import ExportFilters
from app.administration.exports.purposes import ExportPurpose
from app.articles.models import Article, Theme
from app.audit import ActorKind
from app.catalog.visibility import Outlet, visible
from app.search.query import DESK, OPEN
from app.territories.models import Department, Partner
from app.testimonials.models import Testimonial
from app.testimonials.queries import has_contact_consent
from app.testimonials.transcripts.models import Transcript
from app.testimonials.versions import Version

BATCH_SIZE = 500  # testimonials
OF_VERSION = selectinload(Version.themes), selectinload(Version.recognised)


def exported_rows(
    session: Session, purpose: ExportPurpose, filters: ExportFilters, *, with_details: bool
) -> Generator[Any]:
    """Yield testimonials, or for `CONTACT` rows of a name, a function, an organisation and an address."""
    # What many texts share is read once; held here, it stays in the session while their batches come and go.
    shared = [session.scalars(select(kind)).all() for kind in (Article, Theme, Department, Partner)]
    details = detail_options() if with_details and purpose is ExportPurpose.TEAM else ()
    selected = rows_query(purpose, filters).options(*details)
    selected = selected.execution_options(yield_per=BATCH_SIZE)  # a cursor of the server's, on PostgreSQL
    with session.execute(selected) as result:
        if purpose is ExportPurpose.CONTACT:
            yield from result
            return
        for batch in result.scalars().partitions():
            told = session.scalars(transcripts_of(batch)).all()  # in the session as long as the batch is read
            for row in batch:
                yield row
                # A text and its versions hold each other: nothing would leave the memory.
                session.expire(row, ["current", "shown", "versions"])
            del told
    del shared


def transcripts_of(batch: Sequence[Testimonial]) -> Select[Transcript]:
    return select(Transcript).where(Transcript.testimonial_id.in_([each.id for each in batch]))


def count_rows(session: Session, purpose: ExportPurpose, filters: ExportFilters) -> int:
    return session.scalar(select(func.count()).select_from(rows_query(purpose, filters, whole=False).subquery())) or 0


def rows_query(purpose: ExportPurpose, filters: ExportFilters, *, whole: bool = True) -> Select[Any]:
    """Select the rows of a purpose; not `whole`, only as many."""
    # Exports are of testimonials: an answer makes no sense without what it is about (decision 0043).
    conditions = [*filters.conditions(OPEN if purpose is ExportPurpose.REUSE else DESK), Testimonial.about_id.is_(None)]
    match purpose:
        case ExportPurpose.TEAM:
            return team_query(whole=whole).where(*conditions)
        case ExportPurpose.REUSE:
            selected = visible(*([] if whole else [Testimonial.id]), outlet=Outlet.OPEN).where(*conditions)
            shown = contains_eager(Testimonial.shown).options(*OF_VERSION)
            return selected.options(shown, selectinload(Testimonial.consents)) if whole else selected
        case ExportPurpose.CONTACT:
            return contact_query().where(*conditions)


def team_query(*, whole: bool) -> Select[Any]:
    if not whole:
        return select(Testimonial.id).outerjoin(Testimonial.current)
    latest = contains_eager(Testimonial.current).options(*OF_VERSION)
    selected = select(Testimonial).outerjoin(Testimonial.current).options(latest, selectinload(Testimonial.consents))
    return selected.order_by(Testimonial.id)


def detail_options() -> tuple[ExecutableOption, ...]:
    versions = selectinload(Testimonial.versions).options(*OF_VERSION)
    return versions, selectinload(Testimonial.decisions), selectinload(Testimonial.remarks)


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
    return and_(has_contact_consent(), Testimonial.confirmed_at.is_not(None))
