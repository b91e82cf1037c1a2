"""Rate-limit counters shared by all workers: one row per counter in the database.

Counting takes one statement, outside the request's session: a rollback of the request uncounts nothing. On SQLite the
caller must have no writing transaction open, or it would wait for itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, TextualSelect, bindparam, text
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column

from app.db import Base, UTCDateTime, db, delete_rows, now


@dataclass(frozen=True)
class Window:
    """A counter, how long its window lasts once opened, in seconds, and the most requests that it accepts."""

    key: str
    seconds: int
    most: int


class RateCounter(MappedAsDataclass, Base, kw_only=True):
    """The number of requests since a window opened; void once it has closed."""

    __tablename__ = "rate_counter"

    key: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(index=True)


rate_counter: Any = RateCounter.__table__


def count_each(windows: Sequence[Window], *, patience: int | None = None) -> float | None:
    """Count a request in each window, in order, as far as the first that is exceeded.

    Return when that one closes, in seconds since 1970; None where no window is exceeded. Raises `OperationalError`
    where another keeps SQLite's write lock for longer than `patience`, in milliseconds, or than every statement waits.
    """
    with db.engine.execution_options(sqlite_patience=patience).begin() as connection:
        counts = count_up(connection, {each.key: each.seconds for each in windows})
        for number, window in enumerate(windows, 1):
            count, closes_at = counts[window.key]
            if count > window.most:
                later = RateCounter.key.in_([each.key for each in windows[number:]])
                connection.execute(rate_counter.update().where(later).values(count=RateCounter.count - 1))
                return closes_at.timestamp()
    return None


def count_up(connection: Connection, seconds: dict[str, int]) -> dict[str, tuple[int, datetime]]:
    """Count up the windows of some keys, those that have closed from zero; return counts and ends, by key."""
    moment = now()
    values: dict[str, object] = {"moment": moment}
    # In the order of the keys, in which every request locks them: no deadlock on PostgreSQL.
    for number, key in enumerate(sorted(seconds)):
        values |= {f"key{number}": key, f"end{number}": moment + timedelta(seconds=seconds[key])}
    return {key: (count, end) for key, count, end in connection.execute(counting(len(seconds)), values)}


@cache
def counting(number: int) -> TextualSelect:
    """Return the statement that counts up so many windows: text, since SQLAlchemy compiles lists of rows each time."""
    rows = ", ".join(f"(:key{each}, 1, :end{each})" for each in range(number))
    counted = text(
        f"INSERT INTO rate_counter (key, count, expires_at) VALUES {rows} ON CONFLICT (key) DO UPDATE SET"  # noqa: S608  # names of parameters
        " count = CASE WHEN rate_counter.expires_at <= :moment THEN excluded.count"
        " ELSE rate_counter.count + excluded.count END,"
        " expires_at = CASE WHEN rate_counter.expires_at <= :moment THEN excluded.expires_at"
        " ELSE rate_counter.expires_at END RETURNING key, count, expires_at"
    )
    moments = [bindparam(name, type_=UTCDateTime()) for name in ("moment", *(f"end{each}" for each in range(number)))]
    return counted.bindparams(*moments).columns(RateCounter.key, RateCounter.count, RateCounter.expires_at)


def delete_closed_counters(session: Session) -> int:
    return delete_rows(session, RateCounter, RateCounter.expires_at <= now())
