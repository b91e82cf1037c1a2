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

from app.catalog.collection import PAGE, SHELVED, Place
from app.catalog.facet_counts import Tally
from app.catalog.facets import shelved
from app.catalog.rendering import SAID, Facsimile, address
from app.catalog.visibility import visible
from app.search import query
from app.search.highlighter import Piece, excerpt, pieces
from app.search.query import PUBLIC
from app.search.words import telltale, terms
from app.testimonials.models import Testimonial

AT_A_TIME = 200
ROUNDS = 20
# After these, whoever looks for words in a choice of few goes through those few: a word that thousands have says little
# of which of them these are.
BY_WORDS, FEW = 2, 10_000


# Of what machines are told: where an excerpt is looked for, in this order; and what stands beneath it.
ANSWERS = ("account", "outcome", "obstacles", "advice", "partners", "years")
FACTS = ("situation", "region", "crpv")


class Found(NamedTuple):
    """A testimonial that has the words: `said` is what machines are told of it."""

    id: int
    public_id: str
    slug: str
    said: str


@dataclass(frozen=True)
class Hits:
    """A page of what was found, and after which testimonial the search goes on, if it does."""

    found: Sequence[Found]
    next: str | None


@dataclass(frozen=True)
class Hit:
    """What is shown of one: its page and title; the heading, an excerpt, who signs and the facts beneath, in pieces."""

    url: str
    title: str
    heading: Sequence[Piece]
    excerpt: Sequence[Piece]
    byline: Sequence[Piece]
    facts: Sequence[Piece]


def find(session: Session, tally: Tally, after: Place | None, most: int = PAGE) -> Hits:
    """Return those of the reader's choice that have every word, after a place; `most` at a time."""
    words, shelf = tally.filters.words, tally.shelf(tally.filters)
    last = after.testimonial_id if after is not None else None
    found: list[Found] = []
    if not terms(words):
        return Hits([], None)
    candidates = query.latest(session, words, PUBLIC)
    number: ColumnElement[int] = candidates.selected_columns[0]
    for turn in range(ROUNDS):
        if turn == BY_WORDS and tally.found <= FEW:
            candidates, number = on_the_shelf(shelf), SHELVED
        further = candidates if last is None else candidates.where(number < last)
        numbers = session.scalars(further.order_by(number.desc()).limit(AT_A_TIME)).all()
        if numbers:
            found += having(session, words, shelf, numbers, most + 1 - len(found))
            last = numbers[-1]
        if len(found) > most:
            return Hits(found[:most], found[most - 1].public_id)
        if len(numbers) < AT_A_TIME:
            return Hits(found, None)
    return Hits(found, session.get_one(Testimonial, last).public_id)


def on_the_shelf(shelf: int) -> Select[int]:
    """Select the numbers of those that stand on a shelf, whatever they say."""
    return select(SHELVED).where(shelved.c.shelf_id == shelf)


def having(session: Session, words: str, shelf: int, numbers: Sequence[int], most: int) -> Sequence[Found]:
    """Return the first of some numbers that are visible, stand on a shelf, and have every word."""
    rows = PUBLIC.rows
    stands_there = exists().where(shelved.c.testimonial_id == Testimonial.id, shelved.c.shelf_id == shelf)
    held = (
        visible(Testimonial.id, Testimonial.public_id, Facsimile.slug, Facsimile.said)
        .join(Facsimile, Facsimile.testimonial_id == Testimonial.id)
        .join(rows, rows.c.rowid == Testimonial.id)
        .where(Testimonial.id.in_(numbers), stands_there, query.holds(words, PUBLIC), SAID)
    )
    latest = session.execute(held.order_by(None).order_by(Testimonial.id.desc()).limit(most))
    return [Found(*row) for row in latest]


def hit(found: Found, words: str) -> Hit:
    """Return what is shown of a testimonial, with the words found in it."""
    told, sought = json.loads(found.said), telltale(words)
    excerpts = (excerpt(told[answer], sought) for answer in ANSWERS if told[answer])
    best = next((each for each in excerpts if any(piece.is_found for piece in each)), None)
    facts = " · ".join(told[fact]["label"] for fact in FACTS)
    return Hit(
        url=address(found.public_id, found.slug),
        title=told["title"],
        heading=pieces(told["title"], sought),
        excerpt=best or excerpt(told["account"], sought),
        byline=pieces(told["signature"], sought),
        facts=pieces(facts, sought),
    )
