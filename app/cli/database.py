"""`flask prepare`: the database brought up to date, and what the platform ships."""

import os
import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import click
import flask_migrate
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import text

import config
from app import demo, erasure_journal
from app.articles import source, versions
from app.cli.catalog import rebuild_indexes
from app.cli.mail import destination
from app.cli.maintenance import COMMAND
from app.db import db
from app.search import index as searches
from app.territories import queries as territories
from app.territories.entry_files import load_territories

CONTENT = config.ROOT / "content"
OLDEST_SQLITE = (3, 42)

# What `./dev run` may be given on its own line, and a command typed beside it has not.
RUN_SETTINGS = ("EN_REGARD_ENV", "INSTANCE", "DATABASE_URL", "PUBLIC_URL")


@click.command(help="Bring the database up to date, load what is missing, say where things are.")
@with_appcontext
def prepare() -> None:
    refuse_old_sqlite()
    current_app.config["INSTANCE"].mkdir(mode=0o700, parents=True, exist_ok=True)
    with preparation_lock():
        flask_migrate.upgrade()
        load_shipped_content()
        if searches.is_empty(db.session()):
            rebuild_indexes()
        if current_app.config["DEMO"]:
            demo.load_demo(db.session(), *sorted((CONTENT / "demo").glob("*.toml")))
            db.session.commit()
    if current_app.config["ENVIRONMENT"] == "production" and demo.is_loaded(db.session()):
        raise click.ClickException("this database holds the demo, whose password everyone knows: use another")
    print_welcome()


@contextmanager
def preparation_lock() -> Iterator[None]:
    """Let one machine prepare at a time: on PostgreSQL the others wait; SQLite has one writer anyway."""
    if db.engine.dialect.name != "postgresql":
        yield
        return
    with db.engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(20161)"))
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(20161)"))


def print_welcome() -> None:
    settings = current_app.config
    click.echo(f"\nEn regard       {settings['PUBLIC_URL']}")
    click.echo(f"Editors' desk   {settings['PUBLIC_URL']}/moderation")
    if settings["DEMO"]:
        click.echo(f"  sign in with  {demo.EDITOR_EMAIL}   password: {demo.EDITOR_PASSWORD}")
    else:
        click.echo(f"  first editor  {environment_prefix()}{COMMAND} editors invite EMAIL NAME --admin")
    click.echo(f"E-mails go to   {destination()}\n")
    if waiting := erasure_journal.count_waiting(db.session()):
        click.echo(f"{waiting} lines of the journal of erasures are not written: {erasure_journal.UNTIL_WRITTEN}\n")


def load_shipped_content(articles: str = "*.md") -> None:
    """Insert or update the territories, then insert every article that is not there: admins write the others.

    Search has the new name of a région at once; pages have it, and the titles that a release composes again, from
    `mail loop` after the start: it takes 10 ms a text.
    """
    before = territories.names_by_code(db.session())
    load_territories(db.session(), CONTENT / "territories")
    for path in sorted((CONTENT / "articles").glob(articles)):
        source.load_missing_article(db.session(), path)
    versions.keep_first_versions(db.session())
    db.session.commit()
    if territories.names_by_code(db.session()) != before:
        rebuild_indexes()


def refuse_old_sqlite() -> None:
    """Refuse a SQLite whose search would keep erased words: it lacks FTS5's `secure-delete` (migration 0001)."""
    if db.engine.dialect.name == "sqlite" and sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise click.ClickException(
            f"SQLite {'.'.join(map(str, OLDEST_SQLITE))} or later is needed, and this Python has "
            f"{sqlite3.sqlite_version}: use another, or PostgreSQL (DATABASE_URL)"
        )


def environment_prefix() -> str:
    """Return what to set before a command so that it finds this database; in production it is exported already."""
    if current_app.config["ENVIRONMENT"] == "production":
        return ""
    return "".join(f"{name}={shlex.quote(os.environ[name])} " for name in RUN_SETTINGS if name in os.environ)
