"""A testimonial's own page: what was said when it was put up, and what stands near it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, Self

from flask import current_app
from markupsafe import Markup
from sqlalchemy import ColumnElement, Integer, bindparam, literal, select, tuple_, union_all

from app.articles.models import Article
from app.catalog.article_text import Reading, read
from app.catalog.collection import Place, after_place, moment, named_place, on_shelf
from app.catalog.facets import ANY, FACETS, Shelf, shelved
from app.catalog.listing import Saying, columns
from app.catalog.rendering import SAID, Facsimile, address
from app.catalog.visibility import visible
from app.db import AnySession
from app.db.prepared import Hot
from app.testimonials.attribution import Attribution
from app.testimonials.models import Testimonial
from app.testimonials.versions import Version

THEMES = 2  # of those it speaks of, how many lead elsewhere
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


@dataclass(frozen=True)
class Author:
    """What is shown of whoever signs, and nothing more: empty where they chose not to give it."""

    name: str = ""
    role: str = ""
    clsm: str = ""

    @classmethod
    def of(cls, attribution: Attribution, name: str, role: str, clsm: str) -> Self:
        """Return as much as an attribution lets be seen."""
        match attribution:
            case Attribution.FULL:
                return cls(name, role, clsm)
            case Attribution.ROLE:
                return cls(role=role, clsm=clsm)
            case Attribution.CLSM:
                return cls(clsm=clsm)
            case Attribution.REGION:
                return cls()


@dataclass(frozen=True)
class Sheet:
    """A testimonial in full: `told` to machines and readers alike, its `themes` with their labels, in order."""

    article: Reading
    path: str
    public_id: str
    published_at: datetime
    told: Mapping[str, Any]
    themes: Mapping[str, str]
    answers: Markup
    author: Author
    nearby: Nearby

    @property
    def url(self) -> str:
        """Return its address in full."""
        return f"{current_app.config['PUBLIC_URL']}{self.path}"


def in_full(session: AnySession, public_id: str) -> Sheet | None:
    """Return a testimonial, if it is visible, by three statements."""
    for number, published, slug, attribution, name, role, clsm, *told in IN_FULL.rows(session, public_id=public_id):
        article = read(session, slug)
        if article is None:
            return None
        saying = Saying.of(told)
        themes = saying.articulations(article.labels)
        here = Place(moment(published), number, article.id)
        return Sheet(
            article=article,
            path=address(saying.public_id, saying.slug),
            public_id=saying.public_id,
            published_at=here.published_at,
            told=json.loads(saying.said),
            themes=themes,
            answers=saying.answers,
            author=Author.of(Attribution(attribution), name, role, clsm),
            nearby=near(session, here, list(themes)[:THEMES]),
        )
    return None


IN_FULL = Hot(
    visible(
        Testimonial.id,
        Testimonial.published_at,
        Article.slug.label("article"),
        Version.attribution,
        Version.author_name,
        Version.author_role,
        Version.clsm,
        *columns(whole=True),
    )
    .join(Facsimile, Facsimile.testimonial_id == Testimonial.id)
    .join(Article, Article.id == Testimonial.article_id)
    .where(Testimonial.public_id == bindparam("public_id"), SAID)
    .order_by(None)
)


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
    newer = on_shelf(everything, neighbour_columns(NEWER), 1).where(place > named_place()).order_by(None)
    newer = newer.order_by(shelved.c.published_at, shelved.c.testimonial_id)
    older = on_shelf(everything, neighbour_columns(OLDER), 1).where(after_place())
    elsewhere = [
        on_shelf(of_theme(bindparam(f"theme_{n}")), neighbour_columns(n), ELSEWHERE + 1) for n in range(themes)
    ]
    return Hot(union_all(*(select(each.where(SAID).subquery()) for each in (newer, older, *elsewhere))))


def neighbour_columns(slot: int) -> list[Any]:
    """Return the columns of a part of the statement."""
    return [literal(slot).label("slot"), Testimonial.id, Testimonial.public_id, Facsimile.slug, Facsimile.said]


def of_theme(theme: ColumnElement[str]) -> ColumnElement[int]:
    """Return an article's shelf of a theme, the rest being open."""
    this = {facet: literal(ANY) for facet in FACETS} | {"theme": theme}
    wanted = [getattr(Shelf, facet) == value for facet, value in this.items()]
    article = Shelf.article_id == bindparam("article", type_=Integer())
    return select(Shelf.id).where(article, *wanted).scalar_subquery()
