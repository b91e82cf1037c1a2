"""The lists of the board: a stretch of one, what comes before and after a testimonial, how much each pile holds.

Whatever its length, a list is read along an index from where one stands. Looking for words does not change that: the
first testimonials in order are looked at, then the few that have the words, and where there are many, on along the
list, but never more than `FAR` at once: then the page says how far it has looked, and goes on from there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, func, literal, select, tuple_, union_all
from sqlalchemy.orm import Session, aliased, joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from app.articles.models import Article, Theme
from app.db import UTCDateTime, enum_by_value
from app.moderation import claims
from app.moderation.queue.filters import QueueCursor, QueueFilters, QueueSort
from app.moderation.queue.rows import QueueRow, QueueThemeRow
from app.search import query, words
from app.territories.models import Crpv
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from app.testimonials.queries import is_contested
from app.testimonials.situation import Situation
from app.testimonials.versions import Version

PAGE_SIZE = 40
# How many are looked at for words: at first, by their index, and then along the list.
NEAR, FEW, FAR = 200, 400, 600
SEVERAL = 0.005  # of all: of a word that more have, the index is not asked for a few
COUNTED = 1_000  # a pile that holds more is said to

# The left rail: who or what the texts wait for, in the order of the day.
RAIL: tuple[tuple[str, tuple[Status, ...]], ...] = (
    ("Attend l’équipe", (Status.PENDING,)),
    ("Attend l’auteur·e", (Status.UNCONFIRMED, Status.CHANGES_REQUESTED, Status.PROOF_SENT)),
    ("Attend l’échéance", (Status.PUBLISHED, Status.INTERNAL, Status.DECLINED, Status.UNPUBLISHED, Status.WITHDRAWN)),
    ("N’attend plus rien", (Status.ERASED,)),
)

FoundRows = Sequence[Row[Any]]


@dataclass(frozen=True)
class QueuePage:
    """A stretch of a list, and where the next one starts; `far` where looking stopped before the page was full."""

    ids: list[int]
    next: QueueCursor | None = None
    far: bool = False


@dataclass(frozen=True)
class QueueReader:
    """Who reads the board, and what they ask of it."""

    user_id: int
    filters: QueueFilters


def queue_page(
    session: Session,
    reader: QueueReader,
    start: QueueCursor | None = None,
    *,
    most: int = PAGE_SIZE,
    backwards: bool = False,
) -> QueuePage:
    """Return what follows a place in the list (or, backwards, precedes it, the nearest first)."""
    filters = reader.filters
    if filters.apart or words.terms(filters.mots):
        return search_page(session, reader, start, most=most, backwards=backwards)
    return page_of(session.execute(walk_status(filters, start, backwards=backwards).limit(most + 1)).all(), most)


def search_page(
    session: Session, reader: QueueReader, start: QueueCursor | None, *, most: int, backwards: bool
) -> QueuePage:
    """Return a stretch of what has the words looked for, is held by the reader, or is contested."""
    filters = reader.filters
    if filters.apart:
        few = claims.claimed_by(session, reader.user_id)[:FEW] if filters.mien else contested_ids(session)
        return page_among(session, filters, few, start, most=most, backwards=backwards)
    listed = walk_status(filters, start, backwards=backwards)
    near = session.execute(rows_with_words(filters, listed, NEAR, backwards=backwards).limit(most + 1)).all()
    if len(near) > most:
        return page_of(near, most)
    if not query.is_common(session, filters.mots, query.DESK, SEVERAL):
        few = list(session.scalars(query.candidate_ids(session, filters.mots, query.DESK).limit(FEW + 1)))
        if len(few) <= FEW:
            return page_among(session, filters, few, start, most=most, backwards=backwards)
    further = rows_with_words(filters, listed.offset(NEAR), FAR - NEAR, backwards=backwards).limit(most + 1)
    hits = [*near, *session.execute(further)]
    last = session.execute(listed.offset(FAR - 1).limit(1)).first()
    if len(hits) > most or last is None:
        return page_of(hits, most)
    return QueuePage([hit.testimonial_id for hit in hits], QueueCursor(last.moment, last.testimonial_id), far=True)


def page_of(found: FoundRows, most: int) -> QueuePage:
    """Return the first testimonials found, and the place of the last of them if there are more."""
    kept = found[:most]
    more = QueueCursor(kept[-1].moment, kept[-1].testimonial_id) if len(found) > most else None
    return QueuePage([each.testimonial_id for each in kept], more)


def walk_status(filters: QueueFilters, start: QueueCursor | None, *, backwards: bool = False) -> Select[Any]:
    """Select a list from a place in it, along one index."""
    by_theme = bool(filters.articulation)
    axis: Any = QueueThemeRow if by_theme else QueueRow
    moment = axis.waiting_since if filters.tri is QueueSort.AGE else axis.active_at
    selected = select(axis.testimonial_id.label("testimonial_id"), moment.label("moment")).where(
        axis.listed_status == filters.etat
    )
    if by_theme:
        selected = selected.where(QueueThemeRow.theme_id == theme_id(filters))
        if filters.query.keys() & {"article", "situation", "region", "crpv", "accord", "reperes", "signale"}:
            selected = selected.join(QueueRow, QueueRow.testimonial_id == QueueThemeRow.testimonial_id)
    selected = selected.where(*narrowed_rows(filters, QueueRow))
    return in_queue_order(selected, filters, moment, axis.testimonial_id, start, backwards=backwards)


def in_queue_order(
    selected: Select[Any],
    filters: QueueFilters,
    moment: Any,
    number: Any,
    start: QueueCursor | None,
    *,
    backwards: bool,
) -> Select[Any]:
    """Put a select in the order asked for, from a place on."""
    rising = (filters.tri is QueueSort.AGE) is not backwards
    if start is not None:
        here, there = (
            tuple_(moment, number),
            tuple_(literal(start.moment, UTCDateTime()), literal(start.testimonial_id)),
        )
        selected = selected.where(here > there if rising else here < there)
    return selected.order_by(*(each if rising else each.desc() for each in (moment, number)))


def narrowed_rows(filters: QueueFilters, line: Any) -> list[ColumnElement[bool]]:
    """State the filters of a line, its pile and its articulation apart."""
    conditions: list[ColumnElement[bool]] = []
    if filters.article:
        conditions.append(
            line.article_id == select(Article.id).where(Article.slug == filters.article).scalar_subquery()
        )
    if filters.situation:
        conditions.append(line.situation == Situation(filters.situation))
    if filters.region:
        conditions.append(line.region_code == filters.region)
    if filters.crpv:
        conditions.append(line.crpv_id == select(Crpv.id).where(Crpv.slug == filters.crpv).scalar_subquery())
    if filters.accord:
        conditions.append(line.publication_consent == (filters.accord == "oui"))
    if filters.reperes:
        conditions.append(line.flagged == (filters.reperes == "oui"))
    if filters.signale:
        conditions.append(line.noticed == (filters.signale == "oui"))
    return conditions


def theme_id(filters: QueueFilters) -> Any:
    """Select the articulation that an address names: « article.articulation »."""
    article, _, slug = filters.articulation.partition(".")
    return select(Theme.id).join(Article).where(Article.slug == article, Theme.slug == slug).scalar_subquery()


def rows_with_words(filters: QueueFilters, listed: Select[Any], most: int, *, backwards: bool) -> Select[Any]:
    """Select, among the first testimonials of a list, those that have the words looked for."""
    window = listed.limit(most).subquery()
    rows = query.DESK.rows
    selected = (
        select(window.c.testimonial_id, window.c.moment)
        .join(rows, rows.c.rowid == window.c.testimonial_id)
        .where(query.contains_terms(filters.mots, query.DESK))
    )
    return in_queue_order(selected, filters, window.c.moment, window.c.testimonial_id, None, backwards=backwards)


def page_among(
    session: Session, filters: QueueFilters, few: list[int], start: QueueCursor | None, *, most: int, backwards: bool
) -> QueuePage:
    """Return a stretch of a few testimonials known by number."""
    # The bound keeps the engines from walking the whole list to find the few.
    line: Any = aliased(QueueRow, select(QueueRow).where(QueueRow.testimonial_id.in_(few)).limit(FEW).subquery())
    moment = line.waiting_since if filters.tri is QueueSort.AGE else line.active_at
    selected = select(line.testimonial_id.label("testimonial_id"), moment.label("moment"))
    selected = selected.where(*narrowed_rows(filters, line))
    if not filters.apart:
        selected = selected.where(line.listed_status == filters.etat)
    if words.terms(filters.mots):
        rows = query.DESK.rows
        selected = selected.join(rows, rows.c.rowid == line.testimonial_id)
        selected = selected.where(query.contains_terms(filters.mots, query.DESK))
    if filters.articulation:
        themed = exists().where(
            QueueThemeRow.testimonial_id == line.testimonial_id, QueueThemeRow.theme_id == theme_id(filters)
        )
        selected = selected.where(themed)
    selected = in_queue_order(selected, filters, moment, line.testimonial_id, start, backwards=backwards)
    return page_of(session.execute(selected.limit(most + 1)).all(), most)


def in_list_order() -> Sequence[ExecutableOption]:
    """Return what to load with testimonials of a list."""
    # Places come apart: joined within, they have SQLite gather every version before it looks for forty.
    return tuple(
        joinedload(numbered).options(selectinload(Version.department), selectinload(Version.crpv))
        for numbered in (Testimonial.current, Testimonial.shown)
    )


def load_testimonials(session: Session, ids: Sequence[int]) -> list[Testimonial]:
    """Return testimonials in the order of their numbers given, with what a list shows of them."""
    selected = select(Testimonial).where(Testimonial.id.in_(ids)).options(*in_list_order())
    found = {each.id: each for each in session.scalars(selected)}
    return [found[each] for each in ids if each in found]


@dataclass(frozen=True)
class Neighbours:
    """The testimonials before and after one, in a list that it is part of."""

    previous: str | None = None
    next: str | None = None


def neighbours(session: Session, reader: QueueReader, testimonial: Testimonial) -> Neighbours:
    """Return what stands before and after a testimonial in a list; nothing where it is not listed there."""
    own = select(QueueRow.listed_status, QueueRow.waiting_since, QueueRow.active_at).where(
        QueueRow.testimonial_id == testimonial.id
    )
    line = session.execute(own).one_or_none()
    if line is None or (line.listed_status is not reader.filters.etat and not reader.filters.apart):
        return Neighbours()
    moment = line.waiting_since if reader.filters.tri is QueueSort.AGE else line.active_at
    here = QueueCursor(moment, testimonial.id)
    before, after = (queue_page(session, reader, here, most=1, backwards=each).ids for each in (True, False))
    names = dict(
        session.execute(select(Testimonial.id, Testimonial.public_id).where(Testimonial.id.in_(before + after))).all()
    )
    return Neighbours(*(names[ids[0]] if ids else None for ids in (before, after)))


def contested_ids(session: Session) -> list[int]:
    """Return the testimonials whose author contests what was decided, the longest ago first: a handful."""
    selected = select(Testimonial.id).where(is_contested()).order_by(Testimonial.contested_at).limit(FEW)
    return list(session.scalars(selected))


def status_totals(session: Session) -> dict[Status, int]:
    """Return how many testimonials each pile holds, up to one more than `COUNTED`: nobody counts a million."""
    piles = [
        select(
            literal(status, enum_by_value(Status)).label("listed_status"),
            select(func.count())
            .select_from(
                select(QueueRow.testimonial_id).where(QueueRow.listed_status == status).limit(COUNTED + 1).subquery()
            )
            .scalar_subquery()
            .label("total"),
        )
        for status in Status
    ]
    return dict(session.execute(union_all(*piles)).all())
