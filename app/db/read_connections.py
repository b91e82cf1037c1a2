"""Connections that only read, one for each thread, each statement a transaction by itself."""

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
    """The connections to a database on which threads only read, each statement a transaction by itself."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.dialect = engine, engine.dialect
        self.open = reader_class(engine.dialect)
        self.thread = local()
        self.opened: WeakSet[SQLiteReader | PostgresReader] = WeakSet()  # a thread that ends lets go of its own

    def rows(self, words: str, values: Sequence[Any]) -> Rows:
        """Return the rows of a statement; raise SQLAlchemy's `OperationalError` where the database does not answer.

        One that was restarted, or migrated, is asked once more, on a new connection.
        """
        line = getattr(self.thread, "line", None)
        if line is not None:
            try:
                return line.rows(words, values)  # type: ignore[no-any-return]  # a thread's own, whose type nobody told
            except line.error:
                self.drop()
        try:
            line = self.thread.line = self.connect()
            return line.rows(words, values)
        except self.open.error as error:
            self.drop()
            raise OperationalError(words, None, error) from error

    def connect(self) -> "SQLiteReader | PostgresReader":
        """Take a connection out of the pool for good."""
        pooled = self.engine.raw_connection()
        connection: Any = pooled.driver_connection
        pooled.detach()
        line = self.open(connection)
        finalize(line, connection.close).atexit = False
        self.opened.add(line)
        return line

    def drop(self) -> None:
        """Let go of this thread's connection, if it has one."""
        line, self.thread.line = getattr(self.thread, "line", None), None
        if line is not None:
            self.opened.discard(line)
            with suppress(line.error):
                line.connection.close()

    def close(self) -> None:
        """Let go of every thread's connection."""
        while self.opened:
            self.opened.pop().connection.close()


class SQLiteReader:
    """A connection to SQLite; its driver prepares what it has been asked before."""

    error = sqlite3.Error

    def __init__(self, connection: Any) -> None:
        self.connection, self.cursor = connection, connection.cursor()
        self.cursor.execute("PRAGMA query_only=ON")

    def rows(self, words: str, values: Sequence[Any]) -> Rows:
        """Return the rows, read to the last: the driver would hold on to the state of before."""
        found: Rows = self.cursor.execute(words, values).fetchall()
        return found


def reader_class(dialect: Dialect) -> "type[SQLiteReader | PostgresReader]":
    """Return what speaks to an engine, with its driver: psycopg is 8 MB that nobody on SQLite needs."""
    if dialect.name == "sqlite":
        return SQLiteReader
    from app.db.prepared_postgresql import PostgresReader

    return PostgresReader


# By dialect: an engine has one for life, and shares it with those that are the same under other options.
CONNECTIONS: "WeakKeyDictionary[Dialect, ReadConnections]" = WeakKeyDictionary()


def read_connections(engine: Engine) -> ReadConnections:
    """Return the lines to an engine's database."""
    found = CONNECTIONS.get(engine.dialect)
    return found if found is not None else CONNECTIONS.setdefault(engine.dialect, ReadConnections(engine))


@event.listens_for(Engine, "engine_disposed")
def close_all(engine: Engine) -> None:
    """Let go of the lines as the pool does of its connections."""
    if (lines := CONNECTIONS.pop(engine.dialect, None)) is not None:
        lines.close()
