"""Refusal at start of a `DATABASE_URL` that names no database which can be opened."""

import sqlite3
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import ArgumentError, DBAPIError

from app.db import LOCKED
from config import SettingMissing

# What a PostgreSQL server says that will be over by itself; it refuses with FATAL, in every language.
PASSING = ("starting up", "shutting down", "recovery", "not yet accepting", "too many", "connection slots")
LASTING = ("FATAL:", "failed to resolve host", "no password supplied", "invalid ")


def refuse_unknown_database(engine: Engine, instance: Path) -> None:
    """Raise `SettingMissing` where waiting would not help: no such database, role, password, host or folder.

    A server that is down, or busy, is none of these: pages answer 503 until it is back. `instance` is the folder that
    `flask prepare` creates.
    """
    if engine.dialect.name == "sqlite" and not is_stored(engine.url.database, instance):
        return
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1 FROM sqlite_master" if engine.dialect.name == "sqlite" else "SELECT 1")
    except (DBAPIError, ArgumentError) as error:
        if (reason := lasting_reason(error)) is not None:
            raise SettingMissing(
                f"DATABASE_URL names no database that opens ({reason}): see docs/operating.md"
            ) from None
    finally:
        engine.dispose()


def is_stored(path: str | None, instance: Path) -> bool:
    """Whether a SQLite file is there already; raise `SettingMissing` where it could not be created."""
    if path is None or path == ":memory:":
        return False
    folder = Path(path).parent
    if not folder.is_dir() and folder != instance:
        raise SettingMissing(
            f"DATABASE_URL names a file in a folder that is not there ({folder}): see docs/operating.md"
        )
    return Path(path).exists()


def lasting_reason(error: Exception) -> str | None:
    """Return the driver's message in one line; None if the refusal may be over soon."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    reason = " ".join(str(cause).split())
    if isinstance(cause, sqlite3.Error):
        is_busy = isinstance(cause, sqlite3.OperationalError) and cause.sqlite_errorcode & 0xFF in LOCKED
        return None if is_busy else reason
    is_lasting = any(each in reason for each in LASTING) and not any(each in reason for each in PASSING)
    return reason if is_lasting else None
