"""What stands near a testimonial in its article's collection: the one before, the one after, and on its articulations.

One statement finds them, each a stretch of an index, whatever the number of testimonials; all starts from `visible()`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, bindparam, literal, select, tuple_, union_all

from app.db import AnySession
from app.db.prepared import Hot
from app.testimonials.collection import Place, after_place, named_place, on_shelf
from app.testimonials.facsimiles import SAID, Facsimile, address
from app.testimonials.models import Testimonial
from app.testimonials.shelves import ANY, FACETS, Shelf, shelved

ELSEWHERE = 3  # testimonials on one articulation

# What a row is for, where it is not one of the latest of an articulation.
NEWER, OLDER = -2, -1


class Other(NamedTuple):
    """Another testimonial, as one leads to it."""

    url: str
    heading: str
    byline: str


@dataclass(frozen=True)
class Nearby:
    """The testimonials just before and just after, the latest published first; `elsewhere`, the latest by theme."""

    newer: Other | None
    older: Other | None
    elsewhere: Mapping[str, Sequence[Other]]


def near(session: AnySession, here: Place, themes: Sequence[str]) -> Nearby:
    """Return what stands near a testimonial, and on some themes of its article."""
    asked = {f"theme_{place}": theme for place, theme in enumerate(themes)}
    rows = leading(len(themes)).rows(session, article=here.article_id, **here.named, **asked)
    found: dict[int, list[Other]] = {slot: [] for slot in (NEWER, OLDER, *range(len(themes)))}
    for slot, number, public_id, slug, said in rows:
        if number != here.testimonial_id:
            told = json.loads(said)
            found[slot].append(Other(address(public_id, slug), told["title"], told["signature"]))
    return Nearby(
        newer=next(iter(found[NEWER]), None),
        older=next(iter(found[OLDER]), None),
        elsewhere={theme: found[place][:ELSEWHERE] for place, theme in enumerate(themes) if found[place]},
    )


@cache
def leading(themes: int) -> Hot:
    """Return the statement, for a number of themes."""
    everything = of_theme(literal(ANY))
    place = tuple_(shelved.c.published_at, shelved.c.testimonial_id)
    newer = on_shelf(everything, columns(NEWER), 1).where(place > named_place()).order_by(None)
    newer = newer.order_by(shelved.c.published_at, shelved.c.testimonial_id)
    older = on_shelf(everything, columns(OLDER), 1).where(after_place())
    elsewhere = [on_shelf(of_theme(bindparam(f"theme_{n}")), columns(n), ELSEWHERE + 1) for n in range(themes)]
    return Hot(union_all(*(select(each.where(SAID).subquery()) for each in (newer, older, *elsewhere))))


def columns(slot: int) -> list[Any]:
    """Return the columns of a part of the statement."""
    return [literal(slot).label("slot"), Testimonial.id, Testimonial.public_id, Facsimile.slug, Facsimile.said]


def of_theme(theme: ColumnElement[str]) -> ColumnElement[int]:
    """Return an article's shelf of a theme, the rest being open."""
    this = {facet: literal(ANY) for facet in FACETS} | {"theme": theme}
    wanted = [getattr(Shelf, facet) == value for facet, value in this.items()]
    article = Shelf.article_id == bindparam("article", type_=Integer())
    return select(Shelf.id).where(article, *wanted).scalar_subquery()
