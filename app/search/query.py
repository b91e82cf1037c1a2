"""Search queries: from the words typed to terms, then to a condition for each engine."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, column, func, select, table, text, true
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.expression import TableClause, literal_column
from sqlalchemy.types import NULLTYPE

from app.db import db
from app.search.words import COMMON_SHARE, MAX_INDEX_TERMS, PREFIX_LENGTHS, terms
from app.testimonials.testimonial import Testimonial


@dataclass(frozen=True, eq=False)
class Scope:
    """One of the three indexes: its table has one row a testimonial, with the testimonial's id as `rowid`.

    On SQLite it is an FTS5 table. The words are those of the version that the testimonial's column `number` names, if
    its condition `indexed` is met.
    """

    rows: TableClause
    number: InstrumentedAttribute[int] | InstrumentedAttribute[int | None]
    indexed: ColumnElement[bool] = field(default_factory=true)


# Editors search all of the latest version, and its author; readers the version shown, and its byline, unless it is
# hidden; open outlets the same, of those who agreed to reuse.
DESK = Scope(table("search_desk", column("rowid"), column("words")), Testimonial.current_number)
# Neither hidden nor an answer, which is read below its testimonial.
IS_LISTED = and_(Testimonial.hidden_until.is_(None), Testimonial.about_id.is_(None))
PUBLIC = Scope(table("search_public", column("rowid"), column("words")), Testimonial.shown_number, IS_LISTED)
OPEN = Scope(
    table("search_open", column("rowid"), column("words")),
    Testimonial.shown_number,
    and_(Testimonial.reuse_consent, IS_LISTED),
)
SCOPES = (DESK, PUBLIC, OPEN)


def matching_ids(words: str, scope: Scope) -> Select[int]:
    """Select the ids of the testimonials that have every word; of all, for a search without words."""
    selected, prefixes = select(scope.rows.c.rowid), terms(words)
    if not prefixes:
        return selected
    return selected.where(contains_terms(words, scope) if on_postgresql() else fts_match(scope, prefixes))


def candidate_ids(session: Session, words: str, scope: Scope) -> Select[int]:
    """Select ids among which are those of all that have every word; `contains_terms()` then checks each.

    This reads less of the index. For « retour 654321 », neither engine need gather all that have « retour »; nor need
    SQLite, whose index has no prefixes of one sign, gather all that begin with « l ».
    """
    prefixes = longest_terms(words)
    if not on_postgresql():
        selected = select(scope.rows.c.rowid)
        lengths = ((each, next((length for length in PREFIX_LENGTHS if length <= len(each)), 0)) for each in prefixes)
        indexed = [each[:length] for each, length in lengths if length]
        return selected.where(fts_match(scope, indexed)) if indexed else selected
    if len(prefixes) > 1:
        _, *expected = expected_rows(session, prefixes, scope)
        words = min(zip(expected, prefixes, strict=True))[1]
    return matching_ids(words, scope)


def longest_terms(words: str) -> list[str]:
    """Return the longest terms, which the fewest testimonials have."""
    return sorted(terms(words), key=len, reverse=True)[:MAX_INDEX_TERMS]


def expected_rows(session: Session, words: Sequence[str], scope: Scope) -> list[int]:
    """Return how many rows PostgreSQL expects: in all, then with each word."""
    names = [f"read_{number}" for number in range(len(words) + 1)]
    conditions = ["", *(f" WHERE words @@ CAST(:{name} AS tsquery)" for name in names[1:])]
    selects = (f"SELECT FROM {scope.rows.name} AS {name}{each}" for name, each in zip(names, conditions, strict=True))
    prefixes = {name: f"'{each}':*" for name, each in zip(names[1:], words, strict=True)}
    (plan,) = session.execute(text(f"EXPLAIN (FORMAT JSON) {' UNION ALL '.join(selects)}"), prefixes).scalar_one()
    expected = dict(rows_by_alias(plan["Plan"]))
    return [expected[name] for name in names]


def rows_by_alias(plan: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield the alias of each table that a plan reads, and how many rows it expects there."""
    if "Alias" in plan:
        yield plan["Alias"], int(plan["Plan Rows"])
    for each in plan.get("Plans", []):
        yield from rows_by_alias(each)


def latest_candidates(session: Session, words: str, scope: Scope) -> Select[int]:
    """Select candidates for a caller that reads the last ids first, some at a time."""
    selected = candidate_ids(session, words, scope)
    if not on_postgresql() or is_common(session, words, scope, COMMON_SHARE):
        return selected
    # Gathered before anything else is read: else PostgreSQL walks back from the last id until it has met enough.
    return select(selected.cte("gathered").prefix_with("MATERIALIZED").c.rowid)


def is_common(session: Session, words: str, scope: Scope, share: float, least: int = 0) -> bool:
    """Whether PostgreSQL expects more than a share of all rows, and than `least` rows, to have the words.

    Its index gathers every one. On SQLite it is never so: its index returns rows one by one, as many as are read.
    """
    if not on_postgresql():
        return False
    total, *expected = expected_rows(session, longest_terms(words), scope)
    return min(expected) > max(share * total, least)


def fts_match(scope: Scope, prefixes: Iterable[str]) -> ColumnElement[bool]:
    """State, to FTS5, that a row has words with these prefixes; quoted, since some are its syntax (AND, NEAR…)."""
    return literal_column(scope.rows.name).op("MATCH")(" AND ".join(f'"{each}"*' for each in prefixes))


def contains_terms(words: str, scope: Scope) -> ColumnElement[bool]:
    """State that a row of the scope has every word; no index is read."""
    rows, prefixes = scope.rows, terms(words)
    if on_postgresql():
        # Without a type: PostgreSQL then parses the query once; a text it would parse again at each row.
        query: Any = bindparam("query", " & ".join(f"'{each}':*" for each in prefixes), NULLTYPE, unique=True)
        return rows.c.words.op("@@", is_comparison=True)(text("CAST(:query AS tsquery)").bindparams(query))
    return and_(*(func.instr(rows.c.words, f" {each}") > 0 for each in prefixes))


def on_postgresql() -> bool:
    return db.engine.dialect.name == "postgresql"
