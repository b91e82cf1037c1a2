"""Rate-limit counters shared by all workers: a storage of the `limits` library, one row per counter in the database.

Counting takes one statement, outside the request's session: a rollback of the request uncounts nothing. On SQLite the
caller must have no writing transaction open, or it would wait for itself.
"""

import time
from datetime import datetime, timedelta
from typing import TypeVar

from limits.storage import Storage
from sqlalchemy import Select, case, delete, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column

from app.db import Base, db, now, upsert

T = TypeVar("T")


class RateCounter(MappedAsDataclass, Base, kw_only=True):
    """The number of requests since a window opened; void once it has closed."""

    __tablename__ = "rate_counter"

    key: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class DatabaseStorage(Storage):
    """The `database://` storage: the platform's own database, on either engine."""

    STORAGE_SCHEME = ["database"]  # noqa: RUF012  # the library reads it from the class

    @property
    def base_exceptions(self) -> type[Exception]:
        return SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count up and return the count; a closed window starts again. One statement, hence atomic."""
        moment = now()
        closed = RateCounter.expires_at <= moment
        fresh = {"count": amount, "expires_at": moment + timedelta(seconds=expiry)}
        statement = (
            upsert(RateCounter, db.engine.dialect.name)
            .values(key=key, **fresh)
            .on_conflict_do_update(
                index_elements=[RateCounter.key],
                set_={
                    "count": case((closed, amount), else_=RateCounter.count + amount),
                    "expires_at": case((closed, fresh["expires_at"]), else_=RateCounter.expires_at),
                },
            )
            .returning(RateCounter.count)
        )
        with db.engine.begin() as connection:
            return int(connection.execute(statement).scalar_one())

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


def delete_closed_counters(session: Session) -> int:
    """Delete the counters whose window has closed. The caller commits."""
    return len(
        session.scalars(delete(RateCounter).where(RateCounter.expires_at <= now()).returning(RateCounter.key)).all()
    )
