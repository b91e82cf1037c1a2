"""Pages of the queue: a page of a list, the previous and next of a testimonial, the total of each status.

A list is read along one index, from a cursor. A search scans the first `FIRST_SCAN` rows in order; then, for a rare
word, the testimonials that the text index finds; for a common one, the list up to `MAX_SCAN` rows. A page whose scan
stopped there is marked `is_partial`, and its cursor resumes the scan.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import ColumnElement, Row, Select, exists, func, literal, select, tuple_, union_all
from sqlalchemy.orm import Session, aliased, joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from app.accounts.models import Scope, User
from app.accounts.queries import within
from app.articles.models import Article, Theme
from app.db import UTCDateTime, enum_by_value
from app.moderation import claims
from app.moderation.queue.filters import QueueCursor, QueueFilters, QueueSort
from app.moderation.queue.rows import QueueRow, QueueThemeRow
from app.search import query, words
from app.territories.models import Partner
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from app.testimonials.queries import is_contested
from app.testimonials.situation import Situation
from app.testimonials.versions import Version

PAGE_SIZE = 40
# Rows that a search reads: first along the list, then from the text index, then further along the list.
FIRST_SCAN, MAX_CANDIDATES, MAX_SCAN = 200, 400, 600
COMMON_SHARE = 0.005  # of all testimonials: the text index is not read for a word more common than this
COUNT_LIMIT = 1_000  # a longer list is shown as « 1 000+ »

# The left rail: statuses grouped by the party they wait for.
RAIL: tuple[tuple[str, tuple[Status, ...]], ...] = (
    ("Attend l’équipe", (Status.PENDING,)),
    ("Attend l’auteur·e", (Status.UNCONFIRMED, Status.CHANGES_REQUESTED, Status.PROOF_SENT)),
    ("Attend l’échéance", (Status.PUBLISHED, Status.INTERNAL, Status.DECLINED, Status.UNPUBLISHED, Status.WITHDRAWN)),
    ("N’attend plus rien", (Status.ERASED,)),
)

ListedRows = Sequence[Row[Any]]


@dataclass(frozen=True)
class QueuePage:
    """Testimonial ids, and the cursor of the next page; `is_partial` if the scan stopped before the page was full."""

    ids: list[int]
    next: QueueCursor | None = None
    is_partial: bool = False


@dataclass(frozen=True)
class QueueReader:
    """An editor reading the queue, their filters, and the articles they edit."""

    user_id: int
    filters: QueueFilters
    scope: Scope = None

    @classmethod
    def of(cls, user: User, filters: QueueFilters) -> Self:
        return cls(user.id, filters, user.scope)


def queue_page(
    session: Session,
    reader: QueueReader,
    start: QueueCursor | None = None,
    *,
    most: int = PAGE_SIZE,
    backwards: bool = False,
) -> QueuePage:
    """Return the page after a cursor; backwards, the one before it, nearest first."""
    filters = reader.filters
    if filters.special_list or words.terms(filters.mots):
        return search_page(session, reader, start, most=most, backwards=backwards)
    listed = list_query(reader, start, most=most + 1, backwards=backwards)
    return page_from_rows(session.execute(listed.limit(most + 1)).all(), most)


def search_page(
    session: Session, reader: QueueReader, start: QueueCursor | None, *, most: int, backwards: bool
) -> QueuePage:
    """Return a page of a search, of the reader's claims, or of the contested testimonials."""
    filters = reader.filters
    if filters.special_list:
        claimed = filters.mien
        candidates = claims.claimed_by(session, reader.user_id) if claimed else contested_ids(session, reader.scope)
        return page_of_candidates(session, reader, candidates[:MAX_CANDIDATES], start, most=most, backwards=backwards)
    listed = list_query(reader, start, most=MAX_SCAN, backwards=backwards)
    first = rows_matching_words(filters, listed, FIRST_SCAN, backwards=backwards).limit(most + 1)
    matches = [*session.execute(first)]
    if len(matches) > most:
        return page_from_rows(matches, most)
    if not query.is_common(session, filters.mots, query.DESK, COMMON_SHARE):
        found = query.candidate_ids(session, filters.mots, query.DESK).limit(MAX_CANDIDATES + 1)
        candidates = [*session.scalars(found)]
        if len(candidates) <= MAX_CANDIDATES:
            return page_of_candidates(session, reader, candidates, start, most=most, backwards=backwards)
    further = rows_matching_words(filters, listed.offset(FIRST_SCAN), MAX_SCAN - FIRST_SCAN, backwards=backwards)
    matches += session.execute(further.limit(most + 1))
    last = session.execute(listed.offset(MAX_SCAN - 1).limit(1)).first()
    if len(matches) > most or last is None:
        return page_from_rows(matches, most)
    cursor = QueueCursor(last.moment, last.testimonial_id)
    return QueuePage([row.testimonial_id for row in matches], cursor, is_partial=True)


