"""Vacuum: SQLite's file written again after erasures, since its pages keep pieces of rows that have moved.

`secure_delete` overwrites a row where it stands. Where a B-tree was rebalanced, copies of its rows stay behind in pages
that are in use: of a thousand erased rows a few could still be read in the file. Triggers count the rows that are
erased (migration 0007), by any statement. PostgreSQL needs none of this: it has its own vacuum.
"""

import time
from contextlib import closing
from typing import Any

from flask import current_app
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column

from app.db import BUSY_TIMEOUT, Base, db

ATTEMPTS = 5  # to empty the log, each as long as SCRUB_PATIENCE, so that writers get their turn in between
PENDING = "SELECT coalesce(sum(number), 0) FROM erasure_mark"


class ErasureMark(MappedAsDataclass, Base, kw_only=True):
    """The number of rows erased since the file was last written whole; one row, or none."""

    __tablename__ = "erasure_mark"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]


def vacuum_after_erasures() -> bool:
    """Write SQLite's file again if rows were erased since the last time, and empty its log; return whether it is done.

    Readers go on; writers wait for it, as they wait for one another. A reader of an older snapshot keeps the log: the
    mark then stays, and the next call tries again.
    """
    if db.engine.dialect.name != "sqlite":
        return False
    pooled = db.engine.raw_connection()
    connection: Any = pooled.driver_connection
    pooled.detach()
    with closing(connection):
        connection.execute("PRAGMA query_only=OFF")  # a GET may have used this connection
        (erased,) = connection.execute(PENDING).fetchone()
        if not erased:
            return False
        # Writers wait for VACUUM alone: the checkpoint syncs the log, and copies it without holding up anybody. If the
        # power is cut before, the old file and the mark are still there.
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        patience = current_app.config["SCRUB_PATIENCE"]
        connection.execute(f"PRAGMA busy_timeout={patience}")
        if not any(log_is_emptied(connection, patience) for _ in range(ATTEMPTS)):
            return False
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT}")
        # Less those erased meanwhile, which may have left pieces again.
        connection.execute("UPDATE erasure_mark SET number = number - ?", [erased])
    return True


def log_is_emptied(connection: Any, patience: int) -> bool:
    """Empty the write-ahead log and return whether no reader kept it; wait a little if one did."""
    (is_busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if is_busy:
        time.sleep(patience / 1000)
    return not is_busy
