"""The stamps of what is published: one for each article and one for the whole, moved by the database itself.

Triggers (migration 0008) give an article's stamp a new random value in the very transaction that changes anything its
readers see, and the whole's with it: no code can forget to, and no value ever comes back. A migration that adds a table
which public pages read adds it to the triggers; `tests/publication/test_stamps.py` notices one that does not.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from threading import local
from typing import Any

from psycopg import OperationalError
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn
from sqlalchemy import Engine, event
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column

from app.db import Base, UTCDateTime

WHOLE = 0

OF_ONE = "SELECT stamp FROM publication_stamp WHERE scope = ?"
PREPARED = b"stamp"  # what OF_ONE is called on PostgreSQL
OF_A_PAGE = (
    "SELECT (SELECT stamp FROM publication_stamp WHERE scope = 0),"
    " (SELECT stamp FROM publication_stamp WHERE scope = ?),"
    " (SELECT min(shown_until) FROM facsimile WHERE shown_until > ?)"
)


class PublicationStamp(MappedAsDataclass, Base, kw_only=True):
    """The stamp of an article (`scope` is its id) or of everything published (`WHOLE`)."""

    __tablename__ = "publication_stamp"

    scope: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    stamp: Mapped[str]


class Stamps:
    """Reads stamps, on a connection of its own for each thread.

    A ready page costs one such read and little else: SQLAlchemy's pool and session would cost more than the page.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        mark = {"sqlite": "?", "postgresql": "%s"}[engine.dialect.name]
        self.of_one, self.of_a_page = OF_ONE.replace("?", mark), OF_A_PAGE.replace("?", mark)
        # Moments are written and read as SQLAlchemy does it in this column.
        moment = UTCDateTime().dialect_impl(engine.dialect)
        self.written: Callable[[Any], Any] = moment.bind_processor(engine.dialect) or (lambda value: value)
        self.understood: Callable[[Any], Any] = moment.result_processor(engine.dialect, None) or (lambda value: value)
        self.error: type[Exception] = engine.dialect.loaded_dbapi.Error
        self.thread = local()
        self.open: set[Any] = set()
        event.listen(engine, "engine_disposed", self.close)

    def of(self, scope: int) -> str | None:
        """Return a stamp as it is committed now, by one point read; None where it cannot be read."""
        row = self.row(self.of_one, (scope,))
        return row[0] if row else None

    def of_page(self, scope: int, since: datetime) -> tuple[str | None, str | None, datetime | None]:
        """Return, at one instant, the whole's stamp, a scope's, and the first end of a publication after a moment."""
        row = self.row(self.of_a_page, (scope, self.written(since)))
        return (row[0], row[1], self.understood(row[2])) if row else (None, None, None)

    def row(self, statement: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """Return the one row of a statement; None where the database does not answer, which Flask will tell better."""
        try:
            cursor = getattr(self.thread, "cursor", None) or self.connect()
            if statement is self.of_one and self.engine.dialect.name == "postgresql":
                return prepared(cursor.connection.pgconn, values[0])
            cursor.execute(statement, values)
            rows = cursor.fetchall()  # to the end: SQLite would hold on to the state of before
        except self.error:
            self.disconnect()  # the next call connects anew
            return None
        return tuple(rows[0]) if rows else None

    def connect(self) -> Any:
        """Take a connection out of the pool for good, each of its statements a transaction by itself."""
        pooled = self.engine.raw_connection()
        connection: Any = pooled.driver_connection
        pooled.detach()
        self.thread.connection = connection
        if self.engine.dialect.name == "postgresql":
            connection.autocommit = True
            connection.pgconn.prepare(PREPARED, OF_ONE.replace("?", "$1").encode())
        self.open.add(connection)
        cursor: Any = connection.cursor()
        self.thread.cursor = cursor
        return cursor

    def disconnect(self) -> None:
        """Let go of this thread's connection."""
        connection = getattr(self.thread, "connection", None)
        self.thread.connection = self.thread.cursor = None
        if connection is not None:
            self.open.discard(connection)
            with suppress(self.error):
                connection.close()

    def close(self, _engine: Engine) -> None:
        """Let go of every thread's connection, as the pool does of its own."""
        self.thread = local()
        while self.open:
            self.open.pop().close()


def prepared(connection: PGconn, scope: int) -> tuple[str] | None:
    """Return a stamp by the statement that PostgreSQL has prepared: half the processor time of a cursor's.

    Raises psycopg's `OperationalError` where the database does not answer.
    """
    found = connection.exec_prepared(PREPARED, [b"%d" % scope])
    if found.status != ExecStatus.TUPLES_OK:
        raise OperationalError
    stamp = found.get_value(0, 0) if found.ntuples else None
    return (stamp.decode(),) if stamp else None
