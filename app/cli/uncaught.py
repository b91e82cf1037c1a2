"""Errors that stop a command: a database away, damaged or not prepared is told in one sentence; others are logged."""

import sqlite3
import sys
from types import TracebackType

from sqlalchemy.exc import DatabaseError, OperationalError

from app.db import is_unavailable

UNDEFINED = ("42P01", "42703")  # PostgreSQL's codes for a table, and for a column


def explain_uncaught_errors() -> None:
    """Replace the process's hook for errors that nothing caught; any other error goes to the one of before."""
    log = sys.excepthook

    def explain(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        # The first line alone: the rest may quote a statement.
        reason = (str(getattr(error, "orig", "")).splitlines() or [kind.__name__])[0]
        if isinstance(error, OperationalError) and is_unavailable(error):
            sys.stderr.write(
                f"Error: the database does not answer ({reason}): the command stopped, run it again later\n"
            )
        elif isinstance(error, DatabaseError) and is_damage(error.orig):
            sys.stderr.write(f"Error: the database is damaged ({error.orig}): restore a backup (docs/operating.md)\n")
        elif isinstance(error, DatabaseError) and is_undefined(error.orig):
            sys.stderr.write(f"Error: the database is not prepared for this release ({reason}): run `flask prepare`\n")
        else:
            log(kind, error, trace)

    sys.excepthook = explain


def is_undefined(error: BaseException | None) -> bool:
    return getattr(error, "sqlstate", "") in UNDEFINED or str(error).startswith("no such ")


def is_damage(error: BaseException | None) -> bool:
    """Whether SQLite cannot make sense of its own file."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
