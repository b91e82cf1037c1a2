"""Totals of the lists: how many testimonials each has, or how many in each answer a search."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import Session

from app.accounts.models import Scope
from app.accounts.queries import within
from app.db import enum_by_value
from app.moderation import claims
from app.moderation.queue.filters import EVERY_LIST
from app.moderation.queue.found import Found, contested_ids, find, matching_rows
from app.moderation.queue.reader import QueueReader
from app.moderation.queue.rows import QueueRow
from app.testimonials.lifecycle import Status

COUNT_LIMIT = 1_000  # a longer list is shown as « 1 000+ »
COUNTED_FIRST = 20  # rows of each list, among which common words are counted
NOTICED = "signale"


@dataclass(frozen=True)
class Total:
    """How many testimonials a list has; `is_least` where the count stopped before its end."""

    number: int = 0
    is_least: bool = False


Totals = Mapping[str, Total]


def list_totals(session: Session, reader: QueueReader, found: Found | None = None) -> Totals:
    """Return the total of each list, by its name: of all that it has, or of those that a search finds in it."""
    claimed = claims.claimed_by(session, reader.user_id, reader.scope)
    few = {"mien": claimed, "conteste": contested_ids(session, reader.scope)}
    if reader.filters.is_search:
        totals = searched_totals(session, reader, found or find(session, reader), few)
    else:
        totals = {**stored_totals(session, reader.scope), **{name: Total(len(ids)) for name, ids in few.items()}}
    every = [totals[status.value] for status in Status]
    return totals | {EVERY_LIST: Total(sum(each.number for each in every), any(each.is_least for each in every))}


def stored_totals(session: Session, scope: Scope) -> dict[str, Total]:
    """Count each list along its index, up to `COUNT_LIMIT` + 1."""
    rows = session.execute(counts_query(scope))
    return {row.name: Total(min(row.total, COUNT_LIMIT), is_least=row.total > COUNT_LIMIT) for row in rows}


# Made once for all: a union of eleven costs more to make than to answer.
@lru_cache(maxsize=64)
def counts_query(scope: Scope) -> Any:
    rows = select(QueueRow.testimonial_id).where(*within(scope, QueueRow.article_id))
    lists = {status.value: rows.where(QueueRow.listed_status == status) for status in Status}
    lists[NOTICED] = rows.where(QueueRow.listed_status == Status.PENDING, QueueRow.noticed)
    totals = {
        name: select(func.count()).select_from(each.limit(COUNT_LIMIT + 1).subquery()).scalar_subquery()
        for name, each in lists.items()
    }
    return union_all(*(select(literal(name).label("name"), each.label("total")) for name, each in totals.items()))


def searched_totals(
    session: Session, reader: QueueReader, found: Found, few: Mapping[str, Sequence[int]]
) -> dict[str, Total]:
    """Count, in each list, what a search finds.

    Words that too many texts have are counted among the first of each list: it has as many at least. `few` are the
    lists that are handfuls of ids.
    """
    rows, cut = found.rows, frozenset[Status]()
    if rows is None:
        first = session.execute(first_rows(reader.scope)).all()
        statuses = [row.listed_status for row in first]
        cut = frozenset(status for status in Status if statuses.count(status) == COUNTED_FIRST)
        # Those of the handfuls that are not among the first are of a list that has as many at least.
        ids = [*{row.testimonial_id for row in first}.union(*few.values())]
        rows = matching_rows(session, reader.everywhere, ids)
    totals = Counter[str]()
    for row in rows:
        totals[row.listed_status.value] += 1
        totals[NOTICED] += row.noticed and row.listed_status is Status.PENDING
        totals.update(name for name, ids in few.items() if row.testimonial_id in ids)
    least = {status.value for status in cut} | ({NOTICED} if Status.PENDING in cut else set())
    names = *(status.value for status in Status), NOTICED, *few
    return {name: Total(totals[name], is_least=name in least) for name in names}


@lru_cache(maxsize=64)
def first_rows(scope: Scope) -> Any:
    """Select the first rows of each list, along its index."""
    lists = []
    for status in Status:
        rows = select(QueueRow.testimonial_id).where(QueueRow.listed_status == status)
        rows = rows.where(*within(scope, QueueRow.article_id))
        first = rows.order_by(QueueRow.waiting_since, QueueRow.testimonial_id).limit(COUNTED_FIRST).subquery()
        name = literal(status, enum_by_value(Status)).label("listed_status")
        lists.append(select(name, first.c.testimonial_id))
    return union_all(*lists)
