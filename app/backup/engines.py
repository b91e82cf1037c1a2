"""Backups on either engine: made and read back, or restored into an empty database."""

from contextlib import AbstractContextManager
from pathlib import Path
from types import ModuleType

from flask import current_app
from sqlalchemy import Engine

from app.backup import BackupRefused, sqlite
from app.backup.archive import JOURNAL, Archive, Manifest, new_archive, opened_archive, product_version
from app.backup.folder import aside, sync_folder
from app.backup.schema import known_revisions, revision_of
from app.db import now
from app.erasure_journal import journal_path, write_again, write_lines
from app.erasure_journal.file import ended_lines, read_text
from app.erasure_journal.places import second_place

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
            own_module(engine).dump(engine, writer, folder)
            # After the rows: a line is written before its act is committed, so each act among the rows has its line.
            with writer.member(JOURNAL) as write:
                write(journal_content().encode())
        with opened_archive(unnamed) as archive:
            archive.verify()
        unnamed.rename(path)
        sync_folder(path.parent)
    return manifest


def refuse_unfit(engine: Engine, archive: Archive) -> None:
    """Raise `BackupRefused` for a backup that is damaged, newer than this code, or of another engine."""
    archive.verify()
    manifest = archive.manifest
    if manifest.revision not in known_revisions():
        made_by = f"En regard {manifest.version}, schema {manifest.revision}"
        raise BackupRefused(f"the backup is newer than this code ({made_by}): restore it with that version")
    if manifest.engine != (own := NAMES[engine.dialect.name]):
        raise BackupRefused(
            f"the backup is of {manifest.engine} and DATABASE_URL names {own}: restore it into {manifest.engine}"
            + (", then move it with `flask data copy`" if own == "PostgreSQL" else "")
        )


def restored(engine: Engine, archive: Archive) -> AbstractContextManager[None]:
    """Restore a backup that fits into an empty database, which has it at the end of the block: whole, or not at all.

    Raises `BackupRefused` for a database that is not empty, or in use.
    """
    block: AbstractContextManager[None] = own_module(engine).loaded(engine, archive)
    return block


def own_module(engine: Engine) -> ModuleType:
    if engine.dialect.name == "sqlite":
        return sqlite
    from app.backup import postgresql  # noqa: PLC0415  # psycopg, which SQLite does without

    return postgresql


def journal_content() -> str:
    """Return the lines of the journal, those that only its second place has among them.

    Where that does not answer, its lines are left out: a restore reads them there.
    """
    own, copy = read_text(journal_path()), second_place()
    try:
        theirs = copy.read() if copy else ""
    except OSError as error:
        current_app.logger.warning("this backup lacks lines of the journal of erasures (%s)", error.strerror)
        theirs = ""
    return "".join(dict.fromkeys([*ended_lines(own), *ended_lines(theirs)]))


def merge_journal(archive: Archive) -> int:
    """Append to the journal in place the lines of a backup's that it lacks; return how many.

    None of either is lost. Raises `BackupRefused` where a place of the journal takes no line.
    """
    lines = ended_lines(archive.journal().decode(errors="replace"))
    try:
        before = set(ended_lines(read_text(journal_path())))
        write_lines("")  # even without a line to add
        write_again(lines)
    except OSError as error:
        raise BackupRefused(
            f"nothing is restored: the journal of erasures takes no line ({error.strerror}); see `flask erasures check`"
        ) from None
    return len({*lines} - before)
