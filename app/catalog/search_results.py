"""Readers' search: an article's testimonials that have all of the words, the last received first; marked excerpts.

Candidates come from the index of words, some at a time, and each is then checked against the other filters; or they
come from the facet, where it has few. The work of one page is bounded: a search that has not found enough within it
returns the cursor to go on from.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session

from app.catalog.collection import ENTRY_ID, PAGE_SIZE
from app.catalog.cursor import Cursor
from app.catalog.facet_counts import FacetCounts
from app.catalog.facets import facet_entry
from app.catalog.rendering import HAS_JSON, Rendering, facts_of, testimonial_path
from app.catalog.visibility import Outlet, visible
from app.sanitize import spaced
from app.search import query, words
from app.search.query import OPEN, PUBLIC, Scope
from app.search.words import significant_terms, terms
from app.testimonials.attribution import facts_line, line_of
from app.testimonials.questions import PROSE, SEARCHED
from app.testimonials.testimonial import Testimonial

BEFORE, AFTER = 70, 150  # signs around the first word found


@dataclass(frozen=True)
class TextPiece:
    """A piece of a text; `is_found` for a word that was searched."""

    text: str
    is_found: bool


def cut_at_words(text: str, prefixes: Sequence[str]) -> list[TextPiece]:
    """Cut a text at the words that begin with one of some prefixes; accents and case do not count."""
    text = spaced(text)
    pieces, start = [], 0
    for word in words.WORD.finditer(text):
        if begins_with(word.group(), tuple(prefixes)):
            pieces += [TextPiece(text[start : word.start()], is_found=False), TextPiece(word.group(), is_found=True)]
            start = word.end()
    return [piece for piece in (*pieces, TextPiece(text[start:], is_found=False)) if piece.text]


def begins_with(word: str, prefixes: tuple[str, ...]) -> bool:
    if word.isascii():  # most words: nothing but case to compare
        return word.lower().startswith(prefixes)
    return any(each.startswith(prefixes) for each in words.plain(word))


def excerpt(text: str, prefixes: Sequence[str]) -> list[TextPiece]:
    """Return a few lines around the first word found; the first lines where there is none."""
    text = " ".join(text.split())
    pieces = cut_at_words(text, prefixes)
    first = len(pieces[0].text) if pieces and not pieces[0].is_found and len(pieces) > 1 else 0
    start = text.rfind(" ", 0, first - BEFORE) + 1 if first > BEFORE else 0
    end = text.find(" ", first + AFTER)
    part = text[start:] if end < 0 else text[start:end]
    return cut_at_words(f"{'… ' if start else ''}{part}{'' if end < 0 else ' …'}", prefixes)


BATCH = 200  # candidates
MAX_BATCHES = 20
# After these batches, a search in a facet of few goes through the facet: a word that thousands have selects little.
BATCHES_BY_WORDS, FEW = 2, 10_000
BATCHES_BESIDE = 2  # for the match before or after a testimonial: a link that may be missing

# In a testimonial's JSON: the answers searched for an excerpt, paragraphs first.
EXCERPTED = (*PROSE, *(name for name in SEARCHED if name not in PROSE))


class SearchMatch(NamedTuple):
    """A testimonial that has the words: `document` is its JSON."""

    id: int
    public_id: str
    slug: str
    document: str


@dataclass(frozen=True)
class SearchPage:
    """A page of a search, and the testimonial after which it goes on, if it does."""

    matches: Sequence[SearchMatch]
    next: str | None


@dataclass(frozen=True)
class SearchHit:
    """A match as displayed: its URL; the heading, an excerpt, the byline and each fact, in pieces."""

    url: str
    heading: Sequence[TextPiece]
    excerpt: Sequence[TextPiece]
    byline: Sequence[TextPiece]
    facts: Sequence[Sequence[TextPiece]]


def search_collection(
    session: Session,
    counts: FacetCounts,
    after: Cursor | None,
    most: int = PAGE_SIZE,
    outlet: Outlet = Outlet.PAGE,
) -> SearchPage:
    """Return the testimonials of the filters that have every word, after a cursor; `most` at a time.

    Beyond the page, only the texts of those who agreed to reuse are searched, and in an index of their own: neither a
    result nor a cursor tells whether another text has a word.
    """
    scope = PUBLIC if outlet is Outlet.PAGE else OPEN
    words, facet_id = counts.filters.words, counts.facet_id(counts.filters)
    last = after.testimonial_id if after is not None else None
    matches: list[SearchMatch] = []
    if not terms(words):
        return SearchPage([], None)
    candidates = query.latest_candidates(session, words, scope)
    id_column: ColumnElement[int] = candidates.selected_columns[0]
    for batch in range(MAX_BATCHES):
        if batch == BATCHES_BY_WORDS and counts.matching <= FEW:
            candidates, id_column = facet_members(facet_id), ENTRY_ID
        remaining = candidates if last is None else candidates.where(id_column < last)
        ids = session.scalars(remaining.order_by(id_column.desc()).limit(BATCH)).all()
        if ids:
            matches += matching_in_facet(session, words, facet_id, ids, most + 1 - len(matches), scope=scope)
            last = ids[-1]
        if len(matches) > most:
            return SearchPage(matches[:most], matches[most - 1].public_id)
        if len(ids) < BATCH:
            return SearchPage(matches, None)
    return SearchPage(matches, session.get_one(Testimonial, last).public_id)


def search_beside(session: Session, counts: FacetCounts, testimonial_id: int, *, newer: bool) -> SearchMatch | None:
    """Return the match received just after a testimonial, or just before; None where a few batches have none."""
    words, facet_id, last = counts.filters.words, counts.facet_id(counts.filters), testimonial_id
    if not terms(words):
        return None
    candidates = query.latest_candidates(session, words, PUBLIC)
    id_column: ColumnElement[int] = candidates.selected_columns[0]
    for _ in range(BATCHES_BESIDE):
        beyond, order = (id_column > last, id_column.asc()) if newer else (id_column < last, id_column.desc())
        ids = session.scalars(candidates.where(beyond).order_by(order).limit(BATCH)).all()
        matches = matching_in_facet(session, words, facet_id, ids, 1, scope=PUBLIC, newest_first=not newer)
        if matches or len(ids) < BATCH:
            return next(iter(matches), None)
        last = ids[-1]
    return None


def facet_members(facet_id: int) -> Select[int]:
    return select(ENTRY_ID).where(facet_entry.c.facet_id == facet_id)


def matching_in_facet(
    session: Session,
    words: str,
    facet_id: int,
    ids: Sequence[int],
    most: int,
    *,
    scope: Scope,
    newest_first: bool = True,
) -> Sequence[SearchMatch]:
    """Return the first of some testimonials that are visible, in a facet, and have every word."""
    rows, outlet = scope.rows, Outlet.PAGE if scope is PUBLIC else Outlet.OPEN
    in_facet = exists().where(facet_entry.c.testimonial_id == Testimonial.id, facet_entry.c.facet_id == facet_id)
    selected = (
        visible(Testimonial.id, Testimonial.public_id, Rendering.slug, Rendering.document, outlet=outlet)
        .join(Rendering, Rendering.testimonial_id == Testimonial.id)
        .join(rows, rows.c.rowid == Testimonial.id)
        .where(Testimonial.id.in_(ids), in_facet, query.contains_terms(words, scope), HAS_JSON)
    )
    order = Testimonial.id.desc() if newest_first else Testimonial.id.asc()
    return [SearchMatch(*row) for row in session.execute(selected.order_by(None).order_by(order).limit(most))]


def search_hit(match: SearchMatch, words: str) -> SearchHit:
    document, prefixes = json.loads(match.document), significant_terms(words)
    excerpts = (excerpt(document[answer], prefixes) for answer in EXCERPTED if document.get(answer))
    best = next((each for each in excerpts if any(piece.is_found for piece in each)), None)
    signature, facts = document["signature"], facts_of(document)
    return SearchHit(
        url=testimonial_path(match.public_id, match.slug),
        heading=cut_at_words(document["title"], prefixes),
        excerpt=best or excerpt(document["account"], prefixes),
        byline=cut_at_words(line_of(signature, facts[0]), prefixes),
        facts=[cut_at_words(each, prefixes) for each in facts_line(signature, *facts)],
    )
