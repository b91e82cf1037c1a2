"""SQLite: its file, copied by the backup API while others write, and put in place by a rename."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from alembic.util import CommandError
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import DBAPIError

from app.backup import BackupRefused
from app.backup.archive import CHUNK, SQLITE_FILE, Archive, Writer
from app.backup.folder import aside, sync_folder
from app.backup.schema import migrate, refuse_filled

# The search tables of SQLite are virtual, and several tables each.
TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"


def dump(engine: Engine, writer: Writer, folder: Path) -> None:
    """Copy the database to a file in `folder`, look whether it is sound, and write it to the backup."""
    manifest, path = writer.manifest, folder / SQLITE_FILE
    with closing(engine.raw_connection()) as source, closing(sqlite3.connect(path)) as copy:
        driver: Any = source.driver_connection
        driver.backup(copy)  # in one step: a writer's commit would begin it again
        copy.execute("PRAGMA journal_mode = DELETE")
        (said,) = copy.execute("PRAGMA quick_check(1)").fetchone()
        if said != "ok":
            raise BackupRefused(
                f"the database is damaged ({' '.join(said.split())}), and no backup is made: restore the last good one"
            )
        names = [
            name for (name,) in copy.execute(TABLES) if name != "alembic_version" and not name.startswith("search_")
        ]
        for name in sorted(names):
            (manifest.rows[name],) = copy.execute(f'SELECT count(*) FROM "{name}"').fetchone()  # noqa: S608  # its own
        (manifest.revision,) = copy.execute("SELECT version_num FROM alembic_version").fetchone()
    with path.open("rb") as file, writer.member(SQLITE_FILE) as write:
        while chunk := file.read(CHUNK):
            write(chunk)
    path.unlink()


@contextmanager
def loaded(engine: Engine, archive: Archive) -> Iterator[None]:
    """Bring a backup's database to this code's schema beside its place; put it there at the end of the block."""
    path = Path(engine.url.database or "")
    refuse_in_use(engine, path)
    with aside(path.parent) as folder:
        restored = folder / SQLITE_FILE
        with os.fdopen(os.open(restored, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            for chunk in archive.chunks(SQLITE_FILE):
                file.write(chunk)
        own = create_engine(f"sqlite:///{restored}", hide_parameters=True)
        try:
            with own.begin() as connection:
                migrate(connection)
        except (DBAPIError, CommandError) as error:
            reason = type(getattr(error, "orig", error)).__name__
            raise BackupRefused(
                f"the database of {archive.path} cannot be brought to this schema ({reason}), and nothing is restored"
            ) from None
        finally:
            own.dispose()  # its log is emptied into the file
        with restored.open("rb") as file:
            os.fsync(file.fileno())
        yield
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        restored.replace(path)
        sync_folder(path.parent)


def refuse_in_use(engine: Engine, path: Path) -> None:
    """Refuse a place where a database is, or the log of one: committed texts may stand in it alone."""
    if path.exists():
        with engine.connect() as connection:
            refuse_filled(connection)
        engine.dispose()
    elif (log := path.with_name(f"{path.name}-wal")).exists():
        raise BackupRefused(f"{log} is left of the database that was here: move it away with its database")
