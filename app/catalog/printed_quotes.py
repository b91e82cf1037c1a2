"""Quotes of a printed page: whole sentences of those who agreed to reuse, with their signature.

What editors placed beside the article comes first. Paper cannot give way: a text whose author objects to something is
not quoted meanwhile.
"""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from app.catalog.collection import latest_entries
from app.catalog.placements import Placement
from app.catalog.quotations import sentences_of
from app.catalog.visibility import Outlet, visible
from app.spelling.words import MASK
from app.testimonials.questions import PROSE
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version

LATEST = 40  # texts that are looked at, beside those placed
SHORTEST, LONGEST = 25, 170  # signs of a quote
LONGEST_SIGNATURE = 200  # signs: four lines beside a quote


class Quote(NamedTuple):
    """Sentences of a text, who signs them, and what follows a signature: région and situation."""

    words: str
    signature: str
    facts: str


def choose_quotes(session: Session, article_id: int, facet_id: int, most: int) -> list[Quote]:
    """Return the quotes of an article, one a text; `facet_id` is that of its whole collection."""
    placed = select(Placement).where(Placement.article_id == article_id).order_by(Placement.position.desc())
    chosen = {each.testimonial_id: each.quote for each in session.scalars(placed)}
    latest = session.scalars(latest_entries(literal(facet_id), Outlet.OPEN).limit(LATEST))
    ids = list(dict.fromkeys([*reversed(chosen), *latest]))
    printable = visible(outlet=Outlet.OPEN).where(Testimonial.id.in_(ids), Testimonial.contested_at.is_(None))
    texts = sorted(session.scalars(printable), key=lambda each: ids.index(each.id))
    quotes = (quote_of(each.shown, chosen.get(each.id, "")) for each in texts if each.shown)
    return [each for each in quotes if each is not None][:most]


def quote_of(version: Version, chosen: str) -> Quote | None:
    """Return what editors quote of a version, else its first sentences that fit; None where none does."""
    words = next((each for each in (chosen, *openings(version)) if SHORTEST <= len(each) <= LONGEST), "")
    if not words or len(version.byline) > LONGEST_SIGNATURE:
        return None
    return Quote(words, version.byline, " · ".join(version.facts_in_margin))


def openings(version: Version) -> Iterator[str]:
    """Yield the first sentences of each answer, the advice first, as many as fit; none after one that hides words."""
    for name in sorted(PROSE, key=lambda each: each != "advice"):
        words = ""
        for sentence in sentences_of(getattr(version, name)):
            if MASK in sentence or len(words) + len(sentence) >= LONGEST:
                break
            words = f"{words} {sentence}".strip()
        yield words
