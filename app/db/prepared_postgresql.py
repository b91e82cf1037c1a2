"""A line to PostgreSQL; a module of its own so that SQLite loads no driver but its own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import psycopg
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus

from app.db import Rows

# What is asked on a line is read along indexes, a stretch of each, whatever it is asked for. One plan is enough then,
# the same for twenty testimonials and for a million; and no figure of PostgreSQL's may lead it to read all of them.
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


class PostgresReader:
    """A connection to PostgreSQL, asked as libpq does: for a third of the processor time of psycopg's cursors."""

    error = psycopg.Error

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self.connection = connection
        connection.autocommit = True
        connection.execute("; ".join(f"SET {setting}" for setting in INDEX_ONLY_SETTINGS))
        self.transformer = Transformer(connection)
        self.prepared: dict[str, bytes] = {}

    def rows(self, words: str, values: Sequence[Any]) -> Rows:
        """Return the rows; raise psycopg's `OperationalError` where the database does not answer."""
        driver = self.connection.pgconn
        name = self.prepared.get(words) or self.prepare(words)
        found = driver.exec_prepared(name, list(map(text_parameter, values)))
        if found.status != ExecStatus.TUPLES_OK:
            raise psycopg.OperationalError(found.error_message.decode("utf-8", "replace"))
        self.transformer.set_pgresult(found)
        rows: Rows = self.transformer.load_rows(0, found.ntuples, tuple)
        return rows

    def prepare(self, words: str) -> bytes:
        """Have a statement prepared, and return its name."""
        name = b"hot%d" % len(self.prepared)
        found = self.connection.pgconn.prepare(name, words.encode())
        if found.status != ExecStatus.COMMAND_OK:
            raise psycopg.OperationalError(found.error_message.decode("utf-8", "replace"))
        self.prepared[words] = name
        return name


def text_parameter(value: object) -> bytes:
    """Return a parameter as PostgreSQL reads it."""
    return (value.isoformat() if isinstance(value, datetime) else str(value)).encode()
