"""Backups on either engine: made and read back, or restored into an empty database."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from app.backup import BackupRefused, sqlite
from app.backup.archive import JOURNAL, Archive, Manifest, new_archive, opened_archive, product_version
from app.backup.folder import aside, sync_folder
from app.backup.schema import refuse_newer_schema, revision_of
from app.db import now
from app.testimonials.erasure_journal import journal_path, write_lines

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def make_backup(engine: Engine, path: Path) -> Manifest:
    """Make a backup, while others write, read it back, then give it its name; return what it is.

    Raises `BackupRefused` where there is a file or no database, and `OSError` where the file cannot be written.
    """
    if path.exists():
        raise BackupRefused(f"{path} exists: name another file, or a folder")
    with engine.connect() as connection:
        if not revision_of(connection):
            raise BackupRefused(
                "the database is empty, and no backup is made: see DATABASE_URL, or run `flask prepare`"
            )
    manifest = Manifest(product_version(), NAMES[engine.dialect.name], "", now().isoformat())
    with aside(path.parent) as folder:
        unnamed = folder / path.name
        with new_archive(unnamed, manifest) as writer:
            if engine.dialect.name == "sqlite":
                sqlite.dump(engine, writer, folder)
            else:
                from app.backup import postgresql  # noqa: PLC0415  # psycopg, which SQLite does without

                postgresql.dump(engine, writer)
            # After the rows: a line is written before its act is committed, so each act among the rows has its line.
            with writer.member(JOURNAL) as write:
                write(journal_content())
        with opened_archive(unnamed) as archive:
            archive.verify()
        unnamed.rename(path)
        sync_folder(path.parent)
    return manifest


def refuse_unfit(engine: Engine, archive: Archive) -> None:
    """Raise `BackupRefused` for a backup that is damaged, newer than this code, or of another engine."""
    archive.verify()
    manifest = archive.manifest
    refuse_newer_schema(manifest.version, manifest.revision)
    if manifest.engine != (own := NAMES[engine.dialect.name]):
        raise BackupRefused(
            f"the backup is of {manifest.engine} and DATABASE_URL names {own}: restore it into {manifest.engine}"
            + (", then move it with `flask data copy`" if own == "PostgreSQL" else "")
        )


@contextmanager
def restored(engine: Engine, archive: Archive) -> Iterator[None]:
    """Restore a backup that fits into an empty database, which has it at the end of the block: whole, or not at all.

    Raises `BackupRefused` for a database that is not empty, or in use.
    """
    if engine.dialect.name == "sqlite":
        with sqlite.loaded(engine, archive):
            yield
    else:
        from app.backup import postgresql  # noqa: PLC0415  # as above

        with postgresql.loaded(engine, archive):
            yield


def journal_content() -> bytes:
    path = journal_path()
    return path.read_bytes() if path.exists() else b""


def merge_journal(archive: Archive) -> int:
    """Append to the journal in place the lines of a backup's that it lacks; return how many.

    None of either is lost. Raises `OSError` where the journal cannot be written.
    """
    there = set(journal_content().decode(errors="replace").splitlines())
    missing = [line for line in archive.journal().decode(errors="replace").splitlines() if line and line not in there]
    write_lines("".join(f"{line}\n" for line in missing))  # even none: a journal that takes nothing refuses the restore
    return len(missing)
