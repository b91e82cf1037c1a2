"""The statements of the pages most read: compiled once, prepared once, asked on a connection of the thread's own.

A session would do, at ten times the price: SQLAlchemy's own work weighs more than the reading, and psycopg forgets all
it has prepared at each rollback, so that PostgreSQL would plan the longest statements anew for each page.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from threading import local
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakSet, finalize

from sqlalchemy import BindParameter, ColumnElement, Dialect, Engine, event, literal_column
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import scoped_session
from sqlalchemy.sql.visitors import replacement_traverse

from app.db import AnySession, db

if TYPE_CHECKING:
    from app.hot.postgresql import PostgresLine

Rows = Sequence[tuple[Any, ...]]
Make = Callable[[Any], Any]


class Hot:
    """A statement in the words of each engine."""

    def __init__(self, statement: Any) -> None:
        self.statement = statement
        self.written: dict[str, Written] = {}

    def rows(self, session: AnySession, **values: Any) -> Rows:
        """Return the rows, for the values of its parameters, as the driver gives them: no column type worked on them.

        Whoever has begun a transaction is answered within it, at the usual price. No session is made for the occasion.
        """
        if isinstance(session, scoped_session):
            lines = lines_to(db.engine)
            begun = session.registry.has() and session().in_transaction()
        else:
            lines = lines_to(session.get_bind().engine)
            begun = session.in_transaction()
        if begun:
            return session.execute(self.statement, values).all()
        written = self.written.get(lines.dialect.name) or self.write(lines.dialect)
        return lines.rows(written.words, written.bound(values))

    def write(self, dialect: Dialect) -> "Written":
        """Put the statement in the words of an engine."""
        self.written[dialect.name] = written = Written.of(self.statement, dialect)
        return written


@dataclass(frozen=True)
class Written:
    """A statement in an engine's words, with its parameters: those said once, and how the others are found.

    These are made each time, or asked for; each has its places among them all.
    """

    words: str
    said: Sequence[Any]
    made: Sequence[tuple[Sequence[int], str, Callable[[], Any], Make]]
    asked: Sequence[tuple[Sequence[int], str, Make]]

    @classmethod
    def of(cls, statement: Any, dialect: Dialect) -> "Written":
        """Compile a statement, with parameters by their place: `?` for SQLite, `$1` for PostgreSQL."""
        kind: Any = type(dialect)
        by_place = kind(paramstyle={"sqlite": "qmark", "postgresql": "numeric_dollar"}[dialect.name])
        written_out = replacement_traverse(statement, {}, partial(constant, by_place))
        compiled = written_out.compile(dialect=by_place)
        order = compiled.positiontup or []
        said, made, asked = [None] * len(order), [], []
        for parameter, name in compiled.bind_names.items():
            process = parameter.type.dialect_impl(dialect).bind_processor(dialect) or as_it_is
            places = [place for place, each in enumerate(order) if each == name]
            if parameter.required:
                asked.append((places, name, process))
            elif parameter.callable:
                made.append((places, name, parameter.callable, process))
            else:
                put(said, places, process(parameter.value))
        return cls(str(compiled), said, made, asked)

    def bound(self, values: Mapping[str, Any]) -> list[Any]:
        """Return the parameters in the order of the words."""
        found = list(self.said)
        for places, name, make, process in self.made:
            put(found, places, process(values[name] if name in values else make()))
        for places, name, process in self.asked:
            put(found, places, process(values[name]))
        return found


class Lines:
    """The connections to a database on which threads only read, each statement a transaction by itself."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.dialect = engine, engine.dialect
        self.open = kind_of_line(engine.dialect)
        self.thread = local()
        self.opened: WeakSet[SQLiteLine | PostgresLine] = WeakSet()  # a thread that ends lets go of its own

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


def kind_of_line(dialect: Dialect) -> "type[SQLiteLine | PostgresLine]":
    """Return what speaks to an engine, with its driver: psycopg is 8 MB that nobody on SQLite needs."""
    if dialect.name == "sqlite":
        return SQLiteLine
    from app.hot.postgresql import PostgresLine

    return PostgresLine


def constant(dialect: Dialect, element: object, **_: Any) -> ColumnElement[Any] | None:
    """Return what stands for a parameter that never changes: its value, in an engine's words; None for all else."""
    if not isinstance(element, BindParameter) or element.required or element.callable:
        return None
    written = element.type.dialect_impl(dialect).literal_processor(dialect)
    return literal_column(written(element.value), element.type) if written else None


def put(values: list[Any], places: Sequence[int], value: Any) -> None:
    """Set a value in each of its places."""
    for place in places:
        values[place] = value


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
