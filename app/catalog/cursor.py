"""Cursor: where a page of a facet begins, after a testimonial; its rank, and how it is stated in SQL."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, Select, bindparam, func, literal, select, tuple_
from sqlalchemy.orm import Session
from sqlalchemy.types import Integer

from app.catalog.facets import facet_entry
from app.catalog.rendering import HAS_ENDED, Rendering
from app.db import UTCDateTime
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial

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
    def after(cls, session: Session, public_id: str | None, article_id: int | None = None) -> Self | None:
        """Return the cursor after a testimonial; None, for the first page, where none is given.

        Raises `UnknownCursor` for a testimonial that was never published, or is of another article than the one given.
        A search reads the index of all articles: its cursor may be on a testimonial of any.
        """
        if not public_id:
            return None
        for published_at, testimonial_id, its_article in session.execute(CURSOR, {"public_id": public_id}):
            if published_at is not None and article_id in {None, its_article}:
                return cls(published_at, testimonial_id, its_article)
        raise UnknownCursor

    @property
    def parameters(self) -> dict[str, Any]:
        return {"published_at": self.published_at, "testimonial_id": self.testimonial_id}


CURSOR = select(Testimonial.published_at, Testimonial.id, Testimonial.article_id).where(
    Testimonial.public_id == bindparam("public_id"), Testimonial.status != Status.ERASED
)


FACET_ID = bindparam("page", type_=Integer())
ENTRY_KEY: Any = tuple_(facet_entry.c.published_at, facet_entry.c.testimonial_id)
CURSOR_KEY = tuple_(bindparam("published_at", type_=UTCDateTime()), bindparam("testimonial_id", type_=Integer()))
AFTER_CURSOR: ColumnElement[bool] = ENTRY_KEY < CURSOR_KEY


def count_before() -> Select[int]:
    """Select the number of testimonials before a page; null beyond `COUNTED`.

    Those past their end that the scheduled job has not ended yet are few: they are subtracted, by their own index, with
    that of the facet hidden by `+ 0`.
    """
    is_before = ENTRY_KEY >= CURSOR_KEY
    entries = select(literal(1)).where(facet_entry.c.facet_id == FACET_ID, is_before).limit(COUNTED + 1).subquery()
    expired = (
        select(func.count())
        .select_from(facet_entry)
        .join(Rendering, Rendering.testimonial_id == facet_entry.c.testimonial_id)
        .where(HAS_ENDED, facet_entry.c.facet_id + 0 == FACET_ID, is_before)
    )
    counted = select(func.nullif(func.count(), COUNTED + 1)).select_from(entries)
    return select(counted.scalar_subquery() - expired.scalar_subquery())


COUNT_BEFORE = count_before()
