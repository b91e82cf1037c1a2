"""Finding what an article's testimonials say: those that have all of the words, the last sent first; marking the words.

Candidates come from the index of words, some at a time, and each is then held against the reader's other choices; or
they come from these, where few answer them. The work of one page is bounded: a search that has not found enough by then
says from where to go on.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session

from app.catalog.collection import ENTRY_ID, PAGE_SIZE, Cursor
from app.catalog.facet_counts import FacetCounts
from app.catalog.facets import facet_entry
from app.catalog.rendering import HAS_JSON, Rendering, testimonial_path
from app.catalog.visibility import visible
from app.search import query
from app.search.highlighter import TextPiece, cut_at_words, excerpt
from app.search.query import PUBLIC
from app.search.words import significant_terms, terms
from app.testimonials.models import Testimonial

AT_A_TIME = 200
ROUNDS = 20
# After these, whoever looks for words in a choice of few goes through those few: a word that thousands have says little
# of which of them these are.
ROUNDS_BY_WORDS, FEW = 2, 10_000


# Of what machines are told: where an excerpt is looked for, in this order; and what stands beneath it.
ANSWERS = ("account", "outcome", "obstacles", "advice", "partners", "years")
FACTS = ("situation", "region", "crpv")


class FoundTestimonial(NamedTuple):
    """A testimonial that has the words: `document` is its JSON."""

    id: int
    public_id: str
    slug: str
    document: str


@dataclass(frozen=True)
class SearchPage:
    """A page of what was found, and after which testimonial the search goes on, if it does."""

    found: Sequence[FoundTestimonial]
    next: str | None


@dataclass(frozen=True)
class SearchHit:
    """What is shown of one: its page and title; the heading, an excerpt, who signs and the facts beneath, in pieces."""

    url: str
    title: str
    heading: Sequence[TextPiece]
    excerpt: Sequence[TextPiece]
    byline: Sequence[TextPiece]
    facts: Sequence[TextPiece]


def search_collection(session: Session, tally: FacetCounts, after: Cursor | None, most: int = PAGE_SIZE) -> SearchPage:
    """Return those of the reader's choice that have every word, after a place; `most` at a time."""
    words, shelf = tally.filters.words, tally.shelf(tally.filters)
    last = after.testimonial_id if after is not None else None
    found: list[FoundTestimonial] = []
    if not terms(words):
        return SearchPage([], None)
    candidates = query.latest_candidates(session, words, PUBLIC)
    number: ColumnElement[int] = candidates.selected_columns[0]
    for turn in range(ROUNDS):
        if turn == ROUNDS_BY_WORDS and tally.found <= FEW:
            candidates, number = facet_members(shelf), ENTRY_ID
        further = candidates if last is None else candidates.where(number < last)
        numbers = session.scalars(further.order_by(number.desc()).limit(AT_A_TIME)).all()
        if numbers:
            found += matching_in_facet(session, words, shelf, numbers, most + 1 - len(found))
            last = numbers[-1]
        if len(found) > most:
            return SearchPage(found[:most], found[most - 1].public_id)
        if len(numbers) < AT_A_TIME:
            return SearchPage(found, None)
    return SearchPage(found, session.get_one(Testimonial, last).public_id)


def facet_members(shelf: int) -> Select[int]:
    return select(ENTRY_ID).where(facet_entry.c.facet_id == shelf)


def matching_in_facet(
    session: Session, words: str, shelf: int, numbers: Sequence[int], most: int
) -> Sequence[FoundTestimonial]:
    """Return the first of some numbers that are visible, stand on a shelf, and have every word."""
    rows = PUBLIC.rows
    stands_there = exists().where(facet_entry.c.testimonial_id == Testimonial.id, facet_entry.c.facet_id == shelf)
    held = (
        visible(Testimonial.id, Testimonial.public_id, Rendering.slug, Rendering.document)
        .join(Rendering, Rendering.testimonial_id == Testimonial.id)
        .join(rows, rows.c.rowid == Testimonial.id)
        .where(Testimonial.id.in_(numbers), stands_there, query.contains_terms(words, PUBLIC), HAS_JSON)
    )
    latest = session.execute(held.order_by(None).order_by(Testimonial.id.desc()).limit(most))
    return [FoundTestimonial(*row) for row in latest]


def search_hit(found: FoundTestimonial, words: str) -> SearchHit:
    """Return what is shown of a testimonial, with the words found in it."""
    told, sought = json.loads(found.document), significant_terms(words)
    excerpts = (excerpt(told[answer], sought) for answer in ANSWERS if told[answer])
    best = next((each for each in excerpts if any(piece.is_found for piece in each)), None)
    facts = " · ".join(told[fact]["label"] for fact in FACTS)
    return SearchHit(
        url=testimonial_path(found.public_id, found.slug),
        title=told["title"],
        heading=cut_at_words(told["title"], sought),
        excerpt=best or excerpt(told["account"], sought),
        byline=cut_at_words(told["signature"], sought),
        facts=cut_at_words(facts, sought),
    )
