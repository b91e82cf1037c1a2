"""Base, naming convention, UTC and enum column types, the session, SQLite pragmas; a database that does not answer."""

import secrets
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Flask, current_app, has_request_context, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import ColumnElement, DateTime, Dialect, Engine, Enum, MetaData, delete, event, literal_column
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, Session, mapped_column, registry
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from config import SettingMissing

if TYPE_CHECKING:
    from sqlalchemy.dialects.sqlite import Insert

T = TypeVar("T")

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# Milliseconds that SQLite waits for a lock: longer than it takes to write a file of 100,000 texts again (vacuum.py).
BUSY_TIMEOUT = 30_000
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class UTCDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC, on engines that keep the zone and on those that do not."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Raise `ValueError` for a naive moment."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without a time zone: {value!r}")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
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
    """The base of every table: one registry, one naming convention, one column type for moments."""

    registry = registry(metadata=MetaData(naming_convention=NAMING), type_annotation_map={datetime: UTCDateTime})


class Numbered(MappedAsDataclass, kw_only=True):
    """What a table has whose rows are numbered."""

    id: Mapped[int] = mapped_column(primary_key=True, init=False, sort_order=-1)


EPOCH = datetime.fromtimestamp(0, UTC)
db = SQLAlchemy(model_class=Base, disable_autonaming=True)


def now() -> datetime:
    return datetime.now(UTC)


def is_over(until: datetime | None) -> bool:
    return until is not None and until <= now()


def new_public_id() -> str:
    """Return an identifier for URLs: 80 random bits in 20 hexadecimal digits, which reveal neither order nor number."""
    return secrets.token_hex(10)


def upsert(table: Any, dialect: str) -> "Insert":
    """Return a dialect's INSERT, which has `on_conflict_do_nothing()` and `on_conflict_do_update()` on both engines.

    SQLAlchemy has loaded the dialect in use already, and this loads no other.
    """
    insert: Insert = import_module(f"sqlalchemy.dialects.{dialect}").insert(table)
    return insert


def insert_once(session: Session, find: Callable[[], T | None], insert: Callable[[], T]) -> tuple[T, bool]:
    """Return the row that `find` finds, else that of `insert`, and whether this call inserted it.

    The other request of a double click may insert first: its row is found then.
    """
    row = find()
    if row is None:
        try:
            with session.begin_nested():
                session.add(row := insert())
            return row, True
        except IntegrityError:
            row = find()
            if row is None:
                raise
    return row, False


def delete_rows(session: Session, table: type[Base], *where: ColumnElement[bool]) -> int:
    """Delete the rows that fit; return how many. The caller commits."""
    return len(session.scalars(delete(table).where(*where).returning(literal_column("1"))).all())


def snapshot() -> Session:
    """Return a session of its own, read-only, to which the database stays as it is at the first statement.

    On SQLite that holds in any transaction. End the request's own first: a POST's holds the write lock there.
    """
    isolation = {"isolation_level": "REPEATABLE READ"} if db.engine.dialect.name == "postgresql" else {}
    return Session(db.engine.execution_options(read_only=True, **isolation))


def scrub_wal() -> None:
    """Remove erased words from SQLite's write-ahead log too, by a checkpoint that empties it; call it after the commit.

    A reader of an older snapshot blocks the checkpoint: it waits for `SCRUB_PATIENCE`, then leaves the log to the next
    call. PostgreSQL needs nothing: its vacuum does this.
    """
    if db.engine.dialect.name == "sqlite":
        with closing(db.engine.raw_connection()) as connection:  # no transaction: a checkpoint refuses one
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout={current_app.config['SCRUB_PATIENCE']}")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT}")


def init_app(app: Flask) -> None:
    db.init_app(app)
    app.teardown_appcontext(end_session)  # called before Flask-SQLAlchemy's own, which then finds nothing to do


def end_session(_error: BaseException | None) -> None:
    """End a request's session, although the database may have gone away: the response is made by then.

    Raised here, the error of the rollback would replace the response by the server's own page.
    """
    if not db.session.registry.has():
        return
    session = db.session()
    try:
        session.close()
    except DBAPIError as error:
        session.invalidate()
        current_app.logger.warning("the database went away as a request ended", exc_info=error)


def roll_back() -> None:
    """Roll back the request's session for an error page, although the database may have gone away."""
    try:
        db.session.rollback()
    except DBAPIError:  # the error that the page is about has been logged
        db.session().invalidate()


def is_read_only() -> bool:
    """Whether a request is running that must change nothing (product rule 5)."""
    return has_request_context() and request.method in SAFE_METHODS


