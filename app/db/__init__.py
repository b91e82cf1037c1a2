"""Base, naming convention, UTC and enum column types, the session, SQLite pragmas."""

import secrets
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Any

from flask import current_app, has_request_context, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Dialect, Engine, Enum, MetaData, event
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, registry, scoped_session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy.dialects.sqlite import Insert

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

BUSY_TIMEOUT = 10_000  # milliseconds: how long one waits for another's lock

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

# A session, or Flask-SQLAlchemy's way to the request's, which makes it when it is first used.
AnySession = Session | scoped_session[Any]

Rows = Sequence[tuple[Any, ...]]


class UTCDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC, on engines that keep the zone and on those that do not."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive moment: nobody knows when it is."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without a time zone: {value!r}")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Give back what was stored as an aware moment."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def enum_by_value(kind: type[StrEnum]) -> Enum:
    """Return a column type that stores an enum's values, as text, so that a new member needs no migration."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    """What every table shares: one registry, one naming convention, one way to store a moment."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={datetime: UTCDateTime},
    )


db = SQLAlchemy(model_class=Base, disable_autonaming=True)


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


def new_public_id() -> str:
    """Return an identifier fit for an address: 80 bits that tell neither order nor number."""
    return secrets.token_hex(10)


def upsert(table: Any, dialect: str) -> "Insert":
    """Return an INSERT that may say what becomes of a row that is there already: `on_conflict_do_nothing` or `_update`.

    Both engines say it alike, each in a dialect of its own; that of the engine at hand is loaded already, and no other.
    """
    insert: Insert = import_module(f"sqlalchemy.dialects.{dialect}").insert(table)
    return insert


def scrub_wal() -> None:
    """Take erased words out of SQLite's write-ahead log too, by emptying it into the file; called after the commit.

    Whoever still reads the state of before holds it back: we wait a moment (`SCRUB_PATIENCE`), then leave it to the
    next call. On PostgreSQL there is nothing to do here: its own vacuum does it.
    """
    if db.engine.dialect.name == "sqlite":
        with closing(db.engine.raw_connection()) as connection:  # a checkpoint stands outside any transaction
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout={current_app.config['SCRUB_PATIENCE']}")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT}")


def is_read_only() -> bool:
    """Say whether the current work is a request that must change nothing (product rule 5)."""
    return has_request_context() and request.method in SAFE_METHODS


@event.listens_for(Engine, "connect")
def prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    """Make SQLite durable, patient and strict, and leave BEGIN to us."""
    if "sqlite" not in type(connection).__module__:
        return
    driver: Any = connection
    driver.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # what was receipted survives a power cut (product rule 7)
        f"busy_timeout={BUSY_TIMEOUT}",
        "foreign_keys=ON",
        "secure_delete=ON",  # erased words leave the file, not only the table
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@event.listens_for(Engine, "begin")
def begin_transaction(connection: Connection) -> None:
    """Start a transaction; one opened by a GET can write nothing, by the engine's own refusal.

    On SQLite a writing transaction takes its lock at once, so that two writers queue instead of failing midway; an
    engine made with the option `sqlite_begin="BEGIN"` is for whoever mostly looks.
    """
    if connection.dialect.name == "sqlite":
        reading = is_read_only()
        if connection.info.get("reading") is not reading:  # said again, it would have every statement prepared again
            connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reading else 'OFF'}")
            connection.info["reading"] = reading
        writing = connection.get_execution_options().get("sqlite_begin", "BEGIN IMMEDIATE")
        connection.exec_driver_sql("BEGIN" if reading else writing)
    elif connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        driver.read_only = is_read_only()


# SQLite: locked by another, on a disk that is full, broken or not there.
UNAVAILABLE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)


def is_unavailable(error: OperationalError) -> bool:
    """Say whether the database, rather than the statement, is at fault: on PostgreSQL always, on SQLite by its code."""
    if not isinstance(error.orig, sqlite3.OperationalError):
        return True
    return error.orig.sqlite_errorcode & 0xFF in UNAVAILABLE  # the low byte is the error, what stands above its detail
