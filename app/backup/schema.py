"""Schemas of backups: each is made by its own migrations, in the transaction that fills it."""

from flask import current_app
from sqlalchemy import Connection, inspect

from app.backup import BackupRefused


def migrate(connection: Connection, revision: str = "head") -> None:
    from alembic import command  # noqa: PLC0415  # a server never loads it

    own = current_app.extensions["migrate"].migrate.get_config()
    own.attributes["connection"] = connection
    command.upgrade(own, revision)


def revision_of(connection: Connection) -> str:
    """Return a database's revision; an empty string where it has no schema of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() or ""


def known_revisions() -> list[str]:
    """Return the revisions of this code, the newest first."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415  # 10 MB, for a restore alone

    scripts = ScriptDirectory(current_app.extensions["migrate"].migrate.directory)
    return [script.revision for script in scripts.walk_revisions()]


def refuse_filled(connection: Connection) -> None:
    """Refuse a database with tables: only an empty one is filled, so that nothing is mixed."""
    if tables := inspect(connection).get_table_names():
        raise BackupRefused(
            f"the database is not empty ({len(tables)} tables): give an empty one, or move this one away"
        )
