"""What an editor chose to set beside a passage: which testimonials, in what order, and the words quoted of each.

The words are the author's own: an excerpt of what is shown, to the letter. Once it no longer says them, they go.
"""

from typing import Any

from sqlalchemy import ForeignKey, Text, UniqueConstraint, bindparam, select
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column

from app.articles.models import Theme
from app.audit import Actor, AuditEvent, Kind
from app.catalog import facets
from app.db import Base
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from app.testimonials.versions import Version

# A margin is no column of its own: so many beside one passage, and so many signs of each.
MOST_PLACED = 4
LONGEST_QUOTE = 280
SHORTEST_QUOTE = 10


class PlacementRefused(Exception):
    """The testimonial cannot stand there: it is not shown, not of this article, or the passage is full."""


class QuoteMissing(Exception):
    """The words to be quoted are not those of the text shown."""


class Placement(MappedAsDataclass, Base, kw_only=True):
    """A testimonial beside the passage of a theme, from the top; `quote` is an excerpt, or nothing for its own."""

    __tablename__ = "placement"
    __table_args__ = (UniqueConstraint("article_id", "theme", "testimonial_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"))
    theme: Mapped[str]
    testimonial_id: Mapped[int] = mapped_column(ForeignKey("testimonial.id"), index=True)
    position: Mapped[int]
    quote: Mapped[str] = mapped_column(Text, default="")


placement: Any = Placement.__table__

# What was chosen of one testimonial; `lost` are words that it does not say any more.
OF_TESTIMONIAL = placement.c.testimonial_id == bindparam("number")
DELETE_PLACEMENTS = placement.delete().where(OF_TESTIMONIAL)
QUOTES = select(placement.c.quote).where(OF_TESTIMONIAL, placement.c.quote != "")
CLEAR_QUOTES = (
    placement.update().where(OF_TESTIMONIAL, placement.c.quote.in_(bindparam("lost", expanding=True))).values(quote="")
)


def placements_of(session: Session, theme: Theme) -> list[Placement]:
    chosen = select(Placement).where(Placement.article_id == theme.article_id, Placement.theme == theme.slug)
    return list(session.scalars(chosen.order_by(Placement.position, Placement.id)))


def locked_placements(session: Session, theme: Theme) -> list[Placement]:
    """Return the same to who changes it: until the end of their transaction, nobody else changes the article's."""
    facets.lock_article(session, theme.article_id)
    return placements_of(session, theme)


def place_testimonial(session: Session, theme: Theme, testimonial: Testimonial, *, by: Actor) -> None:
    """Set a testimonial beneath those already chosen for a passage; raise `PlacementRefused` where it cannot stand."""
    chosen = locked_placements(session, theme)
    if find_placement(chosen, testimonial) is not None:
        return
    if (
        testimonial.status is not Status.PUBLISHED
        or testimonial.article_id != theme.article_id
        or len(chosen) >= MOST_PLACED
    ):
        raise PlacementRefused
    last = chosen[-1].position if chosen else 0
    session.add(
        Placement(article_id=theme.article_id, theme=theme.slug, testimonial_id=testimonial.id, position=last + 1)
    )
    record_placement(testimonial, by)


def remove_placement(session: Session, theme: Theme, testimonial: Testimonial, *, by: Actor) -> None:
    """Leave a testimonial to the usual order again."""
    found = find_placement(locked_placements(session, theme), testimonial)
    if found is not None:
        session.delete(found)
        record_placement(testimonial, by)


def raise_placement(session: Session, theme: Theme, testimonial: Testimonial, *, by: Actor) -> None:
    """Let a testimonial change places with the one above it."""
    chosen = locked_placements(session, theme)
    found = find_placement(chosen, testimonial)
    if found is None:
        raise PlacementRefused
    place = chosen.index(found)
    if place > 0:
        chosen.insert(place - 1, chosen.pop(place))
        for position, each in enumerate(chosen, 1):
            each.position = position
        record_placement(testimonial, by)


def choose_quote(session: Session, theme: Theme, testimonial: Testimonial, words: str, *, by: Actor) -> None:
    """Quote these words of the text shown, or its usual ones where there are none; raise `QuoteMissing`."""
    found = find_placement(locked_placements(session, theme), testimonial)
    if found is None:
        raise PlacementRefused
    words = single_spaced(words)
    if words and (testimonial.shown is None or not contains_words(testimonial.shown, words)):
        raise QuoteMissing
    if found.quote != words:
        found.quote = words
        record_placement(testimonial, by)


def quotes_of(session: Session, version: Version) -> list[str]:
    """Return what margins quote of a version, or would: words chosen that it says, or nothing for its own."""
    own = select(Placement.quote).where(Placement.testimonial_id == version.testimonial_id).order_by(Placement.id)
    return list(dict.fromkeys(words for words in session.scalars(own) if contains_words(version, words))) or [""]


def find_placement(chosen: list[Placement], testimonial: Testimonial) -> Placement | None:
    return next((each for each in chosen if each.testimonial_id == testimonial.id), None)


def record_placement(testimonial: Testimonial, by: Actor) -> None:
    """Write down that someone changed where a testimonial stands, or what is quoted of it."""
    testimonial.events.append(AuditEvent.of(Kind.PLACED, by, version_number=testimonial.shown_number))


def contains_words(version: Version, words: str) -> bool:
    """Say whether one answer of a version has these words, to the letter; how lines and spaces fall does not count."""
    answers = (version.account, version.outcome, version.obstacles, version.advice)
    return any(single_spaced(words) in single_spaced(answer) for answer in answers)


def single_spaced(text: str) -> str:
    """Return a text with single ordinary spaces: a page that words are copied from has hard ones."""
    return " ".join(text.split())


def update_placements(session: Session, testimonial: Testimonial, version: Version | None) -> None:
    """Keep to what is shown: no words that it does not say, and nothing of what was erased."""
    if testimonial.status is Status.ERASED:
        session.execute(DELETE_PLACEMENTS, {"number": testimonial.id})
    elif version is not None:
        quotes = session.scalars(QUOTES, {"number": testimonial.id})
        if lost := [words for words in quotes if not contains_words(version, words)]:
            session.execute(CLEAR_QUOTES, {"number": testimonial.id, "lost": lost})
