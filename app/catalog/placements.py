"""Placements: the testimonials that editors set beside a passage, their order, and the words quoted of each.

The quote is whole sentences of the version shown (`catalog.quotations`); a version without them clears it. A placement
follows its passage when the article changes, and goes with it.
"""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ForeignKey, Text, UniqueConstraint, bindparam, exists, inspect, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.articles.models import Article
from app.articles.passages import OPENING, Passage, cut_passages, moved_anchors, passages
from app.audit import Actor, ActorKind, AuditEvent, Kind
from app.catalog import facets
from app.catalog.quotations import find_quotation, require_quotation
from app.db import Base, Numbered, now
from app.testimonials.decision import Withdrawal
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from app.testimonials.undo import call_back_until
from app.testimonials.versions import Version

MOST_PLACED = 4  # beside one passage: a margin is no column of its own


class PlacementRefused(Exception):
    """The testimonial cannot be placed: it is not published, not of this article, or the passage is full or gone."""


class Place(NamedTuple):
    """Where an article carries words in its margin: the anchor of a passage, or `OPENING`."""

    article: Article
    passage: str

    @property
    def exists(self) -> bool:
        return self.passage in {OPENING, *(each.anchor for each in passages(self.article))}


class Placement(Numbered, Base, kw_only=True):
    """A testimonial in a place, from the top; an empty `quote` is the version's own."""

    __tablename__ = "placement"
    __table_args__ = (UniqueConstraint("article_id", "passage", "testimonial_id"),)

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"))
    passage: Mapped[str]
    testimonial_id: Mapped[int] = mapped_column(ForeignKey("testimonial.id"), index=True)
    position: Mapped[int]
    quote: Mapped[str] = mapped_column(Text, default="")
    quoted_at: Mapped[datetime] = mapped_column(init=False, default_factory=now)  # since when it is quoted so
    gave_way_at: Mapped[datetime | None] = mapped_column(init=False, default=None)  # since when what was chosen is not


placement: Any = Placement.__table__
audit_event: Any = AuditEvent.__table__

OF_TESTIMONIAL = placement.c.testimonial_id == bindparam("number")
DELETE_PLACEMENTS = placement.delete().where(OF_TESTIMONIAL)
QUOTES = select(placement.c.quote).where(OF_TESTIMONIAL, placement.c.quote != "")
AT = bindparam("at", type_=placement.c.quoted_at.type)
CLEAR_QUOTES = (
    placement.update()
    .where(OF_TESTIMONIAL, placement.c.quote.in_(bindparam("lost", expanding=True)))
    .values(quote="", quoted_at=AT, gave_way_at=AT)
)


def placements_by_passage(session: Session, article: Article) -> dict[str, list[Placement]]:
    """Return the placements of an article by the anchor of their passage, from the top."""
    selected = select(Placement).where(Placement.article_id == article.id)
    by_passage: dict[str, list[Placement]] = {}
    for each in session.scalars(selected.order_by(Placement.position, Placement.id)):
        by_passage.setdefault(each.passage, []).append(each)
    return by_passage


def locked_placements(session: Session, place: Place) -> list[Placement]:
    """Return the placements of a place; until the end of the transaction, no other changes the article's."""
    facets.lock_article(session, place.article.id)
    return placements_by_passage(session, place.article).get(place.passage, [])


def place_testimonial(session: Session, place: Place, testimonial: Testimonial, *, by: Actor) -> None:
    """Place a testimonial last beside a passage, or as the only opening; raise `PlacementRefused` if it cannot be.

    An opening whose author can still call it back keeps its place: called back, it stands exactly as it did.
    """
    placements = locked_placements(session, place)
    if find_placement(placements, testimonial) is not None:
        return
    is_shown_here = testimonial.status is Status.PUBLISHED and testimonial.article_id == place.article.id
    is_shown_here = is_shown_here and testimonial.about_id is None  # an answer stands below a testimonial alone
    session.refresh(place.article, ["body", "themes"])  # a passage may be gone since the page was shown
    is_full = place.passage != OPENING and len(placements) >= MOST_PLACED
    if is_full or not is_shown_here or not place.exists:
        raise PlacementRefused
    if place.passage == OPENING:
        for each in placements:
            if call_back_until(session.get(Withdrawal, each.testimonial_id)) is None:
                session.delete(each)
    position = placements[-1].position + 1 if placements else 1
    session.add(
        Placement(article_id=place.article.id, passage=place.passage, testimonial_id=testimonial.id, position=position)
    )
    record_placement(testimonial, by)


