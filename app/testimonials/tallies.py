"""What a reader narrows an article's collection by, and how many each choice would leave; in one statement, built once.

It reads counters, kept with the shelves: a count costs the same for ten testimonials and for a million.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    bindparam,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from app.db import UTCDateTime, now
from app.hot import Hot
from app.testimonials.facsimiles import Facsimile
from app.testimonials.shelves import ANY, FACETS, Shelf, shelved
from app.testimonials.versions import Situation

Key = tuple[str, str, str, str]

# PostgreSQL, which plans for any moment, takes what is between two of them for a little, and before one for a third.
BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Filters:
    """What a reader narrows the collection to; None is everything."""

    theme: str | None = None
    situation: Situation | None = None
    region: str | None = None
    crpv: str | None = None
    words: str = ""

    @property
    def narrow(self) -> bool:
        """Say whether anything is left out."""
        return self != Filters()

    @property
    def key(self) -> Key:
        """Return the shelf asked for, within its article; it does not depend on the words."""
        return (self.theme or ANY, self.situation or ANY, self.region or ANY, self.crpv or ANY)


@dataclass(frozen=True)
class Tally:
    """How many visible testimonials stand on each shelf near the one asked for, and which row each is."""

    filters: Filters
    totals: Mapping[Key, int]
    shelves: Mapping[Key, int]

    @property
    def found(self) -> int:
        """Return how many answer the reader's choice."""
        return self.total(self.filters)

    @property
    def everything(self) -> int:
        """Return how many the article has in all."""
        return self.total(Filters())

    def total(self, filters: Filters) -> int:
        """Return how many stand on a shelf."""
        return self.totals.get(filters.key, 0)

    def shelf(self, filters: Filters) -> int:
        """Return the row of a shelf; 0, which is no row, where nothing ever stood."""
        return self.shelves.get(filters.key, 0)

    def choices(self, facet: str, values: Iterable[str], around: Filters | None = None) -> dict[str, int]:
        """Return those of a facet's values that lead somewhere, and how many each would leave; the rest is as asked."""
        place = FACETS.index(facet)
        key = (self.filters if around is None else around).key
        before, after = key[:place], key[place + 1 :]
        totals: Mapping[tuple[str, ...], int] = self.totals  # type: ignore[assignment]  # keys made of parts of keys
        return {value: total for value in values if (total := totals.get((*before, value, *after), 0))}


def tally(session: Session, article_id: int, filters: Filters) -> Tally:
    """Count what each choice would leave, around the one made and, for the whole article, around none."""
    asked = dict(zip(FACETS, filters.key, strict=True))
    totals: dict[Key, int] = {}
    shelves: dict[Key, int] = {}
    ended: list[int] = []
    counted = counting(narrow=any(filters.key)).rows(session, article=article_id, **asked)
    for shelf_id, theme, situation, region, crpv, total in counted:
        if total < 0:
            ended.append(shelf_id)
        else:
            key = (theme, situation, region, crpv)
            totals[key], shelves[key] = total, shelf_id
    if ended:
        left = Counter(ended)
        totals = {key: total - left[shelves[key]] for key, total in totals.items()}
    return Tally(filters, totals, shelves)


@cache
def counting(*, narrow: bool) -> Hot:
    """Return the statement that counts: for each facet, its shelves where the rest is as asked, then where it is open.

    Publications whose period is over, and that the clock has not ended yet, come as less than nothing, one by one.
    """
    columns = [Shelf.id, *(getattr(Shelf, facet) for facet in FACETS)]
    asked: dict[str, ColumnElement[str]] = {facet: bindparam(facet) for facet in FACETS}
    opened: dict[str, ColumnElement[str]] = dict.fromkeys(FACETS, literal(ANY))
    counted = [
        select(*columns, Shelf.total).where(
            Shelf.article_id == bindparam("article"),
            *(getattr(Shelf, facet) == value for facet, value in around.items() if facet != varying),
        )
        for around in ([asked, opened] if narrow else [opened])
        for varying in FACETS
    ]
    return Hot(union_all(*counted, over(*columns, literal(-1))))


def over(*columns: Any) -> Select[Any]:
    """Select columns of a shelf once for each publication on it whose period is over, and that the clock has not ended.

    Nothing else may be asked of these, so that nothing is looked through but the few whose period is over.
    """
    return (
        select(*columns)
        .select_from(Shelf)
        .join(shelved, shelved.c.shelf_id == Shelf.id)
        .join(Facsimile, Facsimile.testimonial_id == shelved.c.testimonial_id)
        .where(Facsimile.shown_until.between(BEFORE_ALL, bindparam("now", callable_=now, type_=UTCDateTime())))
    )
