"""What every test may ask for: the application on each engine, its session, a visitor, real services."""

import gc
import io
import logging
import os
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from app import cli
from app.accounts.models import User
from app.cli.database import load_shipped_content
from app.db import db, now
from app.web import logs, pdf, pdf_page, rate_limits
from config import Testing
from tests.application import SharedApp, new_app, release
from tests.databases import SharedPostgres, copy_sqlite, stop_autovacuum
from tests.factories import an_editor
from tests.services import chromium, postgres, smtp
from tests.visitor import Visitor
from tests.written_emails import every_email_composed

pytest_plugins = ["tests.selection"]

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
SHARED = f"test_shared_{WORKER}"  # the PostgreSQL database that tests use in turn


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--isolated", action="store_true", help="give each test an application and a database of its own")


@event.listens_for(Engine, "connect")
def reverse_what_has_no_order(connection: Any, _record: object) -> None:
    """Have SQLite give the rows of a SELECT without ORDER BY last first: a test that counts on their order is red."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA reverse_unordered_selects = ON")


def pytest_collection() -> None:
    """Collect no garbage while what stays is imported."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Let the garbage collector leave alone what stays until the end: libraries, the product, the tests themselves."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 100)  # Pages and rows are many small objects: looking less often takes half the time.
    gc.enable()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    with postgres.server() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a migrated SQLite file with the content loaded, to be copied."""
    folder = tmp_path_factory.mktemp("template")
    fill(Testing(instance=folder, database=f"sqlite:///{folder / 'template.sqlite3'}"))
    return folder / "template.sqlite3"


@pytest.fixture(scope="session")
def sqlite_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sqlite") / "test.sqlite3"


@pytest.fixture(scope="session")
def postgres_template(postgres_server: postgres.Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the name of a migrated PostgreSQL database with the content loaded, to be copied."""
    name = f"template_en_regard_{WORKER}"
    url = postgres_server.create_database(name)
    fill(Testing(instance=tmp_path_factory.mktemp("template-pg"), database=url))
    stop_autovacuum(url)
    return name


@pytest.fixture(scope="session")
def postgres_shared(postgres_server: postgres.Server, postgres_template: str) -> Iterator[SharedPostgres]:
    shared = SharedPostgres(postgres_server, postgres_template, SHARED)
    yield shared
    shared.drop()


def fill(settings: Testing) -> None:
    """Migrate a database and load what the product ships, with its first article alone."""
    app = cli.create_app(settings)
    with app.app_context():
        flask_migrate.upgrade()
        load_shipped_content("crpv.md")
    release(app)


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of a database that is the test's while it lasts, migrated and with the content loaded."""
    isolated = request.config.getoption("--isolated")
    if engine == "sqlite":
        path = tmp_path / "test.sqlite3" if isolated else request.getfixturevalue("sqlite_path")
        yield copy_sqlite(request.getfixturevalue("sqlite_template"), path)
    elif isolated or request.node.get_closest_marker("changes_content"):
        server: postgres.Server = request.getfixturevalue("postgres_server")
        name = f"test_own_{WORKER}"
        yield server.create_database(name, request.getfixturevalue("postgres_template"))
        server.drop_database(name)
    else:
        shared: SharedPostgres = request.getfixturevalue("postgres_shared")
        yield shared.url
        shared.empty()


@pytest.fixture
def one_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stay on the day of now, for the digests of the network's addresses."""
    moment = now()
    monkeypatch.setattr(rate_limits, "now", lambda: moment)


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("templates")


@pytest.fixture(scope="session")
def shared_apps() -> Iterator[dict[str, SharedApp]]:
    apps: dict[str, SharedApp] = {}
    yield apps
    for shared in apps.values():
        release(shared.app)


@pytest.fixture
def app(
    database: str,
    pytestconfig: pytest.Config,
    tmp_path: Path,
    compiled_templates: Path,
    shared_apps: dict[str, SharedApp],
) -> Iterator[Flask]:
    """Give the application, on the engine under test, as it is when it has just been made."""
    if pytestconfig.getoption("--isolated"):
        own = new_app(tmp_path, database, compiled_templates)
        try:
            with every_email_composed(own):
                yield own
        finally:
            release(own)
        return
    if database not in shared_apps:
        shared_apps[database] = SharedApp(new_app(tmp_path, database, compiled_templates))
    app = shared_apps[database].reset(tmp_path)
    try:
        with every_email_composed(app):
            yield app
    finally:
        # Of the databases that tests use in turn, PostgreSQL's alone is neither replaced nor dropped.
        release(app, keep_connections=SHARED in database)


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """Give a database session; what a test wants others to see, it commits. Looking takes no lock."""
    with app.app_context(), Session(db.engine.execution_options(sqlite_begin="BEGIN")) as session:
        yield session


@pytest.fixture
def editor(session: Session) -> User:
    user = an_editor(session)
    session.commit()
    return user


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Give someone who reads pages, fills forms and presses buttons, and inspects every page on the way."""
    return Visitor(app)


@pytest.fixture
def mail_server() -> Iterator[smtp.Peer]:
    with smtp.peer() as peer:
        yield peer


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium.browser() as launched:
        yield launched


@pytest.fixture
def no_weasyprint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the extra that makes PDF be missing: importing it fails, here and in the processes that are started."""
    (tmp_path / "missing").mkdir()
    (tmp_path / "missing" / "weasyprint.py").write_text("raise ImportError")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "missing"))
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    for each in (pdf.is_available, pdf_page.library):
        each.cache_clear()
    yield
    monkeypatch.undo()
    for each in (pdf.is_available, pdf_page.library):
        each.cache_clear()


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Give the log, in production's format."""
    stream = io.StringIO()
    lines = logs.LineHandler(stream, readable=False)
    lines.set_name("a test's")
    logging.getLogger().addHandler(lines)
    yield stream
    logging.getLogger().removeHandler(lines)