@event.listens_for(Engine, "do_connect")
def connect_to_postgresql(
    dialect: Dialect, _record: ConnectionPoolEntry, _arguments: list[Any], parameters: dict[str, Any]
) -> DBAPIConnection | None:
    """Open PostgreSQL's connections in our way: a server that hangs must not hold every thread."""
    if dialect.name != "postgresql":
        return None
    from app.db import postgresql_connections  # loads psycopg

    connection: Any = postgresql_connections.connect(parameters)
    return connection  # type: ignore[no-any-return]  # psycopg's, whose types are narrower


@event.listens_for(Engine, "connect")
def prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    """Make SQLite durable, patient and strict, and leave BEGIN to `begin_transaction`."""
    if "sqlite" not in type(connection).__module__:
        return
    driver: Any = connection
    driver.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # an acknowledged submission survives a power cut (product rule 7)
        f"busy_timeout={BUSY_TIMEOUT}",
        "foreign_keys=ON",
        "secure_delete=ON",  # erased words leave the file, not only the table
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@event.listens_for(Engine, "begin")
def begin_transaction(connection: Connection) -> None:
    """Start a transaction; the engine itself refuses any write in one opened by a GET.

    On SQLite a writing transaction takes its lock at once, so that two writers queue instead of failing midway. The
    execution option `sqlite_begin="BEGIN"` leaves the lock to the first write, for work that mostly reads; with
    `read_only=True` no request takes the lock (`snapshot()`); `sqlite_patience` is how long a writer waits.
    """
    reading = is_read_only() or connection.get_execution_options().get("read_only", False)
    if connection.dialect.name == "sqlite":
        if connection.info.get("reading") is not reading:  # setting it expires every prepared statement
            connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reading else 'OFF'}")
            connection.info["reading"] = reading
        patience = connection.get_execution_options().get("sqlite_patience") or BUSY_TIMEOUT
        if {patience, connection.info.get("patience", BUSY_TIMEOUT)} != {BUSY_TIMEOUT}:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={patience}")
            connection.info["patience"] = patience
        writing = connection.get_execution_options().get("sqlite_begin", "BEGIN IMMEDIATE")
        connection.exec_driver_sql("BEGIN" if reading else writing)
    elif connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        driver.read_only = reading


# SQLite's codes for a locked database, and for a disk that is full, broken or missing.
LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
UNAVAILABLE = frozenset({*LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN})


def is_unavailable(error: OperationalError) -> bool:
    """Whether the database, not the statement, is at fault: on PostgreSQL always, on SQLite by the error's code."""
    if not isinstance(error.orig, sqlite3.OperationalError):
        return True
    return error.orig.sqlite_errorcode & 0xFF in UNAVAILABLE  # the low byte is the error, the rest its detail


# What a PostgreSQL server says that will be over by itself; it refuses with FATAL, in every language.
PASSING = ("starting up", "shutting down", "recovery", "not yet accepting", "too many", "connection slots")
LASTING = ("FATAL:", "failed to resolve host", "no password supplied", "invalid ")


def refuse_unknown_database(engine: Engine, instance: Path) -> None:
    """Raise `SettingMissing` where waiting would not help: no such database, role, password, host or folder.

    A server that is down, or busy, is none of these: pages answer 503 until it is back. `instance` is the folder that
    `flask prepare` creates.
    """
    if engine.dialect.name == "sqlite" and not is_stored(engine.url.database, instance):
        return
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1 FROM sqlite_master" if engine.dialect.name == "sqlite" else "SELECT 1")
    except (DBAPIError, ArgumentError) as error:
        if (reason := lasting_reason(error)) is not None:
            raise SettingMissing(
                f"DATABASE_URL names no database that opens ({reason}): see docs/operating.md"
            ) from None
    finally:
        engine.dispose()


def is_stored(path: str | None, instance: Path) -> bool:
    """Whether a SQLite file is there already; raise `SettingMissing` where it could not be created."""
    if path is None or path == ":memory:":
        return False
    folder = Path(path).parent
    if not folder.is_dir() and folder != instance:
        raise SettingMissing(
            f"DATABASE_URL names a file in a folder that is not there ({folder}): see docs/operating.md"
        )
    return Path(path).exists()


def lasting_reason(error: Exception) -> str | None:
    """Return the driver's message in one line; None if the refusal may be over soon."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    reason = " ".join(str(cause).split())
    if isinstance(cause, sqlite3.Error):
        is_busy = isinstance(cause, sqlite3.OperationalError) and cause.sqlite_errorcode & 0xFF in LOCKED
        return None if is_busy else reason
    is_lasting = any(each in reason for each in LASTING) and not any(each in reason for each in PASSING)
    return reason if is_lasting else None
