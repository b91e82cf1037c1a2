"""`flask data copy`: every row of SQLite in PostgreSQL, and the site goes on there."""

import hashlib
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import make_url, select
from sqlalchemy.orm import Session

from app.articles.models import Article
from app.db import Base, db
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from tests.acts import committed, published, readable
from tests.application import new_app, release
from tests.backup.conftest import NAME
from tests.backup.test_backup import done, run
from tests.factories import ACCOUNT
from tests.services import postgres

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture
def target(postgres_server: postgres.Server) -> Iterator[str]:
    yield postgres_server.create_database(NAME)
    postgres_server.drop_database(NAME)


@pytest.fixture
def moved(target: str, compiled_templates: Path, tmp_path: Path) -> Iterator[Flask]:
    app = new_app(tmp_path, target, compiled_templates)
    yield app
    release(app)


@pytest.fixture
def source(app: Flask, session: Session) -> Path:
    """Give a SQLite file that nobody has open, with texts in several states."""
    readable(session, 1, account=f"Tab\tulation, barre \\ et ligne\nsuivante, « é ». {ACCOUNT}")
    committed(session, email="b@exemple.fr", status=Status.DECLINED)
    committed(session, email="c@exemple.fr", status=Status.ERASED)
    return closed(app, session)


def closed(app: Flask, session: Session) -> Path:
    session.close()
    db.session.remove()
    db.engine.dispose()
    return Path(str(make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database))


def copy(app: Flask, source: Path, target: str) -> tuple[int, str]:
    return run(app, "data", "copy", f"sqlite:///{source}", target.replace("+psycopg", ""))


def tables_of(target: str) -> int:
    with psycopg.connect(target.replace("+psycopg", "")) as connection:
        found = connection.execute("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")
        return int(found.fetchone()[0])  # type: ignore[index]  # a count is a row


def entities(session: Session) -> dict[str, list[str]]:
    """Return every row as the models read it, by table."""
    return {
        name: sorted(str(tuple(row)) for row in session.execute(select(table)))
        for name, table in Base.metadata.tables.items()
    }


def test_every_row_is_copied_and_the_site_goes_on(
    app: Flask, session: Session, source: Path, target: str, moved: Flask
) -> None:
    before, read = hashlib.sha256(source.read_bytes()).digest(), entities(session)
    assert len(read["testimonial"]) == 3
    closed(app, session)
    code, said = copy(app, source, target)
    assert code == 0, said
    assert "copied, and the same row by row" in said
    assert hashlib.sha256(source.read_bytes()).digest() == before
    with moved.app_context(), Session(db.engine) as there:
        assert entities(there) == read
        there.rollback()
        # Numbering goes on, triggers and foreign keys are back.
        newer = published(there, 9, article=there.scalars(select(Article)).first())
        there.commit()
        assert newer.id == max(there.scalars(select(Testimonial.id)).all())
        there.rollback()
        with pytest.raises(Exception, match="consent"):
            there.connection().exec_driver_sql("UPDATE consent SET answer = 'no'")
        there.rollback()
        with pytest.raises(Exception, match="fk_queue_theme_theme_id_theme"):
            there.connection().exec_driver_sql("UPDATE queue_theme SET theme_id = 9999")
    for command in (("catalog", "check"), ("privacy", "verify")):
        said = done(moved, *command)
    page = moved.test_client().get("/articles/crpv?mots=tabulation", base_url=moved.config["PUBLIC_URL"])
    assert "Récit 01" in page.text


def test_what_cannot_be_copied_is_told_in_one_sentence_and_leaves_both_as_they_were(
    app: Flask, source: Path, target: str, tmp_path: Path
) -> None:
    def refused(file: Path, url: str = target) -> str:
        code, said = copy(app, file, url)
        assert code == 1, said
        assert said.startswith("Error: ")
        assert said.count("\n") == 1, said
        assert tables_of(target) == 0
        return said

    assert "there is no SQLite file" in refused(tmp_path / "missing.sqlite3")
    (tmp_path / "text.sqlite3").write_text("a text, and no database of any kind whatever" * 20)
    assert "is not a SQLite file that opens" in refused(tmp_path / "text.sqlite3")
    with closing(sqlite3.connect(tmp_path / "other.sqlite3")) as other:
        other.execute("CREATE TABLE testimonial (id)")
    assert "is no database of En regard" in refused(tmp_path / "other.sqlite3")
    with closing(sqlite3.connect(source)) as server:
        server.execute("SELECT * FROM article").fetchone()
        assert "is in use: stop the server" in refused(source)
    with closing(sqlite3.connect(source, isolation_level=None)) as file:
        file.execute("UPDATE article SET title = 'a' || char(0) || 'b'")
    assert "nothing is copied: PostgreSQL" in refused(source)
    with closing(sqlite3.connect(source, isolation_level=None)) as file:
        file.execute("UPDATE article SET title = 'ab'")
        file.execute("DELETE FROM article")
    assert "nothing is copied: PostgreSQL says « insert or update on table" in refused(source)
    with closing(sqlite3.connect(source, isolation_level=None)) as file:
        file.execute("UPDATE alembic_version SET version_num = '0029'")
    assert "has schema 0029, and this code" in refused(source)
    assert "names no database that opens" in refused(source, target.replace(NAME, "nobody_has_this"))
    code, said = run(app, "data", "copy", target, f"sqlite:///{source}")
    assert code == 2
    assert "copying goes from sqlite:///… to postgresql://…" in said


def test_a_target_that_is_not_empty_is_refused(app: Flask, source: Path, target: str) -> None:
    with psycopg.connect(target.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE TABLE something (id INTEGER)")
    code, said = copy(app, source, target)
    assert code == 1
    assert "the database is not empty (1 tables)" in said
    assert tables_of(target) == 1


def test_a_row_that_comes_out_otherwise_undoes_the_copy(app: Flask, source: Path, target: str) -> None:
    """SQLite keeps bytes where text belongs; PostgreSQL takes them for the text of their digits."""
    with closing(sqlite3.connect(source, isolation_level=None)) as file:
        file.execute("UPDATE article SET title = CAST(title AS BLOB) WHERE id = (SELECT max(id) FROM article)")
    code, said = copy(app, source, target)
    assert code == 1
    assert re.fullmatch(r"Error: nothing is copied: row \d+ of article is not as it was in SQLite\n", said), said
    assert tables_of(target) == 0
