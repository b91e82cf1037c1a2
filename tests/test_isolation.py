"""Isolation of tests: the shared application and the shared database are reset after each."""

import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.articles.versions import versions_of
from app.web import logs
from tests import databases
from tests.acts import readable
from tests.application import SharedApp
from tests.conftest import WORKER
from tests.databases import ContentChanged, SharedPostgres, copy_sqlite
from tests.factories import the_article
from tests.services import postgres
from tests.visitor import Visitor

pytestmark = pytest.mark.both_engines

ARTICLE = "/articles/crpv"


@pytest.fixture
def shared(database: str, app: Flask, shared_apps: dict[str, SharedApp]) -> SharedApp:
    """Give the shared application, or one that could be shared where each test has its own."""
    return shared_apps.get(database) or SharedApp(app)


@pytest.mark.one_engine
def test_the_shared_application_is_reset(
    app: Flask, session: Session, visitor: Visitor, shared: SharedApp, tmp_path: Path
) -> None:
    readable(session)
    visitor.get(ARTICLE)
    assert app.extensions["page_cache"].plain.pages
    period, hooks = app.config["UNDO_PERIOD"], len(app.before_request_funcs[None])
    root = logging.getLogger()
    others = [each for each in root.handlers if each.get_name() != logs.__name__]

    app.config["UNDO_PERIOD"] = app.config["ADDED"] = None
    app.before_request_funcs[None].append(lambda: None)
    app.jinja_env.globals["added"] = 1
    app.view_functions["privacy.your_data"] = lambda: "autre chose"
    logging.getLogger("gunicorn.error").setLevel(logging.CRITICAL)
    root.addHandler(logs.LineHandler(logging.StreamHandler().stream, readable=True))
    shared.reset(tmp_path / "elsewhere")

    assert app.config["UNDO_PERIOD"] == period
    assert "ADDED" not in app.config
    assert app.config["INSTANCE"] == tmp_path / "elsewhere"
    assert len(app.before_request_funcs[None]) == hooks
    assert "added" not in app.jinja_env.globals
    assert app.extensions["page_cache"].plain.pages == {}
    assert app.extensions["page_cache"].plain.size == 0
    assert logging.getLogger("gunicorn.error").level != logging.CRITICAL
    assert root.handlers == [*others, shared.lines]
    assert "Vos données" in visitor.get("/vos-donnees").text


def test_a_sqlite_copy_replaces_a_file_still_open(sqlite_template: Path, tmp_path: Path) -> None:
    path = tmp_path / "test.sqlite3"
    copy_sqlite(sqlite_template, path)
    forgotten = sqlite3.connect(path)
    forgotten.execute("UPDATE article SET title = 'Un autre'")
    forgotten.commit()
    copy_sqlite(sqlite_template, path)
    forgotten.execute("UPDATE article SET title = 'Un troisième'")
    forgotten.commit()
    forgotten.close()
    fresh = sqlite3.connect(path)
    assert fresh.execute("SELECT title FROM article WHERE title LIKE 'Un %'").fetchall() == []
    fresh.close()


@pytest.fixture
def postgres_of_one(postgres_server: postgres.Server, postgres_template: str) -> Iterator[SharedPostgres]:
    """Give a database like the shared one."""
    one = SharedPostgres(postgres_server, postgres_template, f"test_isolation_{WORKER}")
    yield one
    one.drop()


@pytest.mark.parametrize("large", [0, 2**40])
def test_the_shared_database_is_emptied_and_its_sequences_reset(
    postgres_of_one: SharedPostgres, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    """Small databases are emptied by DELETE, large ones by TRUNCATE, with the same result."""
    monkeypatch.setattr(databases, "LARGE", large)
    add = "INSERT INTO audit_event (at, kind, actor) VALUES (now(), 'sign_in_failed', 'system') RETURNING id"
    with psycopg.connect(postgres_of_one.url.replace("+psycopg", ""), autocommit=True) as connection:
        for _ in range(2):
            assert connection.execute(add).fetchall() == [(1,)]
            postgres_of_one.empty()
            assert connection.execute("SELECT count(*) FROM audit_event").fetchall() == [(0,)]
            assert connection.execute("SELECT count(*) FROM article").fetchall() == [(1,)]
            assert connection.execute("SELECT number, user_id FROM article_version").fetchall() == [(1, None)]


def test_both_engines_start_with_the_first_version_of_the_article(session: Session) -> None:
    assert [each.number for each in session.scalars(versions_of(the_article(session)))] == [1]


def test_a_changed_content_table_is_named_and_restored(postgres_of_one: SharedPostgres) -> None:
    title = "SELECT title FROM article"
    before = postgres_of_one.connection.execute(title).fetchall()
    postgres_of_one.connection.execute("UPDATE article SET title = 'Un autre'")
    postgres_of_one.connection.execute("DELETE FROM partner_department")
    with pytest.raises(ContentChanged, match=r"^article, partner_department changed"):
        postgres_of_one.empty()
    assert postgres_of_one.connection.execute(title).fetchall() == before
    postgres_of_one.empty()
