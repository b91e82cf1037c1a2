"""Listings for machines (API, feed, embeds): a page of an article's collection, or one testimonial, as stored JSON.

It starts from `visible()`, and reads the collection by its facets, as the pages do. Each outlet gets the words of the
authors who agreed to its purpose; of the others a composed title, so that counts and pages are the same everywhere.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from flask import current_app
from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, bindparam, case, false, literal, select
from sqlalchemy.orm import Session, aliased

from app.articles.models import Article
from app.catalog.article_text import ArticleText
from app.catalog.collection import latest_ids, rows_by_id, with_rendering
from app.catalog.cursor import Cursor
from app.catalog.facet_counts import chosen_labels, count_article_facets
from app.catalog.filters import CollectionRequest
from app.catalog.rendering import HAS_JSON, Rendering, compact_json, testimonial_path
from app.catalog.search_results import search_collection
from app.catalog.visibility import Outlet, visible
from app.db import UTCDateTime, now
from app.sanitize import trusted_html
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial

NO_HTML = trusted_html("")


class Item(NamedTuple):
    """A testimonial for machines: `document` is its JSON, `answers` the HTML of its page, empty if not requested.

    The `slug` is made of the title: it is empty where the words are withheld.
    """

    public_id: str
    slug: str
    themes: Sequence[str]
    document: str
    answers: Markup

    @classmethod
    def of(cls, row: Any) -> "Item":
        public_id, slug, themes, document, answers, has_ended = row
        given = compact_json(json.loads(document) | {"answers": []}) if has_ended else document
        return cls(public_id, slug, themes.split(), given, trusted_html(answers) if answers else NO_HTML)

    @property
    def url(self) -> str:
        """Return the address of its page, which redirects to the one with the title."""
        path = testimonial_path(self.public_id, self.slug) if self.slug else f"/temoignages/{self.public_id}"
        return f"{current_app.config['PUBLIC_URL']}{path}"

    def themes_with_labels(self, labels: Mapping[str, str]) -> dict[str, str]:
        """Return the labels of its themes, in the article's present order."""
        return {theme: label for theme, label in labels.items() if theme in self.themes}


@dataclass(frozen=True)
class Listing:
    """A page of items, the total (None for a search, which counts nothing), the cursor of the next page.

    `choice` is the filters in words.
    """

    items: Sequence[Item]
    total: int | None
    next: str | None
    choice: Sequence[str]


def list_items(
    session: Session,
    article: ArticleText,
    request: CollectionRequest,
    most: int,
    outlet: Outlet,
    *,
    whole: bool = False,
) -> Listing:
    """Return at most so many testimonials for some filters, with their HTML if `whole`.

    Raises `UnknownFilter` and `UnknownCursor`.
    """
    counts, words = count_article_facets(session, article, request.filters), request.filters.words
    after, choice = Cursor.after(session, request.after, None if words else article.id), chosen_labels(article, counts)
    if words:
        results = search_collection(session, counts, after, most, outlet)
        items = read_items(session, [each.id for each in results.matches], outlet, whole=whole)
        return Listing(items, None, results.next, choice)
    ids = latest_ids(session, counts.facet_id(request.filters), most + 1, after)
    items = read_items(session, ids[:most], outlet, whole=whole)
    return Listing(items, counts.matching, items[-1].public_id if items and len(ids) > most else None, choice)


def read_items(session: Session, ids: Sequence[int], outlet: Outlet, *, whole: bool) -> list[Item]:
    return [Item.of(row) for row in rows_by_id(session, items_query(outlet, whole=whole), ids).values()]


def items_query(outlet: Outlet, *, whole: bool) -> Select[Any]:
    return with_rendering(*item_columns(outlet, whole=whole)).where(HAS_JSON)


def item_columns(outlet: Outlet, *, whole: bool) -> list[Any]:
    beneath = Rendering.beneath if outlet is Outlet.PAGE else Rendering.beneath_open
    has_ended = case((Rendering.beneath == NO_HTML, false()), else_=answer_has_ended())
    words = Rendering.answers.concat(case((has_ended, NO_HTML), else_=beneath))
    answers = outlet.words(words, literal("")) if whole else literal("")
    return [
        Testimonial.public_id,
        outlet.words(Rendering.slug, literal("")).label("slug"),
        Rendering.themes,
        outlet.words(Rendering.document, Rendering.composed).label("document"),
        answers.label("answers"),
        has_ended.label("has_ended"),
    ]


def answer_has_ended() -> ColumnElement[bool]:
    """State that the period of the answer under a testimonial is over, though the scheduled job has not ended it."""
    answer = aliased(Testimonial)
    now_is = bindparam("now", callable_=now, type_=UTCDateTime())
    stands = answer.about_id == Testimonial.id, answer.status == Status.PUBLISHED
    return select(answer.id).where(*stands, answer.published_until <= now_is).exists()


def item_by_id(outlet: Outlet, *columns: Any) -> Select[Any]:
    """Select some columns of a visible testimonial, then those of its item."""
    return (
        visible(*columns, *item_columns(outlet, whole=True))
        .join(Rendering, Rendering.testimonial_id == Testimonial.id)
        .join(Article, Article.id == Testimonial.article_id)
        .where(Testimonial.public_id == bindparam("public_id"), HAS_JSON)
        .order_by(None)
    )


# Made once: they cost more to make than to answer.
ITEMS = {outlet: item_by_id(outlet, Article.slug) for outlet in Outlet}


def find_item(session: Session, public_id: str, outlet: Outlet) -> tuple[str, Item] | None:
    """Return a visible testimonial as an outlet shows it, with its article's slug; else None."""
    for slug, *row in session.execute(ITEMS[outlet], {"public_id": public_id}):
        return slug, Item.of(row)
    return None
