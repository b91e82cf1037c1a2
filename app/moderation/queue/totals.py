"""Totals of the lists: how many testimonials each has, or how many in each answer a search."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, product
from typing import Any

from sqlalchemy import String, cast, func, literal, select, union_all
from sqlalchemy.orm import Session

from app.accounts.models import Scope
from app.accounts.queries import within
from app.moderation.queue.filters import EVERY_LIST
from app.moderation.queue.found import Found, find, handfuls, is_one_of, matching
from app.moderation.queue.reader import QueueReader, one_by_one
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
    few = handfuls(session, reader)
    if reader.filters.is_search:
        totals = searched_totals(session, reader, found or find(session, reader), few)
    else:
        totals = {**stored_totals(session, reader.scope), **{name: Total(len(ids)) for name, ids in few.items()}}
    every = [totals[status.value] for status in Status]
    return totals | {EVERY_LIST: Total(sum(each.number for each in every), any(each.is_least for each in every))}


def stored_totals(session: Session, scope: Scope) -> dict[str, Total]:
    """Count each list along its index, up to `COUNT_LIMIT` + 1."""
    totals = Counter[str]()
    for name, number in session.execute(counts_query(scope)):
        totals[name] += number
    return {name: Total(min(each, COUNT_LIMIT), is_least=each > COUNT_LIMIT) for name, each in totals.items()}


# Made once for all: it costs more to make than to answer.
@lru_cache(maxsize=64)
def counts_query(scope: Scope) -> Any:
    return lists_query(scope, func.count, COUNT_LIMIT + 1)


@lru_cache(maxsize=64)
def first_ids_query(scope: Scope, most: int) -> Any:
    return lists_query(scope, lambda each: func.aggregate_strings(cast(each, String), ","), most)


def lists_query(scope: Scope, aggregate: Callable[[Any], Any], most: int) -> Any:
    """Select the name of each list, and an aggregate of the ids of its first rows; article by article, for a scope.

    The rows of a list are in the order of an index. Those of a status are correlated to its name: PostgreSQL plans them
    once, not ten times.
    """
    names = union_all(*(select(literal(status.value).label("name")) for status in Status)).subquery()
    every_status = names.c.name, [QueueRow.listed_status == names.c.name]
    noticed = literal(NOTICED).label("name"), [QueueRow.listed_status == Status.PENDING, QueueRow.noticed]
    parts = []
    for (name, its_rows), each in product((every_status, noticed), one_by_one(scope)):
        rows = select(QueueRow.testimonial_id).where(*its_rows, *within(each, QueueRow.article_id)).correlate(names)
        first = rows.order_by(QueueRow.waiting_since, QueueRow.testimonial_id).limit(most).subquery()
        value = select(aggregate(first.c.testimonial_id)).scalar_subquery()
        parts.append(select(name, value.label("value")))
    return union_all(*parts)


def searched_totals(
    session: Session, reader: QueueReader, found: Found, few: Mapping[str, Sequence[int]]
) -> dict[str, Total]:
    """Count, in each list, what a search finds; `few` are the lists that are handfuls of ids."""
    if found.rows is None:
        return totals_of_first(session, reader, few)
    totals = Counter(row.listed_status.value for row in found.rows)
    totals[NOTICED] = sum(row.noticed and row.listed_status is Status.PENDING for row in found.rows)
    ids = {row.testimonial_id for row in found.rows}
    totals.update({name: len(ids.intersection(handful)) for name, handful in few.items()})
    return {name: Total(totals[name]) for name in (*(status.value for status in Status), NOTICED, *few)}


def totals_of_first(session: Session, reader: QueueReader, few: Mapping[str, Sequence[int]]) -> dict[str, Total]:
    """Count words that too many texts have, among the first of each list: a longer one has as many at least."""
    parts = session.execute(first_ids_query(reader.scope, COUNTED_FIRST))
    read = [(name, [int(each) for each in ids.split(",")]) for name, ids in parts if ids] + [*few.items()]
    selected = select(QueueRow.testimonial_id).where(is_one_of([*chain(*(ids for _, ids in read))]))
    found = set(session.scalars(matching(reader.everywhere, selected)))
    totals, cut = Counter[str](), set()
    for name, ids in read:
        totals[name] += len(found.intersection(ids))
        if len(ids) >= COUNTED_FIRST and name not in few:
            cut.add(name)
    names = *(status.value for status in Status), NOTICED, *few
    return {name: Total(totals[name], is_least=name in cut) for name in names}
