"""The stamps of what is published: one for each article and one for the whole, moved by the database itself.

Triggers (migration 0008) give an article's stamp a new random value in the very transaction that changes anything its
readers see, and the whole's with it: no code can forget to, and no value ever comes back. A migration that adds a table
which public pages read adds it to the triggers; `tests/page_cache/test_stamps.py` notices one that does not.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column

from app.db import Base, UTCDateTime
from app.db.read_connections import read_connections

EVERYTHING = 0

# The scope stands in the words: a statement without parameters costs a fifth less, and articles are few.
OF_ONE = "SELECT stamp FROM publication_stamp WHERE scope = %d"
OF_A_PAGE = (
    "SELECT (SELECT stamp FROM publication_stamp WHERE scope = 0),"
    " (SELECT stamp FROM publication_stamp WHERE scope = ?),"
    " (SELECT min(shown_until) FROM rendering WHERE shown_until > ?)"
)


class PublicationStamp(MappedAsDataclass, Base, kw_only=True):
    """The stamp of an article (`scope` is its id) or of everything published (`WHOLE`)."""

    __tablename__ = "publication_stamp"

    scope: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    stamp: Mapped[str]


class Stamps:
    """Reads stamps: a ready page costs one such read and little else."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        mark = {"sqlite": "?", "postgresql": "$"}[engine.dialect.name]
        self.of_a_page = placed(OF_A_PAGE, mark)
        # Moments are written and read as SQLAlchemy does it in this column.
        moment = UTCDateTime().dialect_impl(engine.dialect)
        self.written: Callable[[Any], Any] = moment.bind_processor(engine.dialect) or (lambda value: value)
        self.understood: Callable[[Any], Any] = moment.result_processor(engine.dialect, None) or (lambda value: value)

    def of(self, scope: int) -> str | None:
        """Return a stamp as it is committed now, by one point read; None where it cannot be read."""
        row = self.row(OF_ONE % scope, ())
        return row[0] if row else None

    def of_page(self, scope: int, since: datetime) -> tuple[str | None, str | None, datetime | None]:
        """Return, at one instant, the whole's stamp, a scope's, and the first end of a publication after a moment."""
        row = self.row(self.of_a_page, (scope, self.written(since)))
        return (row[0], row[1], self.understood(row[2])) if row else (None, None, None)

    def row(self, statement: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """Return the one row of a statement; None where the database does not answer, which Flask will tell better."""
        try:
            rows = read_connections(self.engine).rows(statement, values)
        except SQLAlchemyError:
            return None
        return rows[0] if rows else None


def placed(statement: str, mark: str) -> str:
    """Return a statement with its parameters as an engine names them: all `?`, or the first `$1`."""
    first, *rest = statement.split("?")
    return first + "".join(f"{mark}{place if mark == '$' else ''}{part}" for place, part in enumerate(rest, start=1))
