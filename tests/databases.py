"""A database for each test, on each engine: migrated once, with the content loaded, then copied or emptied."""

from dataclasses import dataclass, field
from pathlib import Path
from shutil import copyfile

import psycopg
from psycopg import sql

from tests.services import postgres

# The content that `flask prepare` loads: on PostgreSQL tests share it, and one that changes it is `changes_content`.
CONTENT = ("article", "theme", "region", "department", "referential", "partner", "partner_department")
# Loaded too, but a test may add to them: `empty()` gives back the first versions, kept in a schema of their own.
GIVE_BACK = sql.SQL(
    "INSERT INTO article_version TABLE first.article_version; "
    "SELECT setval('article_version_id_seq', (SELECT max(id) FROM article_version))"
)
# Changed by triggers; tests expect nothing of the values.
MOVED = ("publication_stamp", "alembic_version")

# From this size on, in bytes, TRUNCATE of all tables is faster than DELETE.
LARGE = 4 * 2**20

OURS = "FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
TABLES = f"SELECT relname {OURS} ORDER BY relname"
SIZE = f"SELECT sum(pg_relation_size(oid))::bigint {OURS}"
SEQUENCES = "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' ORDER BY sequencename"


class ContentChanged(AssertionError):
    """A test without the marker `changes_content` changed the content, which tests share."""


def stop_autovacuum(url: str) -> None:
    """Leave statistics to the tests that ask for them: PostgreSQL's own come at any moment, and change plans."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        for (name,) in connection.execute(TABLES).fetchall():
            connection.execute(sql.SQL("ALTER TABLE {} SET (autovacuum_enabled = off)").format(sql.Identifier(name)))


def copy_sqlite(template: Path, path: Path) -> str:
    """Copy a SQLite database to a path, replacing the one there; return its URL.

    The file is a new one: a connection that a test forgot to close keeps the old one, and cannot damage this.
    """
    for name in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        name.unlink(missing_ok=True)
    copyfile(template, path)
    return f"sqlite:///{path}"


@dataclass
class SharedPostgres:
    """A PostgreSQL database that tests use in turn; after each, all but the content is deleted.

    Copying the template takes ten times as long. The connection that deletes stays open between tests.
    """

    server: postgres.Server
    template: str
    name: str
    url: str = field(init=False)

    def __post_init__(self) -> None:
        self.create()

    def create(self) -> None:
        """Copy the template, and prepare the statements that empty the copy."""
        self.url = self.server.create_database(self.name, self.template)
        self.connection = psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True)
        tables = [name for (name,) in self.connection.execute(TABLES) if name not in (*CONTENT, *MOVED)]
        self.connection.execute("CREATE SCHEMA first")
        self.connection.execute("CREATE TABLE first.article_version AS TABLE public.article_version")
        content = {f"{name}_id_seq" for name in CONTENT}
        sequences = [name for (name,) in self.connection.execute(SEQUENCES) if name not in content]
        truncate = sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(
            sql.SQL(", ").join(map(sql.Identifier, tables))
        )
        self.truncate = sql.SQL("; ").join([truncate, GIVE_BACK])
        # In that role the server runs no foreign keys or triggers: tables can be emptied in any order.
        self.delete = sql.SQL("; ").join(
            [
                sql.SQL("SET session_replication_role = replica"),
                *(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name in tables),
                *(sql.SQL("SELECT setval({}, 1, false)").format(sql.Literal(name)) for name in sequences),
                GIVE_BACK,
                sql.SQL("SET session_replication_role = origin"),
            ]
        )
        self.first_content = self.content()

    def content(self) -> dict[str, str]:
        digests = sql.SQL(", ").join(
            sql.SQL("(SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} t)").format(sql.Identifier(name))
            for name in CONTENT
        )
        row = self.connection.execute(sql.SQL("SELECT {}").format(digests)).fetchone()
        assert row is not None
        return dict(zip(CONTENT, row, strict=True))

    def empty(self) -> None:
        """Delete a test's rows; raise `ContentChanged` if it changed the content, which is then restored."""
        left = self.content()
        if changed := [name for name in CONTENT if left[name] != self.first_content[name]]:
            self.drop()
            self.create()
            raise ContentChanged(f"{', '.join(changed)} changed: mark the test `changes_content`")
        size = self.connection.execute(SIZE).fetchone()
        assert size is not None
        self.connection.execute(self.truncate if size[0] > LARGE else self.delete)

    def drop(self) -> None:
        self.connection.close()
        self.server.drop_database(self.name)
