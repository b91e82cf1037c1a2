"""The collection of an article: a stretch of what a reader asked for, and what stands in the margins.

One statement serves any page, whatever the number of testimonials; it is built once. All of it starts from `visible()`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple, Self

from markupsafe import Markup
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    Tuple,
    bindparam,
    case,
    func,
    literal,
    null,
    select,
    tuple_,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session

from app.catalog.facet_counts import FacetCounts
from app.catalog.facets import ANY, FACETS, Facet, facet_entry
from app.catalog.filters import Filters
from app.catalog.placements import Placement
from app.catalog.rendering import Rendering
from app.catalog.visibility import visible
from app.db import AnySession, UTCDateTime
from app.db.planner import without_index
from app.db.prepared import PreparedQuery
from app.sanitize import SafeHTML, trusted_html
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from app.testimonials.versions import Version

PAGE_SIZE = 20
# Enough that a testimonial which stands beside one passage need not stand beside the next.
CANDIDATES = 4

ENTRY_ID = without_index(facet_entry.c.testimonial_id)

# What a row is for, where it is not one of the latest of a theme.
COLLECTION, CHOSEN = -2, -1


class MarginNote(NamedTuple):
    """What stands in a margin: whose it is, its quote, without guillemets, and the caption beneath."""

    public_id: str
    quote: str
    caption: Markup


@dataclass(frozen=True)
class CollectionPage:
    """A page of the collection, and what an article's margins hold, whatever the reader asked for.

    `next` is the testimonial after which the next page starts; `chosen` by an editor, and the `latest`, for each theme.
    """

    cards: Markup
    number: int
    next: str | None
    chosen: Mapping[str, Sequence[MarginNote]]
    latest: Mapping[str, Sequence[MarginNote]]


class UnknownCursor(Exception):
    """A page would go on from a testimonial that never stood in the article's collection, or is erased."""


@dataclass(frozen=True)
class Cursor:
    """Where a stretch of the collection starts: after a testimonial, which may itself have left since."""

    published_at: datetime
    testimonial_id: int
    article_id: int

    @classmethod
    def after(cls, session: AnySession, public_id: str | None, article_id: int | None = None) -> Self | None:
        """Return the place of a testimonial, or None where none is given: the first page.

        Raises `UnknownCursor` for a testimonial without a place, or of another article if one is given. A search goes
        through all that is found by its words, and may have rested at another article's.
        """
        if not public_id:
            return None
        for published_at, testimonial_id, placed_in in CURSOR.rows(session, public_id=public_id):
            if published_at is not None and article_id in {None, placed_in}:
                return cls(driver_moment(published_at), testimonial_id, placed_in)
        raise UnknownCursor

    @property
    def named(self) -> dict[str, Any]:
        return {"published_at": self.published_at, "testimonial_id": self.testimonial_id}


def driver_moment(told: object) -> datetime:
    """Return a moment as the driver gives it: SQLite's keeps a text, without its zone."""
    value = datetime.fromisoformat(str(told))
    return value if value.tzinfo else value.replace(tzinfo=UTC)


CURSOR = PreparedQuery(
    select(Testimonial.published_at, Testimonial.id, Testimonial.article_id).where(
        Testimonial.public_id == bindparam("public_id"), Testimonial.status != Status.ERASED
    )
)


def collection_page(
    session: AnySession, article_id: int, tally: FacetCounts, themes: Sequence[str], after: Cursor | None
) -> CollectionPage:
    """Return a page of what the reader asked for, with what stands beside the passages of themes.

    What has words they look for is found elsewhere (`finding`): the page is then empty. A page that is the whole
    collection has the latest of each theme too; else they are looked for.
    """
    asked: dict[str, Any] = {"article": article_id, "page": 0 if tally.filters.words else tally.shelf(tally.filters)}
    if after is not None:
        asked |= after.named
    whole = not tally.filters.narrow and after is None and tally.everything <= PAGE_SIZE
    sought = [] if whole else themes
    asked |= {f"latest_{place}": tally.shelf(Filters(theme=theme or None)) for place, theme in enumerate(sought)}
    cards: list[tuple[str, str]] = []
    chosen: list[tuple[str, int, MarginNote]] = []
    latest: dict[str, list[MarginNote]] = {theme: [] for theme in themes}
    statement = page_query(len(sought), further=after is not None)
    for slot, theme, position, public_id, card, quote, caption in statement.rows(session, **asked):
        if slot == COLLECTION:
            cards.append((public_id, card))
            standing = (ANY, *theme.split()) if whole else ()
        elif slot == CHOSEN:
            chosen.append((theme, position, MarginNote(public_id, quote, trusted_html(caption))))
            continue
        else:
            standing = (sought[slot],)
        for each in standing:
            if each in latest and len(latest[each]) < CANDIDATES:
                latest[each].append(MarginNote(public_id, quote, trusted_html(caption)))
    return CollectionPage(
        cards=trusted_html("".join(card for _, card in cards[:PAGE_SIZE])),
        number=min(len(cards), PAGE_SIZE),
        next=cards[PAGE_SIZE - 1][0] if len(cards) > PAGE_SIZE else None,
        chosen=placed_by_theme(chosen),
        latest=latest,
    )