def page_from_rows(rows: ListedRows, most: int) -> QueuePage:
    shown = rows[:most]
    cursor = QueueCursor(shown[-1].moment, shown[-1].testimonial_id) if len(rows) > most else None
    return QueuePage([row.testimonial_id for row in shown], cursor)


def list_query(reader: QueueReader, start: QueueCursor | None, *, most: int, backwards: bool = False) -> Select[Any]:
    """Select a list in its order. An editor of several articles reads the first `most` of each, merged.

    Each is then a range of one index, as for an editor of all articles.
    """
    filters = reader.filters
    if reader.scope is None or len(reader.scope) <= 1 or filters.article or filters.articulation:
        return one_list(filters, reader.scope, start, backwards=backwards)
    lists = (one_list(filters, frozenset({each}), start, backwards=backwards) for each in sorted(reader.scope))
    merged = union_all(*(select(each.limit(most).subquery()) for each in lists)).subquery()
    return in_queue_order(
        select(merged), filters.tri, merged.c.moment, merged.c.testimonial_id, None, backwards=backwards
    )


def one_list(filters: QueueFilters, scope: Scope, start: QueueCursor | None, *, backwards: bool = False) -> Select[Any]:
    by_theme = bool(filters.articulation)
    table: Any = QueueThemeRow if by_theme else QueueRow
    moment = table.waiting_since if filters.tri is QueueSort.AGE else table.active_at
    selected = select(table.testimonial_id.label("testimonial_id"), moment.label("moment")).where(
        table.listed_status == filters.etat
    )
    conditions = filter_conditions(filters, scope, QueueRow)
    if by_theme:
        selected = selected.where(QueueThemeRow.theme_id == theme_id(filters, scope))
        if conditions:
            selected = selected.join(QueueRow, QueueRow.testimonial_id == QueueThemeRow.testimonial_id)
    selected = selected.where(*conditions)
    return in_queue_order(selected, filters.tri, moment, table.testimonial_id, start, backwards=backwards)


def in_queue_order(
    selected: Select[Any], sort: QueueSort, moment: Any, number: Any, start: QueueCursor | None, *, backwards: bool
) -> Select[Any]:
    rising = (sort is QueueSort.AGE) is not backwards
    if start is not None:
        row = tuple_(moment, number)
        cursor = tuple_(literal(start.moment, UTCDateTime()), literal(start.testimonial_id))
        selected = selected.where(row > cursor if rising else row < cursor)
    return selected.order_by(*(each if rising else each.desc() for each in (moment, number)))


def filter_conditions(filters: QueueFilters, scope: Scope, table: Any) -> list[ColumnElement[bool]]:
    """Return the conditions of the reader's articles and filters on a queue row, except its status and its theme."""
    conditions: list[ColumnElement[bool]] = []
    if filters.article:
        chosen = select(Article.id).where(Article.slug == filters.article, *within(scope, Article.id))
        conditions.append(table.article_id == chosen.scalar_subquery())
    elif not filters.articulation:
        conditions += within(scope, table.article_id)
    if filters.situation:
        conditions.append(table.situation == Situation(filters.situation))
    if filters.region:
        conditions.append(table.region_code == filters.region)
    if filters.partner:
        conditions.append(
            table.partner_id == select(Partner.id).where(Partner.slug == filters.partner).scalar_subquery()
        )
    if filters.accord:
        conditions.append(table.publication_consent == (filters.accord == "oui"))
    if filters.reperes:
        conditions.append(table.flagged == (filters.reperes == "oui"))
    if filters.signale:
        conditions.append(table.noticed == (filters.signale == "oui"))
    return conditions


def theme_id(filters: QueueFilters, scope: Scope) -> Any:
    """Select the id of the theme in the query string: « article.theme »."""
    article, _, theme = filters.articulation.partition(".")
    chosen = select(Theme.id).join(Article).where(Article.slug == article, Theme.slug == theme)
    return chosen.where(*within(scope, Article.id)).scalar_subquery()


