"""The statements of the pages most read: compiled once, prepared once, asked on a connection of the thread's own.

A session would do, at ten times the price: SQLAlchemy's own work weighs more than the reading, and psycopg forgets all
it has prepared at each rollback, so that PostgreSQL would plan the longest statements anew for each page.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Dialect, literal_column
from sqlalchemy.orm import scoped_session
from sqlalchemy.sql.visitors import replacement_traverse

from app.db import AnySession, Rows, db
from app.db.read_connections import read_connections

BindProcessor = Callable[[Any], Any]


class PreparedQuery:
    """A statement in the words of each engine."""

    def __init__(self, statement: Any) -> None:
        self.statement = statement
        self.written: dict[str, CompiledQuery] = {}

    def rows(self, session: AnySession, **values: Any) -> Rows:
        """Return the rows, for the values of its parameters, as the driver gives them: no column type worked on them.

        Whoever has begun a transaction is answered within it, at the usual price. No session is made for the occasion.
        """
        if isinstance(session, scoped_session):
            lines = read_connections(db.engine)
            begun = session.registry.has() and session().in_transaction()
        else:
            lines = read_connections(session.get_bind().engine)
            begun = session.in_transaction()
        if begun:
            return session.execute(self.statement, values).all()
        written = self.written.get(lines.dialect.name) or self.write(lines.dialect)
        return lines.rows(written.words, written.bound(values))

    def write(self, dialect: Dialect) -> "CompiledQuery":
        """Put the statement in the words of an engine."""
        self.written[dialect.name] = written = CompiledQuery.of(self.statement, dialect)
        return written


@dataclass(frozen=True)
class CompiledQuery:
    """A statement in an engine's words, with its parameters: those said once, and how the others are found.

    These are made each time, or asked for; each has its places among them all.
    """

    words: str
    said: Sequence[Any]
    made: Sequence[tuple[Sequence[int], str, Callable[[], Any], BindProcessor]]
    asked: Sequence[tuple[Sequence[int], str, BindProcessor]]

    @classmethod
    def of(cls, statement: Any, dialect: Dialect) -> "CompiledQuery":
        """Compile a statement, with parameters by their place: `?` for SQLite, `$1` for PostgreSQL."""
        kind: Any = type(dialect)
        by_place = kind(paramstyle={"sqlite": "qmark", "postgresql": "numeric_dollar"}[dialect.name])
        written_out = replacement_traverse(statement, {}, partial(inline_constant, by_place))
        compiled = written_out.compile(dialect=by_place)
        order = compiled.positiontup or []
        said, made, asked = [None] * len(order), [], []
        for parameter, name in compiled.bind_names.items():
            process = parameter.type.dialect_impl(dialect).bind_processor(dialect) or identity
            places = [place for place, each in enumerate(order) if each == name]
            if parameter.required:
                asked.append((places, name, process))
            elif parameter.callable:
                made.append((places, name, parameter.callable, process))
            else:
                set_at(said, places, process(parameter.value))
        return cls(str(compiled), said, made, asked)

    def bound(self, values: Mapping[str, Any]) -> list[Any]:
        """Return the parameters in the order of the words."""
        found = list(self.said)
        for places, name, make, process in self.made:
            set_at(found, places, process(values[name] if name in values else make()))
        for places, name, process in self.asked:
            set_at(found, places, process(values[name]))
        return found


def inline_constant(dialect: Dialect, element: object, **_: Any) -> ColumnElement[Any] | None:
    """Return what stands for a parameter that never changes: its value, in an engine's words; None for all else."""
    if not isinstance(element, BindParameter) or element.required or element.callable:
        return None
    written = element.type.dialect_impl(dialect).literal_processor(dialect)
    return literal_column(written(element.value), element.type) if written else None


def set_at(values: list[Any], places: Sequence[int], value: Any) -> None:
    """Set a value in each of its places."""
    for place in places:
        values[place] = value


def identity(value: Any) -> Any:
    """Return a parameter that its column type leaves as it is."""
    return value
