"""A testimonial's own page in one call: the testimonial in full, and its neighbours."""

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
from app.catalog.visibility import Outlet, visible
from app.db import AnySession
from app.db.prepared import PreparedQuery
from app.testimonials.attribution import Attribution
from app.testimonials.models import Testimonial
from app.testimonials.versions import Version

THEMES_ELSEWHERE = 2  # of its own, the first
MOST_ELSEWHERE = 3  # testimonials of one theme

# The slot of a row that is not one of the latest of a theme.
NEWER, OLDER = -2, -1


class Neighbour(NamedTuple):
    """A link to another testimonial."""

    url: str
    heading: str
    byline: str


@dataclass(frozen=True)
class Nearby:
    """The testimonials published just after and just before; `elsewhere`, the latest of each theme."""

    newer: Neighbour | None
    older: Neighbour | None
    elsewhere: Mapping[str, Sequence[Neighbour]]


@dataclass(frozen=True)
class Author:
    """The author as the attribution shows them; empty where it does not."""

    name: str = ""
    role: str = ""
    clsm: str = ""

    @classmethod
    def of(cls, attribution: Attribution, name: str, role: str, clsm: str) -> Self:
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
    """A testimonial in full: `document` is its JSON, `themes` the labels of its themes, in order."""

    article: ArticleText
    path: str
    public_id: str
    published_at: datetime
    document: Mapping[str, Any]
    themes: Mapping[str, str]
    answers: Markup
    author: Author
    nearby: Nearby

    @property
    def url(self) -> str:
        return f"{current_app.config['PUBLIC_URL']}{self.path}"


def load_testimonial_page(session: AnySession, public_id: str) -> TestimonialPage | None:
    """Load a visible testimonial's page, in three statements; None where there is none."""
    rows = TESTIMONIAL_PAGE.rows(session, public_id=public_id)
    article = load_article_text(session, rows[0][2]) if rows else None
    if article is None:
        return None
    testimonial_id, published_at, _, attribution, name, role, clsm, *columns = rows[0]
    item = Item.of(columns)
    themes = item.themes_with_labels(article.labels)
    here = Cursor(driver_moment(published_at), testimonial_id, article.id)
    return TestimonialPage(
        article=article,
        path=testimonial_path(item.public_id, item.slug),
        public_id=item.public_id,
        published_at=here.published_at,
        document=json.loads(item.document),
        themes=themes,
        answers=item.answers,
        author=Author.of(Attribution(attribution), name, role, clsm),
        nearby=load_nearby(session, here, list(themes)[:THEMES_ELSEWHERE]),
    )


TESTIMONIAL_PAGE = PreparedQuery(
    visible(
        Testimonial.id,
        Testimonial.published_at,
        Article.slug.label("article"),
        Version.attribution,
        Version.author_name,
        Version.author_role,
        Version.clsm,
        *item_columns(Outlet.PAGE, whole=True),
    )
    .join(Rendering, Rendering.testimonial_id == Testimonial.id)
    .join(Article, Article.id == Testimonial.article_id)
    .where(Testimonial.public_id == bindparam("public_id"), HAS_JSON)
    .order_by(None)
)


def load_nearby(session: AnySession, here: Cursor, themes: Sequence[str]) -> Nearby:
    values = {f"theme_{slot}": theme for slot, theme in enumerate(themes)}
    rows = nearby_query(len(themes)).rows(session, article=here.article_id, **here.parameters, **values)
    by_slot: dict[int, list[Neighbour]] = {slot: [] for slot in (NEWER, OLDER, *range(len(themes)))}
    for slot, testimonial_id, public_id, slug, document in rows:
        if testimonial_id != here.testimonial_id:
            facts = json.loads(document)
            by_slot[slot].append(Neighbour(testimonial_path(public_id, slug), facts["title"], facts["signature"]))
    return Nearby(
        newer=next(iter(by_slot[NEWER]), None),
        older=next(iter(by_slot[OLDER]), None),
        elsewhere={theme: by_slot[slot][:MOST_ELSEWHERE] for slot, theme in enumerate(themes) if by_slot[slot]},
    )


@cache
def nearby_query(themes: int) -> PreparedQuery:
    """Return the statement, for a number of themes."""
    whole_article = theme_facet(literal(ANY))
    entry = (facet_entry.c.published_at, facet_entry.c.testimonial_id)
    newer = in_facet(whole_article, neighbour_columns(NEWER), 1).where(tuple_(*entry) > cursor_parameters())
    newer = newer.order_by(None).order_by(*entry)
    older = in_facet(whole_article, neighbour_columns(OLDER), 1).where(after_cursor())
    elsewhere = [
        in_facet(theme_facet(bindparam(f"theme_{n}")), neighbour_columns(n), MOST_ELSEWHERE + 1) for n in range(themes)
    ]
    return PreparedQuery(union_all(*(select(each.where(HAS_JSON).subquery()) for each in (newer, older, *elsewhere))))


def neighbour_columns(slot: int) -> list[Any]:
    return [literal(slot).label("slot"), Testimonial.id, Testimonial.public_id, Rendering.slug, Rendering.document]


def theme_facet(theme: ColumnElement[str]) -> ColumnElement[int]:
    key = {facet: literal(ANY) for facet in FACETS} | {"theme": theme}
    article = Facet.article_id == bindparam("article", type_=Integer())
    conditions = [getattr(Facet, facet) == value for facet, value in key.items()]
    return select(Facet.id).where(article, *conditions).scalar_subquery()
