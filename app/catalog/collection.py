"""An article's collection: a page of it for some filters, and the notes for the margins of the article.

One statement serves any page, whatever the number of testimonials; it is built once. All of it starts from `visible()`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, Self

from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, bindparam, case, literal, null, select, type_coerce, union_all
from sqlalchemy.types import Integer

from app.articles.models import Article
from app.catalog.cursor import Cursor, after_cursor, count_before, cursor_parameters, entry_key, facet_parameter
from app.catalog.facet_counts import FacetCounts
from app.catalog.facets import ANY, FACETS, Facet, facet_entry
from app.catalog.filters import Filters
from app.catalog.placements import Placement
from app.catalog.rendering import Rendering, testimonial_path
from app.catalog.visibility import visible
from app.db import AnySession
from app.db.planner import almost_always, without_index
from app.db.prepared import PreparedQuery
from app.sanitize import SafeHTML, trusted_html
from app.testimonials.models import Testimonial
from app.testimonials.versions import Version

PAGE_SIZE = 20
SPARE = 3  # candidates of each theme beyond one for each place: those that stand second beside its passage

ENTRY_ID = without_index(facet_entry.c.testimonial_id)

# The slot of a row that is not one of the latest of a theme.
PREVIOUS, COLLECTION, PLACED = -3, -2, -1


class MarginNote(NamedTuple):
    """A testimonial in the margin: its quote, without guillemets, and the caption beneath.

    Where it is not quoted, its title and signature. `is_advice`: its author gave an advice, which is its own quote.
    """

    public_id: str
    slug: str
    title: str
    signature: str
    quote: str
    caption: Markup
    is_advice: bool

    @classmethod
    def of(cls, row: Sequence[Any]) -> Self:
        public_id, slug, title, signature, quote, caption, is_advice = row
        return cls(public_id, slug, title, signature, quote, trusted_html(caption), bool(is_advice))

    @property
    def path(self) -> str:
        return testimonial_path(self.public_id, self.slug)


@dataclass(frozen=True)
class CollectionPage:
    """A page of the collection, and the notes for the margins, which the filters do not change.

    `next` is the testimonial that ends the page, if more follow; `previous` the one that ends the page two before, if
    there is one; `before` the number of testimonials before the page, None beyond `COUNTED`. The notes `placed` by
    editors are by passage, in their order; by theme, the `latest` are those placed nowhere, then those placed.
    """

    cards: Markup
    count: int
    next: str | None
    previous: str | None
    before: int | None
    placed: Mapping[str, Sequence[MarginNote]]
    latest: Mapping[str, Sequence[MarginNote]]


def collection_page(
    session: AnySession, article_id: int, counts: FacetCounts, themes: Sequence[str], after: Cursor | None
) -> CollectionPage:
    """Return a page of the collection, with the margin notes of some themes.

    With words, the page is empty: `search_collection()` finds the results. A page that is the whole collection has
    the latest of each theme in it; otherwise they are queried.
    """
    filters = counts.filters
    values: dict[str, Any] = {"article": article_id, "page": 0 if filters.words else counts.facet_id(filters)}
    if after is not None:
        values |= after.parameters
    is_whole = not filters.is_narrowed and after is None and counts.total_published <= PAGE_SIZE
    queried = [] if is_whole else themes
    values |= {f"latest_{slot}": counts.facet_id(Filters(theme=theme or None)) for slot, theme in enumerate(queried)}
    cards: list[tuple[str, str]] = []
    previous, before = None, 0
    placed: list[tuple[str, int, MarginNote]] = []
    by_theme: list[tuple[str, MarginNote]] = []
    statement = page_query(len(queried), further=after is not None)
    for slot, its_themes, passage, position, card, *words in statement.rows(session, **values):
        note = MarginNote.of(words)
        all_themes = (ANY, *its_themes.split())
        if slot == COLLECTION:
            cards.append((note.public_id, card))
            before = position
            by_theme += [(theme, note) for theme in all_themes if is_whole]
        elif slot == PREVIOUS:
            previous = note.public_id
        elif slot == PLACED:
            placed.append((passage, position, note))
            by_theme += [(theme, note) for theme in all_themes if not is_whole]
        else:
            by_theme.append((queried[slot], note))
    return CollectionPage(
        cards=trusted_html("".join(card for _, card in cards[:PAGE_SIZE])),
        count=min(len(cards), PAGE_SIZE),
        next=cards[PAGE_SIZE - 1][0] if len(cards) > PAGE_SIZE else None,
        previous=previous,
        before=before,
        placed=notes_by_place((passage, note) for passage, _, note in sorted(placed, key=lambda row: row[:2])),
        latest=notes_by_place(each for each in by_theme if each[0] in themes),
    )


def notes_by_place(pairs: Iterable[tuple[str, MarginNote]]) -> dict[str, list[MarginNote]]:
    """Return the notes by passage or by theme, in order, each testimonial once."""
    places: dict[str, dict[str, MarginNote]] = {}
    for place, note in pairs:
        places.setdefault(place, {}).setdefault(note.public_id, note)
    return {place: list(notes.values()) for place, notes in places.items()}


@cache
def page_query(themes: int, *, further: bool) -> PreparedQuery:
    """Return the statement for a page of a facet, the latest of a number of themes, and the notes placed in margins.

    Each part reads a range of an index, in its order, which both engines keep through the union. Of each theme it reads
    as many as there are themes, and `SPARE` more: enough for each passage to have one that stands beside no other.
    """
    shown = {"card": Rendering.card, "themes": Rendering.themes}
    if further:
        page = collection_part(**shown, position=count_before()).where(after_cursor())
        pages = [page, page_before()]
    else:
        pages = [collection_part(**shown)]
    quote = case((Placement.quote == "", Rendering.quote), else_=Placement.quote)
    placement = {"passage": Placement.passage, "position": Placement.position, "themes": Rendering.themes}
    placed = (
        visible(*page_columns(PLACED, quote=quote, **placement))
        .join(Placement, Placement.testimonial_id == Testimonial.id)
        .join(Rendering, Rendering.testimonial_id == Testimonial.id)
        .where(Placement.article_id == article_parameter())
        .order_by(None)
    )
    placed_ids = select(Placement.testimonial_id).where(Placement.article_id == article_parameter())
    is_placed_nowhere = almost_always(Testimonial.id.not_in(placed_ids))
    latest = [
        in_facet(facet_parameter(f"latest_{slot}"), page_columns(slot), themes + SPARE).where(is_placed_nowhere)
        for slot in range(themes)
    ]
    return PreparedQuery(union_all(*(select(each.subquery()) for each in (*pages, *latest, placed))))


def collection_part(**columns: Any) -> Select[Any]:
    return in_facet(facet_parameter("page"), page_columns(COLLECTION, **columns), PAGE_SIZE + 1)


def page_before() -> Select[Any]:
    """Select the testimonial after which the page before begins; none where that is the first page."""
    selected = in_facet(facet_parameter("page"), page_columns(PREVIOUS), 1).where(entry_key() >= cursor_parameters())
    return selected.offset(PAGE_SIZE).order_by(None).order_by(*entry_key().clauses)


def page_columns(slot: int, **columns: Any) -> list[Any]:
    """Return the columns of a part of `page_query`: empty where not given, then those of the note."""
    defaults: dict[str, Any] = {
        "slot": literal(slot),
        "themes": literal(""),
        "passage": literal(""),
        "position": literal(0),
        "card": type_coerce(null(), SafeHTML),
        "public_id": Testimonial.public_id,
        "slug": Rendering.slug,
        "title": Rendering.title,
        "signature": Rendering.signature,
        "quote": Rendering.quote,
        "caption": Rendering.caption,
        "is_advice": Version.advice != "",
    }
    return [column.label(name) for name, column in (defaults | columns).items()]


def article_parameter() -> ColumnElement[int]:
    return bindparam("article", type_=Integer())


def in_facet(facet_id: ColumnElement[int], columns: Sequence[Any], most: int | ColumnElement[int]) -> Select[Any]:
    """Select the latest visible testimonials of a facet."""
    selected = visible(*columns).join(facet_entry, Testimonial.id == ENTRY_ID)
    selected = selected.join(Rendering, Rendering.testimonial_id == Testimonial.id)
    return latest_in_facet(selected, facet_id).limit(most)


def latest_in_facet(selected: Select[Any], facet_id: ColumnElement[int]) -> Select[Any]:
    latest_first = (facet_entry.c.published_at.desc(), facet_entry.c.testimonial_id.desc())
    return selected.where(facet_entry.c.facet_id == facet_id).order_by(None).order_by(*latest_first)


def sitemap_rows(prefix: str) -> Select[str, str, datetime, datetime | None]:
    """Select the identifier, slug and dates (published; approved) of all whose identifier has a prefix.

    As all pages, those of an article that is offline are not found: none of its testimonials is listed.
    """
    return (
        visible(Testimonial.public_id, Rendering.slug, Testimonial.published_at, Version.approved_at)
        .join(Rendering, Rendering.testimonial_id == Testimonial.id)
        .join(Article, Article.id == Testimonial.article_id)
        .where(
            Article.is_public, Testimonial.public_id >= prefix, Testimonial.public_id < prefix + "g"
        )  # after every hexadecimal
        .order_by(None)
    )


def latest_of_theme(article_id: int, theme: str, most: int) -> Select[Testimonial]:
    key = [getattr(Facet, facet) == value for facet, value in zip(FACETS, Filters(theme=theme).key, strict=True)]
    facet_id = select(Facet.id).where(Facet.article_id == article_id, *key).scalar_subquery()
    return latest_in_facet(visible().join(facet_entry, Testimonial.id == ENTRY_ID), facet_id).limit(most)


def visible_among(ids: Iterable[int]) -> Select[Testimonial]:
    return visible().where(Testimonial.id.in_(list(ids)))
