"""What a start refuses before it changes anything, and how to type a command beside it."""

import os
import shlex
import sqlite3

import click
from flask import current_app

from app.db import db

OLDEST_SQLITE = (3, 42)
# What `./dev run` may be given on its own line, and a command typed beside it has not.
SETTINGS_OF_A_RUN = ("EN_REGARD_ENV", "DEMO", "INSTANCE", "DATABASE_URL", "PORT", "PUBLIC_URL")


def refuse_old_sqlite() -> None:
    """Refuse a SQLite whose search would keep erased words: it lacks FTS5's `secure-delete` (migration 0010)."""
    if db.engine.dialect.name == "sqlite" and sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise click.ClickException(
            f"SQLite {'.'.join(map(str, OLDEST_SQLITE))} or later is needed, and this Python has "
            f"{sqlite3.sqlite_version}: use another, or PostgreSQL (DATABASE_URL)"
        )


def as_started() -> str:
    """Return what to set before a command so that it finds this database; in production it is exported already."""
    if current_app.config["ENVIRONMENT"] == "production":
        return ""
    return "".join(f"{name}={shlex.quote(os.environ[name])} " for name in SETTINGS_OF_A_RUN if name in os.environ)
