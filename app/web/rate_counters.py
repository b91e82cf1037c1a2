"""Rate-limit counters shared by all workers: a storage of the `limits` library, one row per counter in the database.

Counting takes one statement, outside the request's session: a rollback of the request uncounts nothing. On SQLite the
caller must have no writing transaction open, or it would wait for itself.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeVar

from limits.storage import Storage
from sqlalchemy import Connection, Select, TextualSelect, bindparam, delete, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column

from app.db import Base, UTCDateTime, db, now

T = TypeVar("T")


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


class DatabaseStorage(Storage):
    """The `database://` storage: the platform's own database, on either engine."""

    STORAGE_SCHEME = ["database"]  # noqa: RUF012  # the library reads it from the class

    @property
    def base_exceptions(self) -> type[Exception]:
        return SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count up and return the count; a closed window starts again. One statement, hence atomic."""
        with db.engine.begin() as connection:
            ((count, _),) = count_up(connection, {key: expiry}, amount).values()
            return count

    def count_each(self, windows: Sequence[Window], *, patience: int | None) -> float | None:
        """Do as `count_each()`, in one statement; those after an exceeded window are counted down again."""
        with db.engine.execution_options(sqlite_patience=patience).begin() as connection:
            counts = count_up(connection, {each.key: each.seconds for each in windows})
            for number, window in enumerate(windows, 1):
                count, closes_at = counts[window.key]
                if count > window.most:
                    later = RateCounter.key.in_([each.key for each in windows[number:]])
                    connection.execute(rate_counter.update().where(later).values(count=RateCounter.count - 1))
                    return closes_at.timestamp()
        return None

    def get(self, key: str) -> int:
        return self._read(select(RateCounter.count).where(RateCounter.key == key, RateCounter.expires_at > now())) or 0

    def get_expiry(self, key: str) -> float:
        """Return when the window closes, in seconds since 1970."""
        closes = self._read(select(RateCounter.expires_at).where(RateCounter.key == key))
        return closes.timestamp() if closes else time.time()

    def check(self) -> bool:
        try:
            self._read(select(RateCounter.count).limit(1))
        except SQLAlchemyError:
            return False
        return True

    def reset(self) -> int | None:
        with db.engine.begin() as connection:
            return connection.execute(delete(RateCounter)).rowcount

    def clear(self, key: str) -> None:
        with db.engine.begin() as connection:
            connection.execute(delete(RateCounter).where(RateCounter.key == key))

    def _read(self, statement: Select[T]) -> T | None:
        with db.engine.execution_options(sqlite_begin="BEGIN").begin() as connection:
            return connection.scalar(statement)


def count_each(storage: Storage, windows: Sequence[Window], *, patience: int | None = None) -> float | None:
    """Count a request in each window, in order, as far as the first that is exceeded.

    Return when that one closes, in seconds since 1970; None where no window is exceeded. Raises `OperationalError`
    where another keeps SQLite's write lock for longer than `patience`, in milliseconds, or than every statement waits.
    """
    if isinstance(storage, DatabaseStorage):
        return storage.count_each(windows, patience=patience)
    for window in windows:
        if storage.incr(window.key, window.seconds) > window.most:
            return storage.get_expiry(window.key)
    return None


def count_up(connection: Connection, seconds: dict[str, int], amount: int = 1) -> dict[str, tuple[int, datetime]]:
    """Count up the windows of some keys, those that have closed from zero; return counts and ends, by key."""
    moment = now()
    values: dict[str, object] = {"moment": moment, "amount": amount}
    # In the order of the keys, in which every request locks them: no deadlock on PostgreSQL.
    for number, key in enumerate(sorted(seconds)):
        values |= {f"key{number}": key, f"end{number}": moment + timedelta(seconds=seconds[key])}
    return {key: (count, end) for key, count, end in connection.execute(counting(len(seconds)), values)}


@cache
def counting(number: int) -> TextualSelect:
    """Return the statement that counts up so many windows: text, since SQLAlchemy compiles lists of rows each time."""
    rows = ", ".join(f"(:key{each}, :amount, :end{each})" for each in range(number))
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
    """Delete the counters whose window has closed. The caller commits."""
    return len(
        session.scalars(delete(RateCounter).where(RateCounter.expires_at <= now()).returning(RateCounter.key)).all()
    )
