"""A database and an instance folder elsewhere, to restore into."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.application import new_app, release
from tests.conftest import WORKER
from tests.services import postgres

NAME = f"test_restored_{WORKER}"


@pytest.fixture
def empty_database(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of an empty database of the engine; of SQLite, of a file that is not there."""
    if engine == "sqlite":
        yield f"sqlite:///{tmp_path / 'elsewhere' / 'restored.sqlite3'}"
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    yield server.create_database(NAME)
    server.drop_database(NAME)


@pytest.fixture
def elsewhere(empty_database: str, compiled_templates: Path, tmp_path: Path) -> Iterator[Flask]:
    """Give an application of another machine, whose database is empty."""
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    app = new_app(tmp_path / "elsewhere", empty_database, compiled_templates)
    yield app
    release(app)


@pytest.fixture
def backup(app: Flask, tmp_path: Path) -> Callable[[], Path]:
    def make() -> Path:
        file = tmp_path / "backup.zip"
        file.unlink(missing_ok=True)
        done = app.test_cli_runner().invoke(args=["backup", str(file)])
        assert done.exit_code == 0, done.output
        return file

    return make
