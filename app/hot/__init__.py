"""The statements of the pages most read: compiled once, prepared once, asked on a connection of the thread's own.

A session would do, at ten times the price: SQLAlchemy's own work weighs more than the reading, and psycopg forgets all
it has prepared at each rollback, so that PostgreSQL would plan the longest statements anew for each page.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from threading import local
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus
from sqlalchemy import Dialect, Engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

Rows = Sequence[tuple[Any, ...]]
Make = Callable[[Any], Any]


class Hot:
    """A statement in the words of each engine."""

    def __init__(self, statement: Any) -> None:
        self.statement = statement
        self.written: dict[str, Written] = {}

    def rows(self, session: Session, **values: Any) -> Rows:
        """Return the rows, for the values of its parameters, as the driver gives them: no column type worked on them.

        Whoever has begun a transaction is answered within it, at the usual price.
        """
        if session.in_transaction():
            return session.execute(self.statement, values).all()
        lines = lines_to(session.get_bind().engine)
        written = self.written.get(lines.dialect.name) or self.write(lines.dialect)
        return lines.rows(written.words, written.bound(values))

    def write(self, dialect: Dialect) -> "Written":
        """Put the statement in the words of an engine."""
        self.written[dialect.name] = written = Written.of(self.statement, dialect)
        return written


@dataclass(frozen=True)
class Written:
    """A statement in an engine's words, and how its parameters are found: said once, made each time, or asked for."""

    words: str
    order: Sequence[str]
    constant: Mapping[str, Any]
    made: Sequence[tuple[str, Callable[[], Any], Make]]
    asked: Sequence[tuple[str, Make]]

    @classmethod
    def of(cls, statement: Any, dialect: Dialect) -> "Written":
        """Compile a statement, with parameters by their place: `?` for SQLite, `$1` for PostgreSQL."""
        by_place: Any = type(dialect)
        style = {"sqlite": "qmark", "postgresql": "numeric_dollar"}[dialect.name]
        compiled = statement.compile(dialect=by_place(paramstyle=style))
        constant, made, asked = {}, [], []
        for parameter, name in compiled.bind_names.items():
            process = parameter.type.dialect_impl(dialect).bind_processor(dialect) or as_it_is
            if parameter.required:
                asked.append((name, process))
            elif parameter.callable:
                made.append((name, parameter.callable, process))
            else:
                constant[name] = process(parameter.value)
        return cls(str(compiled), compiled.positiontup or (), constant, made, asked)

    def bound(self, values: Mapping[str, Any]) -> list[Any]:
        """Return the parameters in the order of the words."""
        found = dict(self.constant)
        for name, make, process in self.made:
            found[name] = process(values[name] if name in values else make())
        for name, process in self.asked:
            found[name] = process(values[name])
        return [found[name] for name in self.order]


class Lines:
    """The connections to a database on which threads only read, each statement a transaction by itself."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.dialect = engine, engine.dialect
        self.open = SQLiteLine if engine.dialect.name == "sqlite" else PostgresLine
        self.thread = local()
        self.opened: set[SQLiteLine | PostgresLine] = set()

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

    def connect(self) -> "SQLiteLine | PostgresLine":
        """Take a connection out of the pool for good."""
        pooled = self.engine.raw_connection()
        connection: Any = pooled.driver_connection
        pooled.detach()
        line = self.open(connection)
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


class SQLiteLine:
    """A connection to SQLite; its driver prepares what it has been asked before."""

    error = sqlite3.Error

    def __init__(self, connection: Any) -> None:
        self.connection, self.cursor = connection, connection.cursor()
        self.cursor.execute("PRAGMA query_only=ON")

    def rows(self, words: str, values: Sequence[Any]) -> Rows:
        """Return the rows, read to the last: the driver would hold on to the state of before."""
        found: Rows = self.cursor.execute(words, values).fetchall()
        return found


# What is asked on a line is read along indexes, a stretch of each, whatever it is asked for. One plan is enough then,
# the same for twenty testimonials and for a million; and no figure of PostgreSQL's may lead it to read all of them.
ALONG_INDEXES = (
    "plan_cache_mode = force_generic_plan",
    "enable_seqscan = off",
    "enable_bitmapscan = off",
    "enable_hashjoin = off",
    "enable_mergejoin = off",
    "enable_material = off",
    "enable_memoize = off",
    "jit = off",
)


class PostgresLine:
    """A connection to PostgreSQL, asked as libpq does: for a third of the processor time of psycopg's cursors."""

    error = psycopg.Error

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self.connection = connection
        connection.autocommit = True
        connection.execute("; ".join(f"SET {setting}" for setting in ALONG_INDEXES))
        self.transformer = Transformer(connection)
        self.prepared: dict[str, bytes] = {}

    def rows(self, words: str, values: Sequence[Any]) -> Rows:
        """Return the rows; raise psycopg's `OperationalError` where the database does not answer."""
        driver = self.connection.pgconn
        name = self.prepared.get(words) or self.prepare(words)
        found = driver.exec_prepared(name, list(map(as_text, values)))
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


def as_text(value: object) -> bytes:
    """Return a parameter as PostgreSQL reads it."""
    return (value.isoformat() if isinstance(value, datetime) else str(value)).encode()


def as_it_is(value: Any) -> Any:
    """Return a parameter that its column type leaves as it is."""
    return value


# By dialect: an engine has one for life, and shares it with those that are the same under other options.
LINES: "WeakKeyDictionary[Dialect, Lines]" = WeakKeyDictionary()


def lines_to(engine: Engine) -> Lines:
    """Return the lines to an engine's database."""
    found = LINES.get(engine.dialect)
    return found if found is not None else LINES.setdefault(engine.dialect, Lines(engine))


@event.listens_for(Engine, "engine_disposed")
def hang_up(engine: Engine) -> None:
    """Let go of the lines as the pool does of its connections."""
    if (lines := LINES.pop(engine.dialect, None)) is not None:
        lines.close()
