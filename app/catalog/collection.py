"""An article's collection: a page of it for some filters, and the notes for the margins of the article.

One statement serves any page, whatever the number of testimonials; it is built once. All of it starts from `visible()`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple, Self

from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, bindparam, case, literal, null, select, tuple_, type_coerce, union_all
from sqlalchemy.types import Integer

from app.catalog.facet_counts import FacetCounts
from app.catalog.facets import ANY, FACETS, Facet, facet_entry
from app.catalog.filters import Filters
from app.catalog.placements import Placement
from app.catalog.rendering import Rendering, testimonial_path
from app.catalog.visibility import visible
from app.db import AnySession, UTCDateTime
from app.db.planner import without_index
from app.db.prepared import PreparedQuery
from app.sanitize import SafeHTML, trusted_html
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from app.testimonials.versions import Version

PAGE_SIZE = 20
SPARE = 3  # candidates of each theme beyond one for each place: those that stand second beside its passage

ENTRY_ID = without_index(facet_entry.c.testimonial_id)

# The slot of a row that is not one of the latest of a theme.
COLLECTION, PLACED = -2, -1


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

    `next` is the testimonial that ends the page, if more follow. The notes `placed` by editors are by passage, in their
    order; by theme, the `latest` are those placed nowhere, then those placed.
    """

    cards: Markup
    count: int
    next: str | None
    placed: Mapping[str, Sequence[MarginNote]]
    latest: Mapping[str, Sequence[MarginNote]]


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
    placed: list[tuple[str, int, MarginNote]] = []
    by_theme: list[tuple[str, MarginNote]] = []
    statement = page_query(len(queried), further=after is not None)
    for slot, its_themes, passage, position, card, *words in statement.rows(session, **values):
        note = MarginNote.of(words)
        all_themes = (ANY, *its_themes.split())
        if slot == COLLECTION:
            cards.append((note.public_id, card))
            by_theme += [(theme, note) for theme in all_themes if is_whole]
        elif slot == PLACED:
            placed.append((passage, position, note))
            by_theme += [(theme, note) for theme in all_themes if not is_whole]
        else:
            by_theme.append((queried[slot], note))
    return CollectionPage(
        cards=trusted_html("".join(card for _, card in cards[:PAGE_SIZE])),
        count=min(len(cards), PAGE_SIZE),
        next=cards[PAGE_SIZE - 1][0] if len(cards) > PAGE_SIZE else None,
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

    Each part reads a range of an index, in its order, which both engines keep through the union. Of each theme, as many
    as there are themes and a few more: each can have one that stands at no other.
    """
    page_part = page_columns(COLLECTION, card=Rendering.card, themes=Rendering.themes)
    page = in_facet(facet_parameter("page"), page_part, PAGE_SIZE + 1)
    if further:
        page = page.where(after_cursor())
    quote = case((Placement.quote == "", Rendering.quote), else_=Placement.quote)
    placement = {"passage": Placement.passage, "position": Placement.position, "themes": Rendering.themes}
    placed = (
        visible(*page_columns(PLACED, quote=quote, **placement))
        .join(Placement, Placement.testimonial_id == Testimonial.id)
        .join(Rendering, Rendering.testimonial_id == Testimonial.id)
        .where(Placement.article_id == article_parameter())
        .order_by(None)
    )
    # A filter, not a join: the plan stays a range of the facet's index.
    is_placed = Testimonial.id.in_(select(Placement.testimonial_id).where(Placement.article_id == article_parameter()))
    latest = [
        in_facet(facet_parameter(f"latest_{slot}"), page_columns(slot), themes + SPARE).where(~is_placed)
        for slot in range(themes)
    ]
    return PreparedQuery(union_all(*(select(each.subquery()) for each in (page, *latest, placed))))


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


def facet_parameter(name: str) -> ColumnElement[int]:
    return bindparam(name, type_=Integer())


def in_facet(facet_id: ColumnElement[int], columns: Sequence[Any], most: int | ColumnElement[int]) -> Select[Any]:
    """Select the latest visible testimonials of a facet."""
    selected = visible(*columns).join(facet_entry, Testimonial.id == ENTRY_ID)
    selected = selected.join(Rendering, Rendering.testimonial_id == Testimonial.id)
    return latest_in_facet(selected, facet_id).limit(most)


def latest_in_facet(selected: Select[Any], facet_id: ColumnElement[int]) -> Select[Any]:
    latest_first = (facet_entry.c.published_at.desc(), facet_entry.c.testimonial_id.desc())
    return selected.where(facet_entry.c.facet_id == facet_id).order_by(None).order_by(*latest_first)


def after_cursor() -> ColumnElement[bool]:
    return tuple_(facet_entry.c.published_at, facet_entry.c.testimonial_id) < cursor_parameters()


def cursor_parameters() -> ColumnElement[Any]:
    return tuple_(bindparam("published_at", type_=UTCDateTime()), bindparam("testimonial_id", type_=Integer()))


def sitemap_rows(prefix: str) -> Select[str, str, datetime, datetime | None]:
    """Select the identifier, slug and dates (published; approved) of all whose identifier has a prefix."""
    return (
        visible(Testimonial.public_id, Rendering.slug, Testimonial.published_at, Version.approved_at)
        .join(Rendering, Rendering.testimonial_id == Testimonial.id)
        .where(Testimonial.public_id >= prefix, Testimonial.public_id < prefix + "g")  # after every hexadecimal
        .order_by(None)
    )


def latest_of_theme(article_id: int, theme: str, most: int) -> Select[Testimonial]:
    key = [getattr(Facet, facet) == value for facet, value in zip(FACETS, Filters(theme=theme).key, strict=True)]
    facet_id = select(Facet.id).where(Facet.article_id == article_id, *key).scalar_subquery()
    return latest_in_facet(visible().join(facet_entry, Testimonial.id == ENTRY_ID), facet_id).limit(most)


def visible_among(ids: Iterable[int]) -> Select[Testimonial]:
    return visible().where(Testimonial.id.in_(list(ids)))
