"""Cursor: where a page of a facet begins, after a testimonial; its rank, and how it is stated in SQL."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, bindparam, func, literal, select, tuple_
from sqlalchemy.types import Integer

from app.catalog.facets import facet_entry
from app.catalog.rendering import Rendering
from app.db import AnySession, UTCDateTime
from app.db.planner import has_passed, without_index
from app.db.prepared import PreparedQuery
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial

COUNTED = 2_000  # testimonials before a page: further on, its rank is not counted


class UnknownCursor(Exception):
    """A cursor on a testimonial that was never in the article's collection, or is erased."""


@dataclass(frozen=True)
class Cursor:
    """The start of a page: after a testimonial, which may have left the collection since."""

    published_at: datetime
    testimonial_id: int
    article_id: int

    @classmethod
    def after(cls, session: AnySession, public_id: str | None, article_id: int | None = None) -> Self | None:
        """Return the cursor after a testimonial; None, for the first page, where none is given.

        Raises `UnknownCursor` for a testimonial that was never published, or is of another article than the one given.
        A search reads the index of all articles: its cursor may be on a testimonial of any.
        """
        if not public_id:
            return None
        for published_at, testimonial_id, its_article in CURSOR.rows(session, public_id=public_id):
            if published_at is not None and article_id in {None, its_article}:
                return cls(driver_moment(published_at), testimonial_id, its_article)
        raise UnknownCursor

    @property
    def parameters(self) -> dict[str, Any]:
        return {"published_at": self.published_at, "testimonial_id": self.testimonial_id}


def driver_moment(value: object) -> datetime:
    """Return a moment from the driver's value: SQLite's is a text without a zone."""
    moment = datetime.fromisoformat(str(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


CURSOR = PreparedQuery(
    select(Testimonial.published_at, Testimonial.id, Testimonial.article_id).where(
        Testimonial.public_id == bindparam("public_id"), Testimonial.status != Status.ERASED
    )
)


def after_cursor() -> ColumnElement[bool]:
    is_after: ColumnElement[bool] = entry_key() < cursor_parameters()
    return is_after


def entry_key() -> Any:
    return tuple_(facet_entry.c.published_at, facet_entry.c.testimonial_id)


def cursor_parameters() -> ColumnElement[Any]:
    return tuple_(bindparam("published_at", type_=UTCDateTime()), bindparam("testimonial_id", type_=Integer()))


def facet_parameter(name: str) -> ColumnElement[int]:
    return bindparam(name, type_=Integer())


def count_before() -> ColumnElement[int]:
    """Count the testimonials before a page; null beyond `COUNTED`.

    Those past their end that the scheduled job has not ended yet are few: they are subtracted, by their own index.
    """
    facet_id, is_before = facet_parameter("page"), entry_key() >= cursor_parameters()
    entries = select(literal(1)).where(facet_entry.c.facet_id == facet_id, is_before).limit(COUNTED + 1).subquery()
    expired = (
        select(func.count())
        .select_from(facet_entry)
        .join(Rendering, Rendering.testimonial_id == facet_entry.c.testimonial_id)
        .where(has_passed(Rendering.shown_until), without_index(facet_entry.c.facet_id) == facet_id, is_before)
    )
    counted = select(func.nullif(func.count(), COUNTED + 1)).select_from(entries)
    return counted.scalar_subquery() - expired.scalar_subquery()
