"""What someone typed, as terms, then as a condition of each engine."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, column, func, select, table, text
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.expression import TableClause, literal_column
from sqlalchemy.types import NULLTYPE

from app.db import db
from app.db.planner import gathered_first
from app.search.words import COMMON_SHARE, MOST_ASKED, PREFIX_LENGTHS, terms
from app.testimonials.models import Testimonial


@dataclass(frozen=True, eq=False)
class Scope:
    """Whose eyes a search is for; its table holds one row a testimonial, under the testimonial's number.

    On SQLite it is one of FTS5, which numbers its rows by `rowid`; PostgreSQL's has a column so named. The words are
    those of the version that the testimonial's column `number` names.
    """

    rows: TableClause
    number: InstrumentedAttribute[int] | InstrumentedAttribute[int | None]


# Editors find all that the latest version says, and who wrote it; readers what they are shown, as it is signed.
DESK = Scope(table("search_desk", column("rowid"), column("words")), Testimonial.current_number)


PUBLIC = Scope(table("search_public", column("rowid"), column("words")), Testimonial.shown_number)


def matching_ids(words: str, scope: Scope) -> Select[int]:
    """Select the numbers of the testimonials that have every word; all of them where there is nothing to look for."""
    rows = scope.rows
    selected = select(rows.c.rowid)
    if not (sought := terms(words)):
        return selected
    if on_postgresql():
        return selected.where(contains_terms(words, scope))
    return selected.where(fts_match(scope, sought))


def candidate_ids(session: Session, words: str, scope: Scope) -> Select[int]:
    """Select testimonials among which are all that have every word: asked of the index for as little as will do.

    To look for « retour 654321 », neither engine need gather all that begins with « retour »; nor need SQLite, which
    keeps no beginnings of one sign, all that begins with « l ». Whoever asks for a few then checks that they are right,
    by `holds`.
    """
    rows, sought = scope.rows, longest_terms(words)
    if not on_postgresql():
        selected = select(rows.c.rowid)
        kept = ((each, next((length for length in PREFIX_LENGTHS if length <= len(each)), 0)) for each in sought)
        short = [each[:length] for each, length in kept if length]
        return selected.where(fts_match(scope, short)) if short else selected
    rarest = min(sought, key=lambda each: expected_rows(session, each, scope)) if len(sought) > 1 else words
    return matching_ids(rarest, scope)


def longest_terms(words: str) -> list[str]:
    """Return the longest of the beginnings looked for: those that the fewest have."""
    return sorted(terms(words), key=len, reverse=True)[:MOST_ASKED]


def expected_rows(session: Session, word: str, scope: Scope) -> int:
    statement = f"EXPLAIN (FORMAT JSON) SELECT FROM {scope.rows.name} WHERE words @@ CAST(:query AS tsquery)"
    (plan,) = session.execute(text(statement), {"query": f"'{word}':*"}).scalar_one()
    return int(plan["Plan"]["Plan Rows"])


def latest_candidates(session: Session, words: str, scope: Scope) -> Select[int]:
    """Select candidates for whoever reads the last of them first, some at a time.

    Left to itself, PostgreSQL may go back along the numbers, row by row, until it has met enough: soon done where many
    have the word, a million rows for nothing where none has. What few have is first gathered by the index of words.
    """
    selected = candidate_ids(session, words, scope)
    if not on_postgresql() or is_common(session, words, scope, COMMON_SHARE):
        return selected
    return gathered_first(selected)


def is_common(session: Session, words: str, scope: Scope, share: float) -> bool:
    """Say whether PostgreSQL expects more than a share of all rows to have the words: its index gathers every one.

    SQLite's gives them one by one, as many as are asked for.
    """
    if not on_postgresql():
        return False
    statement = text("SELECT reltuples FROM pg_class WHERE oid = CAST(:name AS regclass)")
    total = session.scalar(statement, {"name": scope.rows.name}) or 0
    return total > 0 and min(expected_rows(session, each, scope) for each in longest_terms(words)) > share * total


def fts_match(scope: Scope, beginnings: Iterable[str]) -> ColumnElement[bool]:
    """State, to FTS5, that a row has words of these beginnings; each quoted, whatever it spells (AND, NEAR…)."""
    return literal_column(scope.rows.name).op("MATCH")(" AND ".join(f'"{each}"*' for each in beginnings))


def contains_terms(words: str, scope: Scope) -> ColumnElement[bool]:
    """State of a row of the scope, at hand for another reason, that it has every word; no index is asked."""
    rows, sought = scope.rows, terms(words)
    if on_postgresql():
        # Of no type of ours: PostgreSQL then takes it for a query once, not for a text to be read anew at each row.
        query: Any = bindparam("query", " & ".join(f"'{each}':*" for each in sought), NULLTYPE, unique=True)
        return rows.c.words.op("@@", is_comparison=True)(text("CAST(:query AS tsquery)").bindparams(query))
    return and_(*(func.instr(rows.c.words, f" {each}") > 0 for each in sought))


def on_postgresql() -> bool:
    return db.engine.dialect.name == "postgresql"
