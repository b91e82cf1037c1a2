"""What machines read of testimonials: a page of an article's collection, or one, as it was said when it was put up.

It starts from `visible()`, and reads the collection along its shelves, as the pages do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

from markupsafe import Markup
from sqlalchemy import Integer, Select, bindparam, literal
from sqlalchemy.orm import Session

from app.articles.models import Article
from app.catalog.article_text import ArticleText
from app.catalog.collection import Cursor, after_cursor, facet_parameter, in_facet
from app.catalog.facet_counts import chosen_labels, count_article_facets
from app.catalog.filters import CollectionRequest
from app.catalog.rendering import HAS_JSON, Rendering
from app.catalog.search_results import search_collection
from app.catalog.visibility import visible
from app.db.prepared import PreparedQuery
from app.sanitize import trusted_html
from app.testimonials.models import Testimonial

NO_HTML = trusted_html("")


class Item(NamedTuple):
    """A testimonial as machines are told it: `document` is an object of JSON, `themes` its articulations.

    `answers` is the HTML of its page, where that was asked for.
    """

    public_id: str
    slug: str
    themes: Sequence[str]
    document: str
    answers: Markup

    @classmethod
    def of(cls, row: Any) -> "Item":
        public_id, slug, themes, document, answers = row
        return cls(public_id, slug, themes.split(), document, trusted_html(answers) if answers else NO_HTML)

    def articulations(self, labels: Mapping[str, str]) -> dict[str, str]:
        """Return its articulations with their labels, in the article's order, which may have changed since."""
        return {theme: label for theme, label in labels.items() if theme in self.themes}


@dataclass(frozen=True)
class Listing:
    """A page of what was asked for, how many there are in all (None: nobody has counted), and after which to go on.

    `choice` is what was asked, in words, where it was read in full.
    """

    sayings: Sequence[Item]
    total: int | None
    next: str | None
    choice: Sequence[str] = ()


def list_items(
    session: Session, article: ArticleText, asked: CollectionRequest, most: int, *, whole: bool = False
) -> Listing:
    """Return at most so many testimonials of what an address asks, with their HTML where they are wanted `whole`.

    Raises `UnknownFilter` and `UnknownCursor`.
    """
    counted, words = count_article_facets(session, article, asked.filters), asked.filters.words
    after = Cursor.after(session, asked.after, None if words else article.id)
    if words:
        hits = search_collection(session, counted, after, most)
        told = items_among(session, [each.id for each in hits.found], whole=whole)
        return Listing(told, None, hits.next, chosen_labels(article, counted))
    statement, facet_id = listing_query(further=after is not None, whole=whole), counted.shelf(asked.filters)
    rows = statement.rows(session, page=facet_id, most=most + 1, **(after.named if after else {}))
    return replace(listing_of(rows, counted.found, most), choice=chosen_labels(article, counted))


def listing_of(rows: Sequence[Any], total: int, most: int) -> Listing:
    """Return a page made of its rows, and of one more where there is more to come."""
    sayings = [Item.of(row) for row in rows[:most]]
    return Listing(sayings, total, sayings[-1].public_id if len(rows) > most else None)


def item_columns(*, whole: bool) -> list[Any]:
    answers = Rendering.answers if whole else literal("")
    return [Testimonial.public_id, Rendering.slug, Rendering.themes, Rendering.document, answers.label("answers")]


@cache
def listing_query(*, further: bool, whole: bool) -> PreparedQuery:
    page = in_facet(facet_parameter("page"), item_columns(whole=whole), bindparam("most", type_=Integer())).where(
        HAS_JSON
    )
    return PreparedQuery(page.where(after_cursor()) if further else page)


def items_among(session: Session, numbers: Sequence[int], *, whole: bool) -> Sequence[Item]:
    """Return what is said of some testimonials, those that are visible, the last sent first as they are found."""
    told = items_query(numbers, whole=whole).order_by(Testimonial.id.desc())
    return [Item.of(row) for row in session.execute(told)]


def items_query(numbers: Sequence[int], *, whole: bool) -> Select[Any]:
    told = visible(*item_columns(whole=whole)).join(Rendering, Rendering.testimonial_id == Testimonial.id)
    return told.where(Testimonial.id.in_(numbers), HAS_JSON).order_by(None)


ITEM_BY_ID = PreparedQuery(
    visible(Article.slug, *item_columns(whole=True))
    .join(Rendering, Rendering.testimonial_id == Testimonial.id)
    .join(Article, Article.id == Testimonial.article_id)
    .where(Testimonial.public_id == bindparam("public_id"), HAS_JSON)
    .order_by(None)
)


def find_item(session: Session, public_id: str) -> tuple[str, Item] | None:
    """Return a testimonial, with its article's slug; None where it is not visible."""
    for slug, *saying in ITEM_BY_ID.rows(session, public_id=public_id):
        return slug, Item.of(saying)
    return None