def placed_by_theme(chosen: list[tuple[str, int, MarginNote]]) -> dict[str, list[MarginNote]]:
    placed: dict[str, list[MarginNote]] = {}
    for theme, _, each in sorted(chosen, key=lambda row: row[:2]):
        placed.setdefault(theme, []).append(each)
    return placed


@cache
def page_query(themes: int, *, further: bool) -> PreparedQuery:
    """Return the statement that takes a page of a shelf, what was chosen for margins, and the latest of some shelves.

    Each part is a stretch of an index, in its order, which both engines keep through the union.
    """
    beside = {"quote": Rendering.quote, "caption": Rendering.caption}
    collected = page_columns(COLLECTION, card=Rendering.card, theme=Rendering.themes, **beside)
    page = in_facet(facet_parameter("page"), collected, PAGE_SIZE + 1)
    if further:
        page = page.where(after_cursor())
    quoted = case((Placement.quote == "", Rendering.quote), else_=Placement.quote)
    placed = {"theme": Placement.theme, "position": Placement.position}
    chosen = (
        visible(*page_columns(CHOSEN, quote=quoted, caption=Rendering.caption, **placed))
        .join(Placement, Placement.testimonial_id == Testimonial.id)
        .join(Rendering, Rendering.testimonial_id == Testimonial.id)
        .where(Placement.article_id == bindparam("article", type_=Integer()))
        .order_by(None)
    )
    latest = [
        in_facet(facet_parameter(f"latest_{place}"), page_columns(place, **beside), CANDIDATES)
        for place in range(themes)
    ]
    return PreparedQuery(union_all(*(select(each.subquery()) for each in (page, chosen, *latest))))


def page_columns(slot: int, **named: Any) -> list[Any]:
    """Return the columns of a part of `taking`, empty where not named."""
    usual = {
        "slot": literal(slot),
        "theme": null(),
        "position": literal(0),
        "public_id": Testimonial.public_id,
        "card": type_coerce(null(), SafeHTML),
        "quote": null(),
        "caption": type_coerce(null(), SafeHTML),
    }
    return [column.label(name) for name, column in (usual | named).items()]


def facet_parameter(name: str) -> BindParameter[int]:
    return bindparam(name, type_=Integer())


def in_facet(shelf: ColumnElement[int], columns: Sequence[Any], most: int | BindParameter[int]) -> Select[Any]:
    """Select the latest that are visible on a shelf."""
    return (
        visible(*columns)
        .join(facet_entry, Testimonial.id == ENTRY_ID)
        .join(Rendering, Rendering.testimonial_id == Testimonial.id)
        .where(facet_entry.c.facet_id == shelf)
        .order_by(None)
        .order_by(facet_entry.c.published_at.desc(), facet_entry.c.testimonial_id.desc())
        .limit(most)
    )


def after_cursor() -> ColumnElement[bool]:
    return tuple_(facet_entry.c.published_at, facet_entry.c.testimonial_id) < cursor_parameters()


def cursor_parameters() -> Tuple:
    return tuple_(bindparam("published_at", type_=UTCDateTime()), bindparam("testimonial_id", type_=Integer()))


def matching_testimonials(selected: Select[Any], article_id: int, filters: Filters) -> Select[Any]:
    """Narrow a `visible()` select to an article and to what a reader asked for, in the order of the collection."""
    asked = [getattr(Facet, facet) == value for facet, value in zip(FACETS, filters.key, strict=True)]
    shelf = select(Facet.id).where(Facet.article_id == article_id, *asked).scalar_subquery()
    return (
        selected.join(facet_entry, Testimonial.id == ENTRY_ID)
        .where(facet_entry.c.facet_id == shelf)
        .order_by(None)
        .order_by(facet_entry.c.published_at.desc(), facet_entry.c.testimonial_id.desc())
    )


def count_published(session: Session) -> int:
    everything = [getattr(Facet, facet) == ANY for facet in FACETS]
    return session.scalar(select(func.sum(Facet.total)).where(*everything)) or 0


def sitemap_rows(beginning: str) -> Select[str, str, datetime, datetime | None]:
    """Select the identifier, slug and dates (published; approved) of all whose identifier begins so, drawn evenly."""
    return (
        visible(Testimonial.public_id, Rendering.slug, Testimonial.published_at, Version.approved_at)
        .join(Rendering, Rendering.testimonial_id == Testimonial.id)
        .where(Testimonial.public_id >= beginning, Testimonial.public_id < beginning + "g")
        .order_by(None)
    )


def latest_of_theme(article_id: int, theme: str, most: int) -> Select[Testimonial]:
    return matching_testimonials(visible(), article_id, Filters(theme=theme)).limit(most)


def visible_among(numbers: Iterable[int]) -> Select[Testimonial]:
    return visible().where(Testimonial.id.in_(list(numbers)))
