"""PreparedQuery: a SELECT compiled once per dialect and run as a prepared statement, for the pages most read.

A session would cost ten times as much: SQLAlchemy's own work outweighs the reading, and psycopg drops its prepared
statements at each rollback, so that PostgreSQL would plan the longest statements again for each page.
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
    """A SELECT compiled once per dialect and run as a prepared statement."""

    def __init__(self, statement: Any) -> None:
        self.statement = statement
        self.compiled: dict[str, CompiledQuery] = {}

    def rows(self, session: AnySession, **values: Any) -> Rows:
        """Return the rows for the values of its parameters, as the driver gives them: column types convert nothing.

        A session in a transaction runs the statement itself, at the usual cost, and sees its own writes. Otherwise a
        read connection runs it; a scoped session is not created for it.
        """
        if isinstance(session, scoped_session):
            connections = read_connections(db.engine)
            in_transaction = session.registry.has() and session().in_transaction()
        else:
            connections = read_connections(session.get_bind().engine)
            in_transaction = session.in_transaction()
        if in_transaction:
            return session.execute(self.statement, values).all()
        query = self.compiled.get(connections.dialect.name) or self.compile(connections.dialect)
        return connections.rows(query.sql, query.bind(values))

    def compile(self, dialect: Dialect) -> "CompiledQuery":
        self.compiled[dialect.name] = query = CompiledQuery.of(self.statement, dialect)
        return query


@dataclass(frozen=True)
class CompiledQuery:
    """A statement's SQL in one dialect, and its parameters with their positions.

    `constants` is the list of parameters, complete but for those `computed` by a callable at each run and those `given`
    by the caller.
    """

    sql: str
    constants: Sequence[Any]
    computed: Sequence[tuple[Sequence[int], str, Callable[[], Any], BindProcessor]]
    given: Sequence[tuple[Sequence[int], str, BindProcessor]]

    @classmethod
    def of(cls, statement: Any, dialect: Dialect) -> "CompiledQuery":
        """Compile a statement with positional parameters: `?` for SQLite, `$1` for PostgreSQL."""
        dialect_class: Any = type(dialect)
        positional = dialect_class(paramstyle={"sqlite": "qmark", "postgresql": "numeric_dollar"}[dialect.name])
        inlined = replacement_traverse(statement, {}, partial(inline_constant, positional))
        compiled = inlined.compile(dialect=positional)
        order = compiled.positiontup or []
        constants, computed, given = [None] * len(order), [], []
        for parameter, name in compiled.bind_names.items():
            process = parameter.type.dialect_impl(dialect).bind_processor(dialect) or identity
            positions = [position for position, each in enumerate(order) if each == name]
            if parameter.required:
                given.append((positions, name, process))
            elif parameter.callable:
                computed.append((positions, name, parameter.callable, process))
            else:
                set_at(constants, positions, process(parameter.value))
        return cls(str(compiled), constants, computed, given)

    def bind(self, values: Mapping[str, Any]) -> list[Any]:
        """Return the parameters in the order of the SQL."""
        parameters = list(self.constants)
        for positions, name, compute, process in self.computed:
            set_at(parameters, positions, process(values[name] if name in values else compute()))
        for positions, name, process in self.given:
            set_at(parameters, positions, process(values[name]))
        return parameters


def inline_constant(dialect: Dialect, element: object, **_: Any) -> ColumnElement[Any] | None:
    """Inline a constant bind parameter as a literal; return None for parameters given at run time."""
    if not isinstance(element, BindParameter) or element.required or element.callable:
        return None
    literal = element.type.dialect_impl(dialect).literal_processor(dialect)
    return literal_column(literal(element.value), element.type) if literal else None


def set_at(values: list[Any], positions: Sequence[int], value: Any) -> None:
    for position in positions:
        values[position] = value


def identity(value: Any) -> Any:
    return value
