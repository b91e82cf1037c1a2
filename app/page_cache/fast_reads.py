"""FastReads: statements read in autocommit on connections beside the pool's.

Sending a cached page is one such read; by a session, it would take three times as long.
"""

from collections import deque
from contextlib import suppress
from typing import Any

from sqlalchemy import Engine, event

READ_ONLY = {"sqlite": "PRAGMA query_only=ON", "postgresql": "SET default_transaction_read_only = on"}


class FastReads:
    """An engine's read-only connections: as many as threads read at once."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.error = engine, engine.dialect.loaded_dbapi.Error
        self.idle: deque[Any] = deque()
        event.listen(engine, "engine_disposed", self.close)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return a statement's rows; raise the driver's error, or SQLAlchemy's, where the database does not answer.

        A database that was restarted or migrated is asked once more, on a new connection.
        """
        with suppress(IndexError, self.error):
            return self.read(self.idle.pop(), sql)
        return self.read(self.connect(), sql)

    def read(self, connection: Any, sql: str) -> list[tuple[Any, ...]]:
        """Return all rows (an open cursor would keep SQLite's snapshot) and keep the connection, if it answers."""
        try:
            rows: list[tuple[Any, ...]] = connection.execute(sql).fetchall()
        except self.error:
            connection.close()
            raise
        self.idle.append(connection)
        return rows

    def connect(self) -> Any:
        """Take a connection out of the pool for good."""
        pooled = self.engine.raw_connection()
        connection: Any = pooled.driver_connection
        pooled.detach()
        if self.engine.dialect.name == "postgresql":
            connection.autocommit = True
            connection.prepare_threshold = 0
        connection.execute(READ_ONLY[self.engine.dialect.name])
        return connection

    def close(self, _engine: Engine) -> None:
        while self.idle:
            self.idle.pop().close()
