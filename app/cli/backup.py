"""`flask backup`, `flask restore`, `flask data copy`."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import URL, create_engine, make_url
from sqlalchemy.exc import DBAPIError

from app.backup import BackupRefused
from app.backup.archive import opened_archive
from app.backup.engines import make_backup, merge_journal, refuse_unfit, restored
from app.backup.folder import delete_old, name_at, sync_folder
from app.cli.maintenance import COMMAND, replay
from app.db import db, now, refuse_unknown_database
from app.db.process_lock import StillRunning, mark_unfinished, nothing_running
from app.erasure_journal import UNTIL_WRITTEN
from app.monitoring.heartbeat import Process, record_heartbeat
from config import SettingMissing, database_url


@contextmanager
def refusals() -> Iterator[None]:
    """Print what is refused as one sentence, with exit status 1."""
    try:
        yield
    except (BackupRefused, StillRunning) as error:
        raise click.ClickException(str(error)) from None
    except (DBAPIError, sqlite3.Error) as error:
        said = " ".join(str(getattr(error, "orig", error)).split())
        raise click.ClickException(f"the database cannot be read ({said}), and nothing is changed") from None
    except OSError as error:
        what = error.filename or "the file"
        raise click.ClickException(f"{what} cannot be written or read: {error.strerror}") from None


@click.command(
    help="Make a backup, TARGET or in the folder TARGET under a name by time. Others go on writing meanwhile.",
    epilog=f"\b\nExample: {COMMAND} backup /var/backups/en-regard --keep-days 30",
)
@click.argument("target", type=click.Path(path_type=Path))
@click.option(
    "--keep-days",
    type=click.IntRange(1, 3650),
    help="With a folder: delete its older backups, once the new one is whole.",
)
@click.option(
    "--verify",
    is_flag=True,
    help="Read the backup TARGET whole instead, and say what is in it; exit with 1 if it is not as it was written.",
)
@with_appcontext
def backup(target: Path, *, keep_days: int | None, verify: bool) -> None:
    if verify:
        with refusals(), opened_archive(target) as archive:
            archive.verify()
            lines = archive.journal().count(b"\n")
            click.echo(f"{target} is whole: {archive.summary}, {lines} lines of the journal of erasures")
        return
    made_at = now()
    if keep_days is not None and not target.is_dir():
        raise click.UsageError("--keep-days needs a folder that is there: nothing is written")
    with refusals():
        path = target / name_at(made_at) if target.is_dir() else target
        if not path.parent.is_dir():
            raise BackupRefused(f"there is no folder {path.parent}: nothing is written")
        manifest = make_backup(db.engine, path)
        click.echo(f"written to {path}, and read back: {manifest.summary}")
        if waiting := manifest.rows.get("waiting_entry"):
            click.echo(
                f"{waiting} lines of the journal of erasures are in this backup alone: {UNTIL_WRITTEN}", err=True
            )
        with suppress(DBAPIError):  # a schema of before it has no heartbeats, and the backup is whole all the same
            record_heartbeat(db.session(), Process.BACKUP)
            db.session.commit()
        db.session.rollback()
        for old in delete_old(target, made_at, timedelta(days=keep_days)) if keep_days else []:
            click.echo(f"deleted, older than {keep_days} days: {old}")


@click.command(
    "restore",
    help="Restore a backup into an empty database, then honour the erasures made since. Stop the server first.",
    epilog=f"\b\nExample: {COMMAND} restore /var/backups/en-regard/en-regard-2026-11-29-031500.zip",
)
@click.argument("file", type=click.Path(path_type=Path))
@with_appcontext
@click.pass_context
def restore(context: click.Context, file: Path) -> None:
    """Restore all or nothing; then replay the lines of both journals. What pages show is renewed after the start.

    From before the commit until the replay a mark keeps servers from starting, should this be killed meanwhile.
    """
    instance: Path = current_app.config["INSTANCE"]
    db.session.remove()
    db.engine.dispose()
    with refusals(), opened_archive(file) as archive:
        refuse_unfit(db.engine, archive)
        instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        with nothing_running(instance):
            with restored(db.engine, archive):
                added = merge_journal(archive)
                mark_unfinished(instance)
                sync_folder(instance)
            click.echo(f"restored: {archive.summary}; {added} lines added to the journal of erasures")
            context.invoke(replay, file=None)
    click.echo("start the server and `flask mail loop`, which renews pages: `flask doctor` tells how many are left")


data_commands = AppGroup("data", help="An installation moved elsewhere.")


@data_commands.command(
    "copy",
    help="Copy from SQLite into an empty PostgreSQL database, and compare every row. Stop the server first.",
    epilog=f"\b\nExample: {COMMAND} data copy sqlite:///instance/en-regard.sqlite3 postgresql://user:password@host/name",
)
@click.argument("sqlite_url")
@click.argument("postgres_url")
def copy(sqlite_url: str, postgres_url: str) -> None:
    from app.backup.transfer import copy_database  # noqa: PLC0415  # psycopg, which other commands do without

    source, target = own_url(sqlite_url, "sqlite"), own_url(postgres_url, "postgresql+psycopg")
    db.session.remove()
    db.engine.dispose()
    engine = create_engine(target, hide_parameters=True)
    try:
        with refusals(), nothing_running(current_app.config["INSTANCE"]):
            refuse_unknown_database(engine, current_app.config["INSTANCE"])
            rows = copy_database(Path(source.database or ""), engine)
    except SettingMissing as error:
        raise click.ClickException(str(error)) from None
    finally:
        engine.dispose()
    click.echo(f"copied, and the same row by row: {sum(rows.values())} rows in {len(rows)} tables")
    click.echo("set DATABASE_URL to the second address, run `flask prepare`, then `flask catalog check`")


def own_url(url: str, driver: str) -> URL:
    """Return a database's address; a usage error where it is of another engine."""
    kind = {"sqlite": "sqlite:///…", "postgresql+psycopg": "postgresql://…"}[driver]
    try:
        made = make_url(database_url(url))
    except SettingMissing:
        made = None
    if made is None or made.drivername != driver:
        raise click.UsageError(f"copying goes from sqlite:///… to postgresql://…, and one of these is no {kind}")
    return made
