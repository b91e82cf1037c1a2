"""Pages of the queue: a page of a list, the previous and next of a testimonial.

A list is read along one index, from a cursor; all lists at once, along one index of each, merged. What a search finds
is read whole if it is a handful. For common words, the list is scanned: `FIRST_SCAN` rows, then up to `MAX_SCAN`. A
page whose scan stopped there is marked `is_partial`, and its cursor resumes the scan.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import Integer, Select, bindparam, literal, select, tuple_, union_all
from sqlalchemy.orm import Session

from app.accounts.models import Scope
from app.db import UTCDateTime
from app.moderation.queue.filters import QueueCursor, QueueFilters, QueueSort
from app.moderation.queue.found import Found, ListedRows, find, handful_rows
from app.moderation.queue.reader import QueueReader, filter_conditions, one_by_one, theme_id
from app.moderation.queue.rows import QueueRow, QueueThemeRow
from app.search import query
from app.testimonials.lifecycle import Party, Status
from app.testimonials.testimonial import Testimonial

PAGE_SIZE = 40
FIRST_SCAN, MAX_SCAN = 200, 600  # rows that a search for common words reads along the list: first, then at most


# The left rail: statuses grouped by the party they wait for.
RAIL = [
    (heading, [status for status in Status if status.waits_for is party])
    for party, heading in (
        (Party.EDITOR, "Attend l’équipe"),
        (Party.AUTHOR, "Attend l’auteur·e"),
        (Party.CLOCK, "Attend l’échéance"),
        (None, "N’attend plus rien"),
    )
]


@dataclass(frozen=True)
class QueuePage:
    """Testimonial ids, and the cursor of the next page; `is_partial` if the scan stopped before the page was full."""

    ids: list[int]
    next: QueueCursor | None = None
    is_partial: bool = False


def queue_page(
    session: Session,
    reader: QueueReader,
    start: QueueCursor | None = None,
    *,
    found: Found | None = None,
    most: int = PAGE_SIZE,
    backwards: bool = False,
) -> QueuePage:
    """Return the page after a cursor; backwards, the one before it, nearest first.

    `found` is what `find()` returned to a caller that needs it again.
    """
    handful = handful_rows(session, reader, found)
    if handful is not None:
        return page_from_handful(reader.filters, handful, start, most=most, backwards=backwards)
    if reader.filters.is_search:
        return scan_list(session, reader, start, most=most, backwards=backwards)
    listed = list_query(reader, after=start is not None, most=most + 1, backwards=backwards)
    return page_from_rows(session.execute(listed, place(start)).all(), most)


def scan_list(
    session: Session, reader: QueueReader, start: QueueCursor | None, *, most: int, backwards: bool
) -> QueuePage:
    """Return a page of a search for common words: those of the list that have them."""
    filters, here = reader.filters, place(start)
    listed = list_query(reader.without_words, after=start is not None, most=MAX_SCAN, backwards=backwards)
    first = rows_matching_words(filters, listed, FIRST_SCAN, backwards=backwards).limit(most + 1)
    matches = [*session.execute(first, here)]
    if len(matches) > most:
        return page_from_rows(matches, most)
    further = rows_matching_words(filters, listed.offset(FIRST_SCAN), MAX_SCAN - FIRST_SCAN, backwards=backwards)
    matches += session.execute(further.limit(most + 1), here)
    last = session.execute(listed.offset(MAX_SCAN - 1).limit(1), here).first()
    if len(matches) > most or last is None:
        return page_from_rows(matches, most)
    cursor = QueueCursor(last.moment, last.testimonial_id)
    return QueuePage([row.testimonial_id for row in matches], cursor, is_partial=True)


def page_from_rows(rows: ListedRows, most: int) -> QueuePage:
    shown = rows[:most]
    cursor = QueueCursor(shown[-1].moment, shown[-1].testimonial_id) if len(rows) > most else None
    return QueuePage([row.testimonial_id for row in shown], cursor)


def place(start: QueueCursor | None) -> dict[str, Any]:
    """Return what `list_query` asks for, after a cursor."""
    return {"moment": start.moment, "number": start.testimonial_id} if start else {}


# Made once for each reader: it costs more to make than to answer.
@lru_cache(maxsize=64)
def list_query(reader: QueueReader, *, after: bool, most: int, backwards: bool = False) -> Select[Any]:
    """Select the first `most` rows of a list; `after` the place at a `moment` and a `number`, if asked.

    Of all lists, or of several articles, the first `most` of each are read along an index, then merged.
    """
    filters, scope = reader.filters, reader.scope
    scopes = [scope] if filters.article or filters.articulation else one_by_one(scope)
    parts = [
        (replace(filters, etat=status), scope_of_one)
        for status in (Status if filters.etat is None else [filters.etat])
        for scope_of_one in scopes
    ]
    lists = []
    for part in parts:
        selected, moment, number = listed_rows(*part)
        lists.append(
            in_queue_order(selected, filters.tri, moment, number, after=after, backwards=backwards).limit(most)
        )
    if len(lists) == 1:
        return lists[0]
    rows = union_all(*(select(each.subquery()) for each in lists)).subquery()
    merged = in_queue_order(select(rows), filters.tri, rows.c.moment, rows.c.testimonial_id, backwards=backwards)
    return merged.limit(most)


def listed_rows(filters: QueueFilters, scope: Scope) -> tuple[Select[Any], Any, Any]:
    """Select the rows of a list, in no order; return the columns of their moment and id too."""
    by_theme = bool(filters.articulation)
    table: Any = QueueThemeRow if by_theme else QueueRow
    # A date promised stands in the row alone; « Signalés » is a condition on it, hence joined.
    moment = getattr(QueueRow if filters.tri is QueueSort.URGENCY else table, filters.tri.column)
    selected = select(table.testimonial_id.label("testimonial_id"), moment.label("moment")).where(
        table.listed_status == filters.etat
    )
    conditions = filter_conditions(filters, scope)
    if by_theme:
        selected = selected.where(QueueThemeRow.theme_id == theme_id(filters, scope))
        if conditions:
            selected = selected.join(QueueRow, QueueRow.testimonial_id == QueueThemeRow.testimonial_id)
    return selected.where(*conditions), moment, table.testimonial_id


def in_queue_order(
    selected: Select[Any], sort: QueueSort, moment: Any, number: Any, *, backwards: bool, after: bool = False
) -> Select[Any]:
    rising = (sort is not QueueSort.ACTIVITY) is not backwards
    if after:
        row = tuple_(moment, number)
        cursor = tuple_(bindparam("moment", type_=UTCDateTime()), bindparam("number", type_=Integer()))
        selected = selected.where(row > cursor if rising else row < cursor)
    return selected.order_by(*(each if rising else each.desc() for each in (moment, number)))


def rows_matching_words(filters: QueueFilters, listed: Select[Any], most: int, *, backwards: bool) -> Select[Any]:
    """Select the rows with the words of the search, among the first `most` of a list."""
    window = listed.limit(most).subquery()
    rows = query.DESK.rows
    selected = (
        select(window.c.testimonial_id, window.c.moment)
        .join(rows, rows.c.rowid == window.c.testimonial_id)
        .where(query.contains_terms(filters.mots, query.DESK))
    )
    return in_queue_order(selected, filters.tri, window.c.moment, window.c.testimonial_id, backwards=backwards)


def page_from_handful(
    filters: QueueFilters, rows: ListedRows, start: QueueCursor | None, *, most: int, backwards: bool
) -> QueuePage:
    rising = (filters.tri is not QueueSort.ACTIVITY) is not backwards
    places = (QueueCursor(getattr(row, filters.tri.column), row.testimonial_id) for row in rows)
    listed = sorted(places, reverse=not rising)
    if start is not None:
        listed = [each for each in listed if (each > start if rising else each < start)]
    shown = listed[:most]
    return QueuePage([each.testimonial_id for each in shown], shown[-1] if len(listed) > most else None)


@dataclass(frozen=True)
class Neighbours:
    """Public ids of the testimonials before and after one in a list."""

    previous: str | None = None
    next: str | None = None


def neighbours(session: Session, reader: QueueReader, testimonial: Testimonial) -> Neighbours:
    """Return the neighbours of a testimonial in the reader's list; none if the list does not have it."""
    filters, row = reader.filters, session.get(QueueRow, testimonial.id)
    moment = getattr(row, filters.tri.column, None)
    if row is None or moment is None:
        return Neighbours()
    if not (filters.special_list or filters.etat in {None, row.listed_status}):
        return Neighbours()
    here = QueueCursor(moment, row.testimonial_id)
    if filters.special_list or filters.is_search:
        found = find(session, reader)
        before, after = (
            queue_page(session, reader, here, found=found, most=1, backwards=each).ids for each in (True, False)
        )
        named = select(Testimonial.id, Testimonial.public_id).where(Testimonial.id.in_(before + after))
        names = dict(session.execute(named).all())
        return Neighbours(*(names[ids[0]] if ids else None for ids in (before, after)))
    return Neighbours(**dict(session.execute(neighbours_query(reader), place(here)).all()))


@lru_cache(maxsize=64)
def neighbours_query(reader: QueueReader) -> Any:
    """Select the public ids around a place, each with its side: « previous » or « next »."""
    sides = ("previous", "next")
    return union_all(
        *(nearest(each, list_query(reader, after=True, most=1, backwards=each == "previous")) for each in sides)
    )


def nearest(name: str, listed: Select[Any]) -> Any:
    """Select a name, and the public id of a list's only row."""
    row = listed.subquery()
    selected: Any = select(literal(name).label("side"), Testimonial.public_id)
    return selected.join_from(row, Testimonial, Testimonial.id == row.c.testimonial_id)
