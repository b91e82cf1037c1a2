"""Stamps: a random value for each article, and one for everything published, changed by database triggers.

The triggers (migration 0001) set a new stamp in the transaction that changes anything readers see: the article's, and
that of everything. No code can forget to, and no value is used twice. A migration that adds a table read by public
pages adds a trigger on it; `tests/page_cache/test_stamps.py` fails if one is missing.
"""

from collections import deque
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, String, bindparam, event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column

from app.db import Base, UTCDateTime

EVERYTHING = 0
READ_ONLY = {"sqlite": "PRAGMA query_only=ON", "postgresql": "SET default_transaction_read_only = on"}

# The scope is a literal: articles are few.
SCOPE_STAMP = "SELECT stamp FROM publication_stamp WHERE scope = %d"
PAGE_STAMPS = (
    text(
        "SELECT (SELECT stamp FROM publication_stamp WHERE scope = 0) AS everything,"
        " (SELECT stamp FROM publication_stamp WHERE scope = :scope) AS own,"
        " (SELECT min(moment) FROM (SELECT min(shown_until) AS moment FROM rendering WHERE shown_until > :since"
        # Of answers, which are few: SQLite would read all that are published, were their index in sight.
        " UNION ALL SELECT min(published_until) FROM testimonial"
        " WHERE about_id > 0 AND status || '' = 'published' AND published_until > :since"
        " UNION ALL SELECT min(opens_at) FROM article WHERE opens_at > :since"
        " UNION ALL SELECT min(closes_at) FROM article WHERE closes_at > :since) AS moments) AS moment"
    )
    .bindparams(bindparam("since", type_=UTCDateTime()))
    .columns(everything=String, own=String, moment=UTCDateTime)
)


class PublicationStamp(MappedAsDataclass, Base, kw_only=True):
    """The stamp of an article (`scope` is its id) or of everything published (`EVERYTHING`)."""

    __tablename__ = "publication_stamp"

    scope: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    stamp: Mapped[str]


class Stamps:
    """Reads stamps: sending a cached page costs one such read and little else.

    It is read in autocommit on connections beside the pool's, read-only, as many as threads read at once: by a session,
    it would take three times as long.
    """

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

    def current(self, scope: int) -> str | None:
        """Return a stamp as committed now, by one read of a primary key; None where the database does not answer."""
        try:
            rows = self.rows(SCOPE_STAMP % scope)
        except (SQLAlchemyError, self.error):
            return None
        return rows[0][0] if rows else None

    def for_page(self, scope: int, since: datetime) -> tuple[str | None, str | None, datetime | None]:
        """Return the stamp of everything, that of a scope, and the first moment after `since` that changes pages.

        It is the end of a publication, or the opening or the end of a call. One statement reads them all, from one
        state of the database. All are None where it does not answer.
        """
        try:
            with self.engine.connect().execution_options(read_only=True) as connection:
                everything, own, moment = connection.execute(PAGE_STAMPS, {"scope": scope, "since": since}).one()
        except SQLAlchemyError:
            return None, None, None
        return everything, own, moment
