"""An article's collection: a page of it for some filters, and the notes for the margins of the article.

The ids come first, by one short statement a facet, along an index; then their rows. All start from `visible()`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple

from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, bindparam, case, select
from sqlalchemy.orm import Session
from sqlalchemy.types import Integer

from app.articles.models import Article
from app.catalog.cursor import AFTER_CURSOR, COUNT_BEFORE, CURSOR_KEY, ENTRY_KEY, FACET_ID, Cursor
from app.catalog.facet_counts import FacetCounts
from app.catalog.facets import Facet, facet_entry, is_facet
from app.catalog.filters import ANY, Filters
from app.catalog.placements import Placement
from app.catalog.rendering import Rendering, testimonial_path
from app.catalog.visibility import Outlet, is_visible, visible
from app.sanitize import trusted_html
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version

PAGE_SIZE = 20
SPARE = 3  # candidates of each theme beyond one for each place: those that stand second beside its passage

# `+ 0` hides the index of the ids, with which PostgreSQL would join all testimonials before it takes a page of a facet.
ENTRY_ID = facet_entry.c.testimonial_id + 0


class MarginNote(NamedTuple):
    """A testimonial in the margin: its quote, without guillemets, and the caption below.

    Where it is not quoted, its title and signature. `is_advice`: its author gave an advice, which is its own quote.
    """

    public_id: str
    slug: str
    title: str
    signature: str
    quote: str
    caption: Markup
    is_advice: bool

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
    session: Session, article_id: int, counts: FacetCounts, themes: Sequence[str], after: Cursor | None
) -> CollectionPage:
    """Return a page of the collection, with the margin notes of some themes.

    With words, the page is empty: `search_collection()` finds the results. A page that is the whole collection has
    the latest of each theme in it. Otherwise as many of each theme are read as there are themes, and `SPARE` more:
    enough for each passage to have one that stands beside no other.
    """
    filters = counts.filters
    facet_id = 0 if filters.words else counts.facet_id(filters)
    ids = latest_ids(session, facet_id, PAGE_SIZE + 1, after)
    newer = latest_ids(session, facet_id, PAGE_SIZE + 1, after, is_back=True) if after else []
    placed = sorted(session.execute(PLACED, {"article": article_id}), key=lambda row: (row[0], row[1]))
    placed_ids = {row[2] for row in placed}
    is_whole = not filters.is_narrowed and after is None and counts.total_published <= PAGE_SIZE
    most = len(themes) + SPARE
    latest: dict[str, list[int]] = {}
    for theme in () if is_whole else themes:
        found = latest_ids(session, counts.facet_id(Filters(theme=theme or None)), most + len(placed_ids))
        latest[theme] = [number for number in found if number not in placed_ids][:most]
    cards = rows_by_id(session, CARDS, ids[:PAGE_SIZE])
    notes = rows_by_id(session, NOTES, [*{*cards, *newer[PAGE_SIZE:], *chain(*latest.values())}])
    shown = [number for number in cards if number in notes]  # one may leave between two statements
    by_theme = [(theme, notes[number]) for theme, numbers in latest.items() for number in numbers if number in notes]
    for row in (notes[number] for number in shown) if is_whole else (row[3:] for row in placed):
        by_theme += [(theme, row) for theme in (ANY, *row[0].split())]
    return CollectionPage(
        cards=trusted_html("".join(cards[number][0] for number in shown)),
        count=len(shown),
        next=notes[shown[-1]][1] if shown and len(ids) > PAGE_SIZE else None,
        previous=next((notes[number][1] for number in newer[PAGE_SIZE:] if number in notes), None),
        before=session.scalar(COUNT_BEFORE, {"page": facet_id} | after.parameters) if after and shown else 0,
        placed=notes_by_place((row[0], MarginNote(*row[4:])) for row in placed),
        latest=notes_by_place((theme, MarginNote(*row[1:])) for theme, row in by_theme if theme in themes),
    )


def notes_by_place(pairs: Iterable[tuple[str, MarginNote]]) -> dict[str, list[MarginNote]]:
    """Return the notes by passage or by theme, in order, each testimonial once."""
    places: dict[str, dict[str, MarginNote]] = {}
    for place, note in pairs:
        places.setdefault(place, {}).setdefault(note.public_id, note)
    return {place: list(notes.values()) for place, notes in places.items()}


def latest_ids(
    session: Session, facet_id: int, most: int, beyond: Cursor | None = None, *, is_back: bool = False
) -> list[int]:
    """Return the ids of the latest visible testimonials of a facet: all, or those after a cursor.

    With `is_back`, from the cursor's own back to the newest. 0 is the facet that has none.
    """
    statement = NEWER if is_back else LATEST if beyond is None else OLDER
    values = {"page": facet_id, "most": most} | (beyond.parameters if beyond else {})
    return list(session.scalars(statement, values))


def entries(facet_id: ColumnElement[int], outlet: Outlet = Outlet.PAGE) -> Select[int]:
    """Select the ids of the testimonials of a facet whose words an outlet may show, in no order."""
    number = facet_entry.c.testimonial_id
    return select(number).where(facet_entry.c.facet_id == facet_id, is_visible(number, outlet=outlet))


def latest_entries(facet_id: ColumnElement[int], outlet: Outlet = Outlet.PAGE) -> Select[int]:
    latest_first = (facet_entry.c.published_at.desc(), facet_entry.c.testimonial_id.desc())
    return entries(facet_id, outlet).order_by(*latest_first)


def rows_by_id(session: Session, selected: Select[Any], ids: Sequence[int]) -> dict[int, Sequence[Any]]:
    """Return the rows of `with_rendering()` by id, in the order of the ids, of those still visible."""
    found = {number: row for number, *row in session.execute(selected.where(Testimonial.id.in_(ids)))}
    return {number: found[number] for number in ids if number in found}


def with_rendering(*columns: Any) -> Select[Any]:
    selected = visible(Testimonial.id, *columns).join(Rendering, Rendering.testimonial_id == Testimonial.id)
    return selected.order_by(None)


MOST = bindparam("most", type_=Integer())
LATEST = latest_entries(FACET_ID).limit(MOST)
OLDER = latest_entries(FACET_ID).where(AFTER_CURSOR).limit(MOST)
NEWER = entries(FACET_ID).where(ENTRY_KEY >= CURSOR_KEY).order_by(*ENTRY_KEY.clauses).limit(MOST)
# In the order of `MarginNote`.
NOTE = (
    *(Testimonial.public_id, Rendering.slug, Rendering.title, Rendering.signature, Rendering.quote, Rendering.caption),
    Version.advice != "",
)
CARDS, NOTES = with_rendering(Rendering.card), with_rendering(Rendering.themes, *NOTE)
PLACED = (
    visible(
        *(Placement.passage, Placement.position, Testimonial.id, Rendering.themes, *NOTE[:4]),
        *(case((Placement.quote == "", Rendering.quote), else_=Placement.quote), *NOTE[5:]),
    )
    .join(Placement, Placement.testimonial_id == Testimonial.id)
    .join(Rendering, Rendering.testimonial_id == Testimonial.id)
    .where(Placement.article_id == bindparam("article", type_=Integer()))
    .order_by(None)
)


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
    facet_id = select(Facet.id).where(Facet.article_id == article_id, *is_facet(Filters(theme=theme))).scalar_subquery()
    return visible().where(Testimonial.id.in_(latest_entries(facet_id).limit(most)))


def visible_among(ids: Iterable[int]) -> Select[Testimonial]:
    return visible().where(Testimonial.id.in_(list(ids)))
