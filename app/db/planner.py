"""Tricks for the SQL planners, each with its engine, the symptom without it, and a measure.

The measures are of 60,000 testimonials, 50,000 of them published. tests/catalog/test_plans.py holds the plans.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Select, bindparam, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from app.db import UTCDateTime, now

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# PostgreSQL, for prepared queries: one generic plan along indexes serves twenty rows as well as a million. Where its
# statistics lag behind the rows, the default settings scan and sort (a page of the article: 1.9 ms instead of 0.3).
INDEX_ONLY_SETTINGS = (
    "plan_cache_mode = force_generic_plan",
    "enable_seqscan = off",
    "enable_bitmapscan = off",
    "enable_hashjoin = off",
    "enable_mergejoin = off",
    "enable_material = off",
    "enable_memoize = off",
    "jit = off",
)


class likely_true(FunctionElement[bool]):  # noqa: N801  # used as a function
    """A condition that most rows meet.

    SQLite has no statistics here, and takes any equality for selective: to load twenty testimonials by id it walks all
    that are published (4.1 ms instead of 0.4). PostgreSQL has statistics, and needs no hint.
    """

    type = Boolean()
    inherit_cache = True


@compiles(likely_true)
def compile_plain(condition: likely_true, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(condition.clauses, **options)


@compiles(likely_true, "sqlite")
def compile_sqlite(condition: likely_true, compiler: SQLCompiler, **options: Any) -> str:
    return f"likelihood({compiler.process(condition.clauses, **options)}, 0.9)"


def without_index(column: ColumnElement[int]) -> ColumnElement[int]:
    """The column, with its own index hidden.

    A page of a facet is read along the facet, newest first. With the index of the ids in sight, PostgreSQL joins all
    testimonials first (226 ms instead of 5).
    """
    return column + 0


def has_passed(column: Any) -> ColumnElement[bool]:
    """State that a moment has passed, as a range with two ends.

    Publications past their end are few. Both engines read a range along its index, where `<` alone makes them
    read every row of the facets (SQLite: 130 ms instead of 0.01; PostgreSQL: 14 ms instead of 0.1).
    """
    ended: ColumnElement[bool] = column.between(EPOCH, bindparam("now", callable_=now, type_=UTCDateTime()))
    return ended


def gathered_first(ids: Select[int]) -> Select[int]:
    """The same ids, gathered before anything else is read, for PostgreSQL.

    For the latest of these, it would walk testimonials from the last one and test each: a word that few or none have
    is met at the end (7.4 ms instead of 0.4).
    """
    return select(ids.cte("gathered").prefix_with("MATERIALIZED").c.rowid)
