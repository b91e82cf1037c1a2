"""PostgreSQL: the rows of each table by COPY, out of one snapshot, and into tables that the migrations have made.

No program of PostgreSQL is needed, of any version.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from app.backup import BackupRefused
from app.backup.archive import Archive, Writer
from app.backup.schema import migrate, refuse_filled, revision_of

# The migrations write their own revision.
COLUMN_TYPES = """
    SELECT relname, array_agg(attname::text ORDER BY attnum), array_agg(format_type(atttypid, NULL) ORDER BY attnum)
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
    WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
    GROUP BY relname ORDER BY relname
"""
SEQUENCES = (
    "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = current_schema() AND last_value IS NOT NULL"
)
FOREIGN_KEYS = """
    SELECT relname, conname, pg_get_constraintdef(pg_constraint.oid)
    FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
    WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY relname, conname
"""
OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
PREPARING = 20161  # the advisory lock of `flask prepare`


def driver_of(connection: Connection) -> Any:
    connection.exec_driver_sql("SET LOCAL datestyle = 'ISO'")
    connection.exec_driver_sql("SET LOCAL timezone = 'UTC'")
    return connection.connection.driver_connection


def columns_of(driver: Any) -> dict[str, dict[str, str]]:
    return {name: dict(zip(columns, types, strict=True)) for name, columns, types in driver.execute(COLUMN_TYPES)}


def copy_statement(name: str, columns: list[str], direction: str) -> sql.Composed:
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) " + direction).format(sql.Identifier(name), listed)


def dump(engine: Engine, writer: Writer, _folder: Path) -> None:
    """Write every row of one snapshot; others go on reading and writing."""
    manifest, snapshot = writer.manifest, engine.execution_options(isolation_level="REPEATABLE READ", read_only=True)
    try:
        with snapshot.connect() as connection:
            driver = driver_of(connection)
            manifest.revision = revision_of(connection)
            for name, columns in columns_of(driver).items():
                manifest.columns[name] = list(columns)
                with writer.member(f"tables/{name}") as write, driver.cursor() as cursor:
                    with cursor.copy(copy_statement(name, list(columns), "TO STDOUT")) as rows:
                        for row in rows:
                            write(row)
                    manifest.rows[name] = cursor.rowcount
            manifest.sequences = dict(driver.execute(SEQUENCES).fetchall())
    except (psycopg.Error, DBAPIError) as error:
        raise BackupRefused(f"no backup is made: {refusal(error)}") from None


@contextmanager
def emptied_schema(engine: Engine, revision: str) -> Iterator[Connection]:
    """Give a connection to an empty database brought to a revision, without rows, triggers or foreign keys.

    At the end of the block these are back, the foreign keys hold, and the schema is this code's; then it is committed.
    """
    with engine.begin() as connection:
        driver = driver_of(connection)
        driver.execute("SELECT pg_advisory_xact_lock(%s)", [PREPARING])
        refuse_filled(connection)
        if others := driver.execute(OTHERS).fetchone()[0]:
            raise BackupRefused(
                f"{others} other connections to the database: stop the server, `flask mail loop` and cron jobs first"
            )
        migrate(connection, revision)
        # What migrations have inserted waits for its deferred triggers, and no table can be altered meanwhile.
        driver.execute("SET CONSTRAINTS ALL IMMEDIATE")
        tables, keys = list(map(sql.Identifier, columns_of(driver))), driver.execute(FOREIGN_KEYS).fetchall()
        for table, name, _ in keys:
            driver.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(*map(sql.Identifier, (table, name))))
        driver.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(tables)))
        for table in tables:
            driver.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(table))
        yield connection
        for table in tables:
            driver.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(table))
        for table, name, definition in keys:
            added = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} ").format(*map(sql.Identifier, (table, name)))
            driver.execute(added + sql.SQL(definition))
        migrate(connection)
        driver.execute("ANALYZE")


@contextmanager
def loaded(engine: Engine, archive: Archive) -> Iterator[None]:
    """Fill an empty database with a backup's rows, in one transaction, committed at the end of the block."""
    manifest = archive.manifest
    try:
        with emptied_schema(engine, manifest.revision) as connection:
            driver = driver_of(connection)
            for name, columns in manifest.columns.items():
                with driver.cursor() as cursor:
                    with cursor.copy(copy_statement(name, columns, "FROM STDIN")) as rows:
                        for chunk in archive.chunks(f"tables/{name}"):
                            rows.write(chunk)
                    if cursor.rowcount != manifest.rows[name]:
                        raise archive.damage(f"tables/{name}")
            for name, value in manifest.sequences.items():
                driver.execute("SELECT setval(%s::regclass, %s)", [name, value])
            yield
    except (psycopg.Error, DBAPIError) as error:
        raise BackupRefused(f"{archive.path} is not restored: {refusal(error)}") from None


def refusal(error: Exception) -> str:
    """Return what PostgreSQL says of what it refuses, without the row, which may hold words of a person."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    said = cause.diag.message_primary if isinstance(cause, psycopg.Error) else None
    return f"PostgreSQL says « {said or type(cause).__name__} »"
