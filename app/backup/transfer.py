"""An installation moved from SQLite to PostgreSQL: every row copied in one transaction, then compared.

Rows are read as SQLite stores them, and each value is given the type of its column in PostgreSQL. The search tables
differ by engine: their words are cut again.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from app.backup import BackupRefused
from app.backup.postgresql import columns_of, copy_statement, driver_of, emptied_schema, refusal
from app.backup.schema import known_revisions
from app.search.index import insert_words
from app.search.query import SCOPES

ROWS_AT_ONCE = 1_000  # rows
SEARCH = {scope.rows.name for scope in SCOPES}

PRIMARY_KEYS = """
    SELECT attname, format_type(atttypid, NULL) FROM pg_index
    JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
    WHERE indrelid = %s::regclass AND indisprimary ORDER BY array_position(indkey::int2[], attnum)
"""


def copy_database(source: Path, target: Engine) -> dict[str, int]:
    """Copy a SQLite database into an empty PostgreSQL one; return the number of rows by table.

    Nobody may use the source meanwhile, and it stays as it is. Raises `BackupRefused` for a source that is in use or of
    another schema, a target that is not empty, and rows that PostgreSQL refuses or gives back otherwise.
    """
    with closing(opened_alone(source)) as rows:
        try:
            with emptied_schema(target, known_revisions()[0]) as connection:
                copied = copy_rows(rows, connection)
        except (psycopg.Error, DBAPIError) as error:
            raise BackupRefused(f"nothing is copied: {refusal(error)}") from None
    return copied


def opened_alone(path: Path) -> sqlite3.Connection:
    """Open a SQLite file that nobody else has open, and keep it so."""
    if not path.is_file():
        raise BackupRefused(f"there is no SQLite file {path}: nothing is copied")
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=0)
    try:
        # In this mode the first read takes the file for itself: the write-ahead log of others would refuse it.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        has_schema = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'alembic_version'").fetchone()
        revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0] if has_schema else None
    except sqlite3.Error as error:
        connection.close()
        if isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            raise BackupRefused(f"{path} is in use: stop the server, `flask mail loop` and cron jobs first") from None
        raise BackupRefused(f"{path} is not a SQLite file that opens ({error}): nothing is copied") from None
    if revision != (own := known_revisions()[0]):
        connection.close()
        is_ours = f"has schema {revision}, and this code {own}: run `flask prepare` on it with this code first"
        raise BackupRefused(f"{path} {is_ours if has_schema else 'is no database of En regard: nothing is copied'}")
    return connection


def copy_rows(source: sqlite3.Connection, connection: Connection) -> dict[str, int]:
    """Copy every table, its words for search, and where its numbering goes on; compare what was copied."""
    driver, copied = driver_of(connection), {}
    for name, types in columns_of(driver).items():
        if name in SEARCH:
            continue
        keys = driver.execute(PRIMARY_KEYS, [name]).fetchall()
        with driver.cursor() as cursor, cursor.copy(copy_statement(name, list(types), "FROM STDIN")) as copy:
            for row in source_rows(source, name, types, keys):
                copy.write_row(row)
        copied[name] = compare(source, driver, name, types, keys)
        if driver.execute("SELECT pg_get_serial_sequence(%s, 'id')", [name]).fetchone()[0] if "id" in types else None:
            continued = "SELECT setval(pg_get_serial_sequence({}, 'id'), max(id)) FROM {} HAVING max(id) IS NOT NULL"
            driver.execute(sql.SQL(continued).format(sql.Literal(name), sql.Identifier(name)))
    for scope in SCOPES:
        words = source.execute(f"SELECT rowid, words FROM {scope.rows.name}")  # noqa: S608  # a name of ours
        while batch := [{"id": number, "plain": plain.strip()} for number, plain in islice(words, ROWS_AT_ONCE)]:
            connection.execute(insert_words(scope, vectors=True), batch)
    return copied


def source_rows(
    source: sqlite3.Connection, name: str, types: dict[str, str], keys: Sequence[tuple[str, str]]
) -> Iterator[tuple[Any, ...]]:
    """Yield a table's rows in the order of its primary key, each value as PostgreSQL's column takes it."""
    columns, order = (", ".join(f'"{each}"' for each in names) for names in (types, dict(keys)))
    for row in source.execute(f'SELECT {columns} FROM "{name}" ORDER BY {order}'):  # noqa: S608  # names of ours
        yield tuple(
            None if value is None else converted(value, kind) for value, kind in zip(row, types.values(), strict=True)
        )


def converted(value: Any, kind: str) -> Any:
    """Return a value of SQLite, which has neither moments, days nor truth, as one of PostgreSQL's type."""
    match kind:
        case "boolean":
            return bool(value)
        case "timestamp with time zone":
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        case "date":
            return date.fromisoformat(value)
        case _:
            return value


def compare(
    source: sqlite3.Connection, driver: Any, name: str, types: dict[str, str], keys: Sequence[tuple[str, str]]
) -> int:
    """Compare a table's rows, one by one; return how many there are, or raise `BackupRefused` for one that differs."""
    # JSON as it was written: parsed, two texts could be equal.
    columns = [
        sql.SQL("{}::text" if kind == "json" else "{}").format(sql.Identifier(each)) for each, kind in types.items()
    ]
    order = [
        sql.SQL('{} COLLATE "C"' if kind.startswith("character") else "{}").format(sql.Identifier(each))
        for each, kind in keys
    ]
    query = sql.SQL("SELECT {} FROM {} ORDER BY {}").format(
        sql.SQL(", ").join(columns), sql.Identifier(name), sql.SQL(", ").join(order)
    )
    number = 0
    with driver.cursor(name="compared") as cursor:
        cursor.itersize = ROWS_AT_ONCE
        cursor.execute(query)
        expected = source_rows(source, name, types, keys)
        for number, row in enumerate(cursor, 1):  # returned after the last
            if next(expected, None) != row:
                raise BackupRefused(f"nothing is copied: row {number} of {name} is not as it was in SQLite")
        if next(expected, None) is not None:
            raise BackupRefused(f"nothing is copied: rows of {name} are missing")
    return number