def delete_replaced_openings(session: Session) -> int:
    """Delete the openings chosen before another that can no longer be called back; return how many."""
    later = placement.alias()
    is_replaced = exists().where(
        later.c.article_id == placement.c.article_id,
        later.c.passage == OPENING,
        later.c.position > placement.c.position,
    )
    replaced = (
        select(placement.c.id)
        .join(Testimonial, Testimonial.id == placement.c.testimonial_id)
        .where(placement.c.passage == OPENING, is_replaced, Testimonial.status != Status.PUBLISHED)
        .where(~exists().where(Withdrawal.testimonial_id == Testimonial.id))
    )
    ids = session.scalars(replaced).all()
    session.execute(placement.delete().where(placement.c.id.in_(ids)))
    return len(ids)


def remove_placement(session: Session, place: Place, testimonial: Testimonial, *, by: Actor) -> None:
    if (placement := find_placement(locked_placements(session, place), testimonial)) is not None:
        session.delete(placement)
        record_placement(testimonial, by)


def raise_placement(session: Session, place: Place, testimonial: Testimonial, *, by: Actor) -> None:
    """Exchange a placement with the one above it; raise `PlacementRefused` where there is none."""
    placements = locked_placements(session, place)
    placement = find_placement(placements, testimonial)
    if placement is None:
        raise PlacementRefused
    index = placements.index(placement)
    if index > 0:
        placements.insert(index - 1, placements.pop(index))
        for position, each in enumerate(placements, 1):
            each.position = position
        record_placement(testimonial, by)


def choose_quote(session: Session, place: Place, testimonial: Testimonial, words: str, *, by: Actor) -> None:
    """Quote these sentences of the version shown, or its own quote where empty; raises as `require_quotation` does."""
    placement = find_placement(locked_placements(session, place), testimonial)
    if placement is None:
        raise PlacementRefused
    if words:
        require_quotation(testimonial, words)
    placement.gave_way_at = None
    if placement.quote != words:
        placement.quote, placement.quoted_at = words, now()
        record_placement(testimonial, by)


def quotes_of(session: Session, version: Version) -> list[str]:
    """Return the quotes that margins have of a version, or would have once it is shown; "" is its own."""
    quotes = select(Placement.quote).where(Placement.testimonial_id == version.testimonial_id).order_by(Placement.id)
    there = (words for words in session.scalars(quotes) if not words or find_quotation(version, words))
    return list(dict.fromkeys(there)) or [""]


def find_placement(placements: list[Placement], testimonial: Testimonial) -> Placement | None:
    return next((each for each in placements if each.testimonial_id == testimonial.id), None)


def record_placement(testimonial: Testimonial, by: Actor) -> None:
    testimonial.events.append(AuditEvent.of(Kind.PLACED, by, version_number=testimonial.shown_number))


def update_placements(session: Session, testimonial: Testimonial, version: Version | None) -> None:
    """Clear the quotes that are not in the version shown; delete the placements of an erased testimonial."""
    if testimonial.status is Status.ERASED:
        session.execute(DELETE_PLACEMENTS, {"number": testimonial.id})
    elif version is not None:
        quotes = session.scalars(QUOTES, {"number": testimonial.id})
        if lost := [words for words in quotes if find_quotation(version, words) is None]:
            session.execute(CLEAR_QUOTES, {"number": testimonial.id, "lost": lost, "at": now()})
            record_gave_way(session, testimonial)


def record_gave_way(session: Session, testimonial: Testimonial) -> None:
    """Record that words chosen gave way, by a statement: a flush may be under way."""
    event = {"at": now(), "kind": Kind.QUOTE_GAVE_WAY, "actor": ActorKind.SYSTEM, "testimonial_id": testimonial.id}
    session.execute(audit_event.insert(), event | {"version_number": testimonial.shown_number})


def follow_passages(session: Session, article: Article) -> None:
    """Move an article's placements with its passages, in the flush that changes it; delete those of passages gone."""
    before, after = passages_before(article), passages(article)
    if before == after:
        return
    of_article = placement.c.article_id == article.id
    placed = set(session.scalars(select(placement.c.passage).where(of_article).distinct()))
    moved = moved_anchors(before, after, placed)
    session.execute(placement.delete().where(of_article, placement.c.passage.not_in([OPENING, *moved])))
    changed = {old: new for old, new in moved.items() if old in placed and old != new}
    # Two passages may exchange their anchors: all of them leave theirs first, for one that no passage has.
    steps = [(old, f"{old} ") for old in changed] + [(f"{old} ", new) for old, new in changed.items()]
    for old, new in steps:
        session.execute(placement.update().where(of_article, placement.c.passage == old).values(passage=new))


def passages_before(article: Article) -> tuple[Passage, ...]:
    """Return the passages that an article had before the flush that is ending."""
    body, themes = inspect(article).attrs.body.history, inspect(article).attrs.themes.load_history()
    labels = [
        ((inspect(theme).attrs.label.history.deleted or [theme.label])[0], theme.slug)
        for theme in (*(themes.unchanged or ()), *(themes.deleted or ()))
    ]
    return cut_passages((body.deleted or [article.body])[0], tuple(labels))
