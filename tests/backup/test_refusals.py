"""Bad input of `flask backup --verify` and `flask restore`: one sentence, exit status 1, nothing touched."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import psycopg
import pytest
from flask import Flask
from sqlalchemy import make_url
from sqlalchemy.orm import Session

from tests.acts import committed
from tests.backup.test_backup import MakeBackup, run, tables_of

pytestmark = pytest.mark.both_engines


@pytest.fixture
def file(session: Session, backup: MakeBackup) -> Path:
    committed(session)
    session.close()
    return backup()


def refused(app: Flask, *args: str | Path) -> str:
    code, said = run(app, *args)
    assert code == 1, said
    assert said.startswith("Error: ")
    assert said.count("\n") == 1, said
    return said


def rewritten(file: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    other = file.with_name("other.zip")
    with ZipFile(file) as read, ZipFile(other, "w") as written:
        for name in read.namelist():
            content = read.read(name)
            if name == "manifest.json":
                facts = json.loads(content)
                change(facts)
                content = json.dumps(facts).encode()
            written.writestr(name, content)
    return other


@pytest.mark.one_engine
def test_a_backup_that_is_cut_short_or_damaged_anywhere_is_refused(file: Path, elsewhere: Flask) -> None:
    whole = file.read_bytes()
    assert run(elsewhere, "backup", "--verify", file)[0] == 0
    for length in (0, 1, 1000, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:length])
        assert "is not a backup of En regard, or is cut short" in refused(elsewhere, "backup", "--verify", file)
    steps = range(0, len(whole), len(whole) // 60)
    for place in steps:
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        # A byte of the zip's own that changes nothing, as the date of a member, may be another.
        if run(elsewhere, "backup", "--verify", file)[0] == 0:
            with ZipFile(file) as one:
                assert one.testzip() is None
            continue
        said = refused(elsewhere, "restore", file)
        assert "is damaged (" in said or "is cut short" in said
    # The name of the manifest, in the list at the end, holds one byte of any file.
    listed = whole.rindex(b"manifest.json")
    file.write_bytes(whole[:listed] + b"M" + whole[listed + 1 :])
    assert "is damaged (it has no manifest)" in refused(elsewhere, "restore", file)
    assert tables_of(elsewhere) == 0
    assert [each.name for each in Path(elsewhere.config["INSTANCE"]).iterdir()] == []


@pytest.mark.one_engine
def test_a_member_that_is_not_the_one_of_the_manifest_is_refused(file: Path, elsewhere: Flask) -> None:
    """Whole for the zip, whose sums are right."""
    digest = rewritten(file, lambda facts: facts["members"]["erasures.log"].update(sha256="0" * 64))
    assert "(erasures.log is not as it was written)" in refused(elsewhere, "restore", digest)
    more = rewritten(file, lambda facts: facts["members"].pop("erasures.log"))
    assert "(its list is not as it was written)" in refused(elsewhere, "restore", more)
    assert tables_of(elsewhere) == 0


@pytest.mark.one_engine
def test_a_foreign_file_is_refused(file: Path, elsewhere: Flask, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.zip"
    with ZipFile(foreign, "w") as archive:
        archive.writestr("manifest.json", "[]")
    text = tmp_path / "text.zip"
    text.write_text("CREATE TABLE testimonial")
    for each in (
        foreign,
        text,
        tmp_path,
        tmp_path / "missing.zip",
        rewritten(file, lambda facts: facts.update(product="x")),
    ):
        for command in (("backup", "--verify"), ("restore",)):
            said = refused(elsewhere, *command, each)
            assert "is not a backup of En regard" in said or "cannot be read" in said
    shapes: list[Any] = [[], "all", {"erasures.log": "1"}]
    for shape in shapes:
        other = rewritten(file, lambda facts, told=shape: facts.update(members=told))  # type: ignore[misc]  # bound here
        assert "(manifest.json is not as it was written)" in refused(elsewhere, "restore", other)
    assert "has format 2: use the version" in refused(
        elsewhere, "restore", rewritten(file, lambda facts: facts.update(format=2))
    )
    assert tables_of(elsewhere) == 0


def test_a_newer_schema_is_refused(file: Path, elsewhere: Flask) -> None:
    newer = rewritten(file, lambda facts: facts.update(revision="9999", version="7.2"))
    assert "is newer than this code (En regard 7.2, schema 9999)" in refused(elsewhere, "restore", newer)
    assert tables_of(elsewhere) == 0


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_backup_of_the_other_engine_is_refused(file: Path, elsewhere: Flask) -> None:
    other = rewritten(file, lambda facts: facts.update(engine="PostgreSQL"))
    assert "the backup is of PostgreSQL and DATABASE_URL names SQLite" in refused(elsewhere, "restore", other)
    assert tables_of(elsewhere) == 0


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_the_log_of_a_database_that_was_moved_is_not_deleted(file: Path, elsewhere: Flask) -> None:
    database = Path(str(make_url(elsewhere.config["SQLALCHEMY_DATABASE_URI"]).database))
    log = database.with_name(f"{database.name}-wal")
    log.write_bytes(b"committed texts")
    assert f"{log} is left of the database that was here" in refused(elsewhere, "restore", file)
    assert log.read_bytes() == b"committed texts"


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_damaged_database_makes_no_backup(app: Flask, session: Session, elsewhere: Flask, tmp_path: Path) -> None:
    committed(session)
    session.close()
    live, copy = (Path(str(make_url(each.config["SQLALCHEMY_DATABASE_URI"]).database)) for each in (app, elsewhere))
    with closing(sqlite3.connect(live)) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = file.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'testimonial'").fetchone()
        (size,) = file.execute("PRAGMA page_size").fetchone()
    shutil.copyfile(live, copy)
    with copy.open("r+b") as opened:
        opened.seek((page - 1) * size + 3)
        opened.write(b"\xff\xff")
    said = refused(elsewhere, "backup", tmp_path / "damaged.zip")
    assert "the database is damaged (" in said
    copy.write_bytes(b"a text" * 4096)
    assert "the database cannot be read (" in refused(elsewhere, "backup", tmp_path / "d.zip")
    assert [each.name for each in tmp_path.glob("*.zip")] == []


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_database_that_another_is_connected_to_is_refused(file: Path, elsewhere: Flask, empty_database: str) -> None:
    """A server of another machine: its connections tell."""
    with psycopg.connect(empty_database.replace("+psycopg", "")):
        said = refused(elsewhere, "restore", file)
    assert "1 other connections to the database: stop the server" in said
    assert tables_of(elsewhere) == 0
    assert run(elsewhere, "restore", file)[0] == 0


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_rows_that_postgresql_refuses_leave_it_empty(file: Path, elsewhere: Flask) -> None:
    """The last table is one that no row refers to: all others are filled by then."""
    fewer = rewritten(file, lambda facts: facts["rows"].update(version_theme=99))
    assert "(tables/version_theme is not as it was written)" in refused(elsewhere, "restore", fewer)
    unknown = rewritten(file, lambda facts: facts["columns"]["version"].append("surprise"))
    assert 'is not restored: PostgreSQL says « column "surprise" of relation' in refused(elsewhere, "restore", unknown)
    assert tables_of(elsewhere) == 0
