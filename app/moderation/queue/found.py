"""Handfuls of queue rows, read whole (a search, the reader's holds, contested texts); a whole list, for exports."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, exists, literal, select, union_all
from sqlalchemy.orm import Session

from app.accounts.models import Scope
from app.accounts.queries import within
from app.moderation import holds
from app.moderation.queue.reader import QueueReader, filter_conditions, theme_id
from app.moderation.queue.rows import QueueRow, QueueThemeRow
from app.search import query, words
from app.testimonials.queries import is_contested
from app.testimonials.testimonial import Testimonial

MAX_CANDIDATES = 400  # rows that are read at once
COMMON_SHARE = 0.005  # of all testimonials: the text index is not read for a word more common than this

ListedRows = Sequence[Row[Any]]


@dataclass(frozen=True)
class Found:
    """The queue rows that a search finds, of all lists; None where they are too many, or nothing is searched."""

    rows: ListedRows | None = None


def find(session: Session, reader: QueueReader) -> Found:
    """Find what is searched, in every list: once for a page and the totals of all."""
    filters, sought = reader.filters, reader.filters.mots
    if filters.auteur:
        return Found(matching_rows(session, reader.everywhere, author_ids(session, reader)))
    if not filters.is_search or query.is_common(session, sought, query.DESK, COMMON_SHARE, MAX_CANDIDATES):
        return Found()
    candidates = query.candidate_ids(session, sought, query.DESK)
    if session.scalar(candidates.offset(MAX_CANDIDATES).limit(1)) is not None:
        return Found()
    return Found(matching_rows(session, reader.everywhere, session.scalars(candidates).all()))


def handful_rows(session: Session, reader: QueueReader, found: Found | None) -> ListedRows | None:
    """Return the rows of a list that is a handful of testimonials, or of what a search finds in it; else None."""
    filters = reader.filters
    if filters.special_list:
        return matching_rows(session, reader, few_ids(session, reader) or [])
    rows = (found or find(session, reader)).rows
    if rows is None:
        return None
    noticed = {"": (True, False), "oui": (True,), "non": (False,)}[filters.signale]
    return [row for row in rows if filters.etat in {None, row.listed_status} and row.noticed in noticed]


def matching_rows(session: Session, reader: QueueReader, ids: Sequence[int]) -> ListedRows:
    """Return the rows of these testimonials that meet every filter and have every word, in no order."""
    if not ids:
        return []
    moments = QueueRow.waiting_since, QueueRow.active_at, QueueRow.notice_due_at
    selected: Any = select(QueueRow.testimonial_id, QueueRow.listed_status, QueueRow.noticed, *moments)
    selected = selected.where(is_one_of(ids))
    return session.execute(matching(reader, selected)).all()


def is_one_of(ids: Sequence[int]) -> ColumnElement[bool]:
    # Written into the statement: as parameters, two hundred ids cost psycopg more than the search itself.
    return QueueRow.testimonial_id.in_(bindparam("ids", ids, expanding=True, literal_execute=True))


def matching(reader: QueueReader, selected: Select[Any]) -> Select[Any]:
    """Narrow a select of queue rows to those that meet every filter and have every word, in all lists."""
    filters = reader.filters
    selected = selected.where(*filter_conditions(filters, reader.scope))
    if words.terms(filters.mots):
        rows = query.DESK.rows
        selected = selected.join(rows, rows.c.rowid == QueueRow.testimonial_id)
        selected = selected.where(query.contains_terms(filters.mots, query.DESK))
    if filters.articulation:
        has_theme = exists().where(
            QueueThemeRow.testimonial_id == QueueRow.testimonial_id,
            QueueThemeRow.theme_id == theme_id(filters, reader.scope),
        )
        selected = selected.where(has_theme)
    return selected


def whole_list(session: Session, reader: QueueReader) -> Select[int]:
    """Select the ids of a whole list: those that its pages show, one page after another."""
    filters, selected = reader.filters, select(QueueRow.testimonial_id)
    few = few_ids(session, reader)
    if few is not None:
        selected = selected.where(is_one_of(few))
    elif filters.is_search:
        candidates = query.candidate_ids(session, filters.mots, query.DESK)
        selected = selected.where(QueueRow.testimonial_id.in_(candidates))
    if filters.etat is not None and not filters.special_list:
        selected = selected.where(QueueRow.listed_status == filters.etat)
    return matching(reader, selected)


def few_ids(session: Session, reader: QueueReader) -> list[int] | None:
    """Return the handful of testimonials that a list is of, or that came from an address; None for any other list."""
    filters = reader.filters
    few = [handfuls(session, reader)[filters.special_list]] if filters.special_list else []
    if filters.auteur:
        few.append(author_ids(session, reader))
    return [*set[int].intersection(*map(set, few))] if few else None


def handfuls(session: Session, reader: QueueReader) -> dict[str, list[int]]:
    """Return the testimonials that the reader holds, and those contested, by the name of their list."""
    selected = handfuls_query(reader.user_id, reader.scope, MAX_CANDIDATES)
    ids: dict[str, list[int]] = {"mien": [], "conteste": []}
    for name, number in session.execute(selected, holds.unlapsed()):
        ids[name].append(number)
    return ids


# Made once for each editor: it costs more to make than to answer.
@lru_cache(maxsize=64)
def handfuls_query(user_id: int, scope: Scope, most: int) -> Any:
    held = holds.held_by(user_id, scope).subquery()
    oldest_first = contested(scope).order_by(Testimonial.contested_at).limit(most).subquery()
    return union_all(select(literal("mien"), held), select(literal("conteste"), oldest_first))


def contested(scope: Scope = None) -> Select[int]:
    return select(Testimonial.id).where(is_contested(), *within(scope, Testimonial.article_id))


def author_ids(session: Session, reader: QueueReader) -> list[int]:
    """Return the testimonials sent from the address of one that the reader edits; an erased one has no address."""
    named = Testimonial.public_id == reader.filters.auteur, *within(reader.scope, Testimonial.article_id)
    address = select(Testimonial.email).where(*named).scalar_subquery()
    selected = select(Testimonial.id).where(Testimonial.email == address).order_by(Testimonial.id.desc())
    return list(session.scalars(selected.limit(MAX_CANDIDATES)))
