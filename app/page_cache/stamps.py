"""Stamps: a random value for each article, and one for everything published, changed by database triggers.

The triggers (migration 0001) set a new stamp in the transaction that changes anything readers see: the article's, and
that of everything. No code can forget to, and no value is used twice. A migration that adds a table read by public
pages adds a trigger on it; `tests/page_cache/test_stamps.py` fails if one is missing.
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

UNREADABLE = ""  # no stamp: the database does not answer

# The scope is a literal: a statement without parameters costs a fifth less, and articles are few.
SCOPE_STAMP = "SELECT stamp FROM publication_stamp WHERE scope = %d"
PAGE_STAMPS = (
    "SELECT (SELECT stamp FROM publication_stamp WHERE scope = 0),"
    " (SELECT stamp FROM publication_stamp WHERE scope = ?),"
    " (SELECT min(moment) FROM (SELECT min(shown_until) AS moment FROM rendering WHERE shown_until > ?"
    # Of answers, which are few: SQLite would read all that are published, were their index in sight.
    " UNION ALL SELECT min(published_until) FROM testimonial"
    " WHERE about_id > 0 AND status || '' = 'published' AND published_until > ?"
    " UNION ALL SELECT min(opens_at) FROM article WHERE opens_at > ?"
    " UNION ALL SELECT min(closes_at) FROM article WHERE closes_at > ?) AS moments)"
)


class PublicationStamp(MappedAsDataclass, Base, kw_only=True):
    """The stamp of an article (`scope` is its id) or of everything published (`EVERYTHING`)."""

    __tablename__ = "publication_stamp"

    scope: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    stamp: Mapped[str]


class Stamps:
    """Reads stamps: sending a cached page costs one such read and little else."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        mark = {"sqlite": "?", "postgresql": "$"}[engine.dialect.name]
        self.page_query = with_parameters(PAGE_STAMPS, mark)
        # SQLAlchemy's own conversions for a column of moments.
        moment = UTCDateTime().dialect_impl(engine.dialect)
        self.to_driver: Callable[[Any], Any] = moment.bind_processor(engine.dialect) or (lambda value: value)
        self.from_driver: Callable[[Any], Any] = moment.result_processor(engine.dialect, None) or (lambda value: value)

    def current(self, scope: int) -> str | None:
        """Return a stamp as committed now, by one read of a primary key; `UNREADABLE` where the database is away."""
        try:
            rows = read_connections(self.engine).rows(SCOPE_STAMP % scope, ())
        except SQLAlchemyError:
            return UNREADABLE
        return rows[0][0] if rows else None

    def for_page(self, scope: int, since: datetime) -> tuple[str | None, str | None, datetime | None]:
        """Return the stamp of everything, that of a scope, and the first moment after `since` that changes pages.

        It is the end of a publication, or the opening or the end of a call. One statement reads them all, from one
        state of the database. All are None where it does not answer.
        """
        try:
            [row] = read_connections(self.engine).rows(self.page_query, (scope, *[self.to_driver(since)] * 4))
        except SQLAlchemyError:
            return None, None, None
        return row[0], row[1], self.from_driver(row[2])


def with_parameters(sql: str, mark: str) -> str:
    """Write a statement's parameters in an engine's style: all `?`, or `$1`, `$2` and so on."""
    first, *rest = sql.split("?")
    return first + "".join(f"{mark}{place if mark == '$' else ''}{part}" for place, part in enumerate(rest, start=1))
