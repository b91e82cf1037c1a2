"""PostgresReader: prepared statements over libpq; a module of its own so that SQLite loads no psycopg."""

import select
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import psycopg
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

from app.db import Rows
from app.db.planner import INDEX_ONLY_SETTINGS
from app.db.postgresql_connections import LONGEST_SILENCE, WatchedConnection


class PostgresReader:
    """A connection to PostgreSQL, used through libpq: a third of the processor time of psycopg's cursors."""

    error = psycopg.Error

    def __init__(self, connection: WatchedConnection) -> None:
        self.connection = connection
        connection.autocommit = True
        connection.execute("; ".join(f"SET {setting}" for setting in INDEX_ONLY_SETTINGS))
        self.transformer = Transformer(connection)
        self.prepared: dict[str, bytes] = {}
        self.poll = select.poll()
        self.poll.register(connection.fileno(), select.POLLIN)

    def rows(self, sql: str, values: Sequence[Any]) -> Rows:
        """Return the rows; raise psycopg's `OperationalError` where the database does not answer."""
        driver = self.connection.pgconn
        name = self.prepared.get(sql) or self.prepare(sql)
        driver.send_query_prepared(name, list(map(text_parameter, values)))
        result = self.result_of(ExecStatus.TUPLES_OK)
        self.transformer.set_pgresult(result)
        rows: Rows = self.transformer.load_rows(0, result.ntuples, tuple)
        return rows

    def prepare(self, sql: str) -> bytes:
        name = b"query%d" % len(self.prepared)
        self.connection.pgconn.send_prepare(name, sql.encode())
        self.result_of(ExecStatus.COMMAND_OK)
        self.prepared[sql] = name
        return name

    def result_of(self, expected: ExecStatus) -> PGresult:
        """Return the result of what was sent; raise `OperationalError` for another status, or a silent server."""
        result, _ = self.next_result(), self.next_result()  # the second is none: it ends the exchange
        if result is None or result.status != expected:
            raise psycopg.OperationalError(result.error_message.decode("utf-8", "replace") if result else "no answer")
        return result

    def next_result(self) -> PGresult | None:
        driver = self.connection.pgconn
        while driver.is_busy():
            if not self.poll.poll(LONGEST_SILENCE * 1000):
                self.connection.give_up_if_silent()
            driver.consume_input()
        return driver.get_result()


def text_parameter(value: object) -> bytes:
    return (value.isoformat() if isinstance(value, datetime) else str(value)).encode()
