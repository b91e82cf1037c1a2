"""Every `flask` command, and what errors that stop one are told as."""

import sqlite3
import sys
from types import TracebackType

import flask_migrate
from flask import Flask
from sqlalchemy.exc import OperationalError

import app
import config
from app.cli.articles import article_commands
from app.cli.backup import backup, data_commands, restore
from app.cli.catalog import catalog_commands
from app.cli.database import prepare
from app.cli.doctor import doctor
from app.cli.editors import editor_commands
from app.cli.mail import mail_commands
from app.cli.maintenance import clock, erasures
from app.cli.privacy import privacy_commands
from app.db import db, is_unavailable

MIGRATIONS = config.ROOT / "migrations"
UNDEFINED = ("42P01", "42703")  # PostgreSQL's codes for a table, and for a column
DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def create_app(settings: config.Config | None = None) -> Flask:
    """Return the application with its commands, those of the migrations among them."""
    commanded = app.create_app(settings)
    flask_migrate.Migrate(commanded, db, directory=str(MIGRATIONS), render_as_batch=True)
    for command in (
        prepare,
        backup,
        restore,
        data_commands,
        clock,
        mail_commands,
        article_commands,
        editor_commands,
        catalog_commands,
        privacy_commands,
        erasures,
        doctor,
    ):
        commanded.cli.add_command(command)
    return commanded


def explain_uncaught_errors() -> None:
    """Replace the process's hook for errors that nothing caught: a database away, damaged or not prepared is told.

    Any other error goes to the hook of before, which logs it.
    """
    log = sys.excepthook

    def explain(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        cause = getattr(error, "orig", "")
        reason = (str(cause).splitlines() or [kind.__name__])[0]  # the first line alone: the rest may quote a statement
        if isinstance(error, OperationalError) and is_unavailable(error):
            sys.stderr.write(
                f"Error: the database does not answer ({reason}): the command stopped, run it again later\n"
            )
        elif getattr(cause, "sqlite_errorcode", 0) & 0xFF in DAMAGE:
            sys.stderr.write(f"Error: the database is damaged ({reason}): restore a backup (docs/operating.md)\n")
        elif reason.startswith("no such ") or getattr(cause, "sqlstate", "") in UNDEFINED:
            sys.stderr.write(f"Error: the database is not prepared for this release ({reason}): run `flask prepare`\n")
        else:
            log(kind, error, trace)

    sys.excepthook = explain
