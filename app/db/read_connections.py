"""Read-only connections, one per thread, in autocommit: each statement is a transaction by itself."""

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from threading import local
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakSet, finalize

from sqlalchemy import Dialect, Engine, event
from sqlalchemy.exc import OperationalError

from app.db import Rows

if TYPE_CHECKING:
    from app.db.prepared_postgresql import PostgresReader


class ReadConnections:
    """An engine's read-only connections, one per thread."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.dialect = engine, engine.dialect
        self.reader_class = reader_class(engine.dialect)
        self.thread = local()
        self.readers: WeakSet[SQLiteReader | PostgresReader] = WeakSet()  # a thread that ends releases its own

    def rows(self, sql: str, values: Sequence[Any]) -> Rows:
        """Return a statement's rows; raise SQLAlchemy's `OperationalError` where the database does not answer.

        A database that was restarted or migrated is tried once more, on a new connection.
        """
        reader = getattr(self.thread, "reader", None)
        if reader is not None:
            try:
                return reader.rows(sql, values)  # type: ignore[no-any-return]  # a thread-local attribute has no type
            except reader.error:
                self.drop()
        try:
            reader = self.thread.reader = self.connect()
            return reader.rows(sql, values)
        except self.reader_class.error as error:
            self.drop()
            raise OperationalError(sql, None, error) from error

    def connect(self) -> "SQLiteReader | PostgresReader":
        """Take a connection out of the pool for good."""
        pooled = self.engine.raw_connection()
        connection: Any = pooled.driver_connection
        pooled.detach()
        reader = self.reader_class(connection)
        finalize(reader, connection.close).atexit = False
        self.readers.add(reader)
        return reader

    def drop(self) -> None:
        reader, self.thread.reader = getattr(self.thread, "reader", None), None
        if reader is not None:
            self.readers.discard(reader)
            with suppress(reader.error):
                reader.connection.close()

    def close(self) -> None:
        while self.readers:
            self.readers.pop().connection.close()


class SQLiteReader:
    """A connection to SQLite; its driver caches prepared statements."""

    error = sqlite3.Error

    def __init__(self, connection: Any) -> None:
        self.connection, self.cursor = connection, connection.cursor()
        self.cursor.execute("PRAGMA query_only=ON")

    def rows(self, sql: str, values: Sequence[Any]) -> Rows:
        """Return the rows, all fetched: an open cursor would keep its snapshot of the database."""
        rows: Rows = self.cursor.execute(sql, values).fetchall()
        return rows


def reader_class(dialect: Dialect) -> "type[SQLiteReader | PostgresReader]":
    """Return an engine's reader, and load its driver: psycopg takes 8 MB, which SQLite has no use for."""
    if dialect.name == "sqlite":
        return SQLiteReader
    from app.db.prepared_postgresql import PostgresReader

    return PostgresReader


# By dialect: an engine keeps one for life, and shares it with the engines made of it by `execution_options()`.
CONNECTIONS: "WeakKeyDictionary[Dialect, ReadConnections]" = WeakKeyDictionary()


def read_connections(engine: Engine) -> ReadConnections:
    connections = CONNECTIONS.get(engine.dialect)
    return connections or CONNECTIONS.setdefault(engine.dialect, ReadConnections(engine))


@event.listens_for(Engine, "engine_disposed")
def close_all(engine: Engine) -> None:
    if (connections := CONNECTIONS.pop(engine.dialect, None)) is not None:
        connections.close()
