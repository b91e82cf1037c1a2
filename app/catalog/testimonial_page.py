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
from app.catalog.article_text import ArticleText, load_article_text
from app.catalog.collection import Cursor, after_cursor, cursor_parameters, driver_moment, in_facet
from app.catalog.facets import ANY, FACETS, Facet, facet_entry
from app.catalog.listing import Item, item_columns
from app.catalog.rendering import HAS_JSON, Rendering, testimonial_path
from app.catalog.visibility import visible
from app.db import AnySession
from app.db.prepared import PreparedQuery
from app.testimonials.attribution import Attribution
from app.testimonials.models import Testimonial
from app.testimonials.versions import Version

THEMES_ELSEWHERE = 2  # of those it speaks of, how many lead elsewhere
MOST_ELSEWHERE = 3  # testimonials on one articulation

# What a row is for, where it is not one of the latest of an articulation.
NEWER, OLDER = -2, -1


class Neighbour(NamedTuple):
    """Another testimonial, as one leads to it."""

    url: str
    heading: str
    byline: str


@dataclass(frozen=True)
class Nearby:
    """The testimonials just before and just after, the latest published first; `elsewhere`, the latest by theme."""

    newer: Neighbour | None
    older: Neighbour | None
    elsewhere: Mapping[str, Sequence[Neighbour]]


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
class TestimonialPage:
    """A testimonial in full: `told` to machines and readers alike, its `themes` with their labels, in order."""

    article: ArticleText
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
        return f"{current_app.config['PUBLIC_URL']}{self.path}"


def load_testimonial_page(session: AnySession, public_id: str) -> TestimonialPage | None:
    """Return a testimonial, if it is visible, by three statements."""
    for number, published, slug, attribution, name, role, clsm, *told in TESTIMONIAL_PAGE.rows(
        session, public_id=public_id
    ):
        article = load_article_text(session, slug)
        if article is None:
            return None
        saying = Item.of(told)
        themes = saying.articulations(article.labels)
        here = Cursor(driver_moment(published), number, article.id)
        return TestimonialPage(
            article=article,
            path=testimonial_path(saying.public_id, saying.slug),
            public_id=saying.public_id,
            published_at=here.published_at,
            told=json.loads(saying.document),
            themes=themes,
            answers=saying.answers,
            author=Author.of(Attribution(attribution), name, role, clsm),
            nearby=load_nearby(session, here, list(themes)[:THEMES_ELSEWHERE]),
        )
    return None


TESTIMONIAL_PAGE = PreparedQuery(
    visible(
        Testimonial.id,
        Testimonial.published_at,
        Article.slug.label("article"),
        Version.attribution,
        Version.author_name,
        Version.author_role,
        Version.clsm,
        *item_columns(whole=True),
    )
    .join(Rendering, Rendering.testimonial_id == Testimonial.id)
    .join(Article, Article.id == Testimonial.article_id)
    .where(Testimonial.public_id == bindparam("public_id"), HAS_JSON)
    .order_by(None)
)


def load_nearby(session: AnySession, here: Cursor, themes: Sequence[str]) -> Nearby:
    """Return what stands near a testimonial, and on some themes of its article."""
    asked = {f"theme_{place}": theme for place, theme in enumerate(themes)}
    rows = nearby_query(len(themes)).rows(session, article=here.article_id, **here.named, **asked)
    found: dict[int, list[Neighbour]] = {slot: [] for slot in (NEWER, OLDER, *range(len(themes)))}
    for slot, number, public_id, slug, said in rows:
        if number != here.testimonial_id:
            told = json.loads(said)
            found[slot].append(Neighbour(testimonial_path(public_id, slug), told["title"], told["signature"]))
    return Nearby(
        newer=next(iter(found[NEWER]), None),
        older=next(iter(found[OLDER]), None),
        elsewhere={theme: found[place][:MOST_ELSEWHERE] for place, theme in enumerate(themes) if found[place]},
    )


@cache
def nearby_query(themes: int) -> PreparedQuery:
    """Return the statement, for a number of themes."""
    everything = theme_facet(literal(ANY))
    place = tuple_(facet_entry.c.published_at, facet_entry.c.testimonial_id)
    newer = in_facet(everything, neighbour_columns(NEWER), 1).where(place > cursor_parameters()).order_by(None)
    newer = newer.order_by(facet_entry.c.published_at, facet_entry.c.testimonial_id)
    older = in_facet(everything, neighbour_columns(OLDER), 1).where(after_cursor())
    elsewhere = [
        in_facet(theme_facet(bindparam(f"theme_{n}")), neighbour_columns(n), MOST_ELSEWHERE + 1) for n in range(themes)
    ]
    return PreparedQuery(union_all(*(select(each.where(HAS_JSON).subquery()) for each in (newer, older, *elsewhere))))


def neighbour_columns(slot: int) -> list[Any]:
    return [literal(slot).label("slot"), Testimonial.id, Testimonial.public_id, Rendering.slug, Rendering.document]


def theme_facet(theme: ColumnElement[str]) -> ColumnElement[int]:
    this = {facet: literal(ANY) for facet in FACETS} | {"theme": theme}
    wanted = [getattr(Facet, facet) == value for facet, value in this.items()]
    article = Facet.article_id == bindparam("article", type_=Integer())
    return select(Facet.id).where(article, *wanted).scalar_subquery()
