"""Pages of the queue: a page of a list, the previous and next of a testimonial.

A list is read along one index, from a cursor; all lists at once, along one index of each, merged. A search scans the
first `FIRST_SCAN` rows in order; then, for a rare word, the testimonials that the text index finds; for a common one,
the list up to `MAX_SCAN` rows. A page whose scan stopped there is marked `is_partial`, and its cursor resumes the scan.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from sqlalchemy import ColumnElement, Row, Select, exists, literal, select, tuple_, union_all
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Scope, User
from app.accounts.queries import within
from app.articles.models import Article, Theme
from app.db import UTCDateTime
from app.moderation import claims
from app.moderation.queue.filters import QueueCursor, QueueFilters, QueueSort
from app.moderation.queue.rows import QueueRow, QueueThemeRow
from app.search import query, words
from app.territories.models import Partner
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from app.testimonials.queries import is_contested
from app.testimonials.situation import Situation

PAGE_SIZE = 40
# Rows that a search reads: first along the list, then from the text index, then further along the list.
FIRST_SCAN, MAX_CANDIDATES, MAX_SCAN = 200, 400, 600
COMMON_SHARE = 0.005  # of all testimonials: the text index is not read for a word more common than this

# The column of each filter whose values are yes and no.
YES_OR_NO: Mapping[str, str] = {
    "accord": "publication_consent",
    "reutilisation": "reuse_consent",
    "recontact": "contact_consent",
    "reperes": "flagged",
    "signale": "noticed",
}

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
    if filters.special_list or filters.is_search:
        return search_page(session, reader, start, most=most, backwards=backwards)
    listed = list_query(reader, start, most=most + 1, backwards=backwards)
    return page_from_rows(session.execute(listed).all(), most)


def search_page(
    session: Session, reader: QueueReader, start: QueueCursor | None, *, most: int, backwards: bool
) -> QueuePage:
    """Return a page of a search, of the reader's claims, of the contested testimonials, or of an author's."""
    filters = reader.filters
    candidates = few_ids(session, reader)
    if candidates is not None:
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


def few_ids(session: Session, reader: QueueReader) -> list[int] | None:
    """Return the testimonials that a list or a search is limited to, where they are a handful; else None."""
    if reader.filters.mien:
        return claims.claimed_by(session, reader.user_id, reader.scope)
    if reader.filters.conteste:
        return contested_ids(session, reader.scope)
    return author_ids(session, reader) if reader.filters.auteur else None


def list_query(reader: QueueReader, start: QueueCursor | None, *, most: int, backwards: bool = False) -> Select[Any]:
    """Select the first `most` rows of a list, after a cursor.

    Of all lists, or of several articles, the first `most` of each are read along an index, then merged.
    """
    filters, scope = reader.filters, reader.scope
    one_by_one = scope and not (filters.article or filters.articulation)
    parts = [
        (replace(filters, etat=status), scope_of_one)
        for status in (Status if filters.etat is None else [filters.etat])
        for scope_of_one in ([frozenset({each}) for each in sorted(scope or ())] if one_by_one else [scope])
    ]
    lists = []
    for part in parts:
        selected, moment, number = listed_rows(*part)
        lists.append(in_queue_order(selected, filters.tri, moment, number, start, backwards=backwards).limit(most))
    if len(lists) == 1:
        return lists[0]
    rows = union_all(*(select(each.subquery()) for each in lists)).subquery()
    merged = in_queue_order(select(rows), filters.tri, rows.c.moment, rows.c.testimonial_id, None, backwards=backwards)
    return merged.limit(most)


def listed_rows(filters: QueueFilters, scope: Scope) -> tuple[Select[Any], Any, Any]:
    """Select the rows of a list, in no order; return the columns of their moment and id too."""
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
    return selected.where(*conditions), moment, table.testimonial_id


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
    """Return the conditions of the reader's articles and filters on a queue row; not those of list and theme."""
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
    for name, column in YES_OR_NO.items():
        if value := getattr(filters, name):
            conditions.append(getattr(table, column) == (value == "oui"))
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
    if not filters.special_list and filters.etat is not None:
        selected = selected.where(table.listed_status == filters.etat)
    selected = matching(reader, selected, table)
    selected = in_queue_order(selected, filters.tri, moment, table.testimonial_id, start, backwards=backwards)
    return page_from_rows(session.execute(selected.limit(most + 1)).all(), most)


def matching(reader: QueueReader, selected: Select[Any], table: Any) -> Select[Any]:
    """Narrow a select of queue rows to those that meet every filter and have every word, whatever their list."""
    filters = reader.filters
    selected = selected.where(*filter_conditions(filters, reader.scope, table))
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
    return selected


@dataclass(frozen=True)
class Neighbours:
    """Public ids of the testimonials before and after one in a list."""

    previous: str | None = None
    next: str | None = None


def neighbours(session: Session, reader: QueueReader, testimonial: Testimonial) -> Neighbours:
    """Return the neighbours of a testimonial in the reader's list; none if the list does not have it."""
    selected = select(QueueRow.listed_status, QueueRow.waiting_since, QueueRow.active_at)
    row = session.execute(selected.where(QueueRow.testimonial_id == testimonial.id)).one_or_none()
    if row is None or not (reader.filters.special_list or reader.filters.etat in {None, row.listed_status}):
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


def author_ids(session: Session, reader: QueueReader) -> list[int]:
    """Return the testimonials sent from the address of one that the reader edits; an erased one has no address."""
    named = Testimonial.public_id == reader.filters.auteur, *within(reader.scope, Testimonial.article_id)
    address = select(Testimonial.email).where(*named).scalar_subquery()
    selected = select(Testimonial.id).where(Testimonial.email == address).order_by(Testimonial.id.desc())
    return list(session.scalars(selected.limit(MAX_CANDIDATES)))
