"""What every test may ask for: the application on each engine, its session, a visitor, real services."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile

import flask_migrate
import psycopg
import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from playwright.sync_api import Browser
from sqlalchemy.orm import Session

from app import cli
from app.db import db
from config import Testing
from tests.services import chromium, postgres, smtp
from tests.visitor import FarClient, Visitor

ENGINES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """Give a real PostgreSQL server."""
    with postgres.server() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a migrated SQLite file with the content loaded, to be copied."""
    folder = tmp_path_factory.mktemp("template")
    fill(Testing(instance=folder, database=f"sqlite:///{folder / 'template.sqlite3'}"))
    return folder / "template.sqlite3"


@pytest.fixture(scope="session")
def postgres_template(postgres_server: postgres.Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the name of a migrated PostgreSQL database with the content loaded, to be copied."""
    url = postgres_server.create_database("template_en_regard")
    fill(Testing(instance=tmp_path_factory.mktemp("template-pg"), database=url))
    return "template_en_regard"


@pytest.fixture(scope="session")
def postgres_shared(postgres_server: postgres.Server, postgres_template: str) -> str:
    """Give the address of the database that tests share in turn, emptied of people and texts after each."""
    return postgres_server.create_database("test_shared", postgres_template)


def fill(settings: Testing) -> None:
    """Migrate a database and load what the product ships."""
    app = cli.create_app(settings)
    with app.app_context():
        flask_migrate.upgrade()
        cli.bring_content()
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Run the test once on each engine the product supports."""
    return str(request.param)


@pytest.fixture
def database(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the address of a database of the test's own, migrated and with the content loaded."""
    if engine == "sqlite":
        copy = tmp_path / "test.sqlite3"
        copyfile(request.getfixturevalue("sqlite_template"), copy)
        yield f"sqlite:///{copy}"
    elif request.node.get_closest_marker("changes_content"):
        server: postgres.Server = request.getfixturevalue("postgres_server")
        yield server.create_database("test_own", request.getfixturevalue("postgres_template"))
        server.drop_database("test_own")
    else:
        shared: str = request.getfixturevalue("postgres_shared")
        yield shared
        # Copying a database takes ten times as long as emptying one.
        with psycopg.connect(shared.replace("+psycopg", "")) as connection:
            connection.execute(
                "TRUNCATE testimonial, shelf, draft, user_account, attempts, rate_counter RESTART IDENTITY CASCADE"
            )


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder where templates are compiled once for all applications."""
    return tmp_path_factory.mktemp("templates")


@pytest.fixture
def app(database: str, tmp_path: Path, compiled_templates: Path) -> Iterator[Flask]:
    """Give the application, on the engine under test."""
    app = cli.create_app(Testing(instance=tmp_path, database=database))
    app.test_client_class = FarClient
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(compiled_templates))
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """Give a database session; what a test wants others to see, it commits. Looking takes no lock."""
    with app.app_context(), Session(db.engine.execution_options(sqlite_begin="BEGIN")) as session:
        yield session


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Give someone who reads pages, fills forms and presses buttons, and inspects every page on the way."""
    return Visitor(app)


@pytest.fixture
def mail_server() -> Iterator[smtp.Peer]:
    """Give a real SMTP peer."""
    with smtp.peer() as peer:
        yield peer


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Give the system's Chromium."""
    with chromium.browser() as launched:
        yield launched