def rows_matching_words(filters: QueueFilters, listed: Select[Any], most: int, *, backwards: bool) -> Select[Any]:
    """Select the rows with the words of the search, among the first `most` of a list."""
    window = listed.limit(most).subquery()
    rows = query.DESK.rows
    selected = (
        select(window.c.testimonial_id, window.c.moment)
        .join(rows, rows.c.rowid == window.c.testimonial_id)
        .where(query.contains_terms(filters.mots, query.DESK))
    )
    return in_queue_order(selected, filters.tri, window.c.moment, window.c.testimonial_id, None, backwards=backwards)


def page_of_candidates(
    session: Session, reader: QueueReader, ids: list[int], start: QueueCursor | None, *, most: int, backwards: bool
) -> QueuePage:
    filters = reader.filters
    # The limit keeps both planners from scanning the whole list in order: they read the few rows, then sort.
    candidates = select(QueueRow).where(QueueRow.testimonial_id.in_(ids)).limit(MAX_CANDIDATES)
    table: Any = aliased(QueueRow, candidates.subquery())
    moment = table.waiting_since if filters.tri is QueueSort.AGE else table.active_at
    selected = select(table.testimonial_id.label("testimonial_id"), moment.label("moment"))
    selected = selected.where(*filter_conditions(filters, reader.scope, table))
    if not filters.special_list:
        selected = selected.where(table.listed_status == filters.etat)
    if words.terms(filters.mots):
        rows = query.DESK.rows
        selected = selected.join(rows, rows.c.rowid == table.testimonial_id)
        selected = selected.where(query.contains_terms(filters.mots, query.DESK))
    if filters.articulation:
        has_theme = exists().where(
            QueueThemeRow.testimonial_id == table.testimonial_id,
            QueueThemeRow.theme_id == theme_id(filters, reader.scope),
        )
        selected = selected.where(has_theme)
    selected = in_queue_order(selected, filters.tri, moment, table.testimonial_id, start, backwards=backwards)
    return page_from_rows(session.execute(selected.limit(most + 1)).all(), most)


def loader_options() -> Sequence[ExecutableOption]:
    # Department and partner by their own SELECT: joined here, SQLite reads every version before it finds forty.
    return tuple(
        joinedload(numbered).options(selectinload(Version.department), selectinload(Version.partner))
        for numbered in (Testimonial.current, Testimonial.shown)
    )


def load_testimonials(session: Session, ids: Sequence[int]) -> list[Testimonial]:
    """Return testimonials in the order of `ids`, with everything a queue row shows."""
    selected = select(Testimonial).where(Testimonial.id.in_(ids)).options(*loader_options())
    by_id = {each.id: each for each in session.scalars(selected)}
    return [by_id[each] for each in ids if each in by_id]


@dataclass(frozen=True)
class Neighbours:
    """Public ids of the testimonials before and after one in a list."""

    previous: str | None = None
    next: str | None = None


def neighbours(session: Session, reader: QueueReader, testimonial: Testimonial) -> Neighbours:
    """Return the neighbours of a testimonial in the reader's list; none if the list does not have it."""
    selected = select(QueueRow.listed_status, QueueRow.waiting_since, QueueRow.active_at)
    row = session.execute(selected.where(QueueRow.testimonial_id == testimonial.id)).one_or_none()
    if row is None or (row.listed_status is not reader.filters.etat and not reader.filters.special_list):
        return Neighbours()
    moment = row.waiting_since if reader.filters.tri is QueueSort.AGE else row.active_at
    here = QueueCursor(moment, testimonial.id)
    before, after = (queue_page(session, reader, here, most=1, backwards=each).ids for each in (True, False))
    named = select(Testimonial.id, Testimonial.public_id).where(Testimonial.id.in_(before + after))
    names = dict(session.execute(named).all())
    return Neighbours(*(names[ids[0]] if ids else None for ids in (before, after)))


def contested_ids(session: Session, scope: Scope = None) -> list[int]:
    """Return the testimonials with a contested decision, oldest objection first: a handful."""
    contested = select(Testimonial.id).where(is_contested(), *within(scope, Testimonial.article_id))
    return list(session.scalars(contested.order_by(Testimonial.contested_at).limit(MAX_CANDIDATES)))


def status_totals(session: Session, scope: Scope = None) -> dict[Status, int]:
    """Return the number of testimonials listed under each status, counted up to `COUNT_LIMIT` + 1."""
    totals = []
    for status in Status:
        listed = select(QueueRow.testimonial_id).where(QueueRow.listed_status == status)
        listed = listed.where(*within(scope, QueueRow.article_id)).limit(COUNT_LIMIT + 1)
        total = select(func.count()).select_from(listed.subquery()).scalar_subquery()
        totals.append(select(literal(status, enum_by_value(Status)).label("listed_status"), total.label("total")))
    return dict(session.execute(union_all(*totals)).all())
