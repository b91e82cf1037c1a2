"""What the server does before its workers: pages made ahead where there are any, a word where the database is not."""

import logging
import runpy
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask, request

from app import create_app
from app.db import db
from config import Testing

ROOT = Path(__file__).parents[1]


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Flask]:
    """Give the application on a database that nobody has migrated."""
    app = create_app(Testing(instance=tmp_path, database=f"sqlite:///{tmp_path / 'empty.sqlite3'}"))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    yield app
    with app.app_context():
        db.engine.dispose()


def warm(app: Flask) -> list[str]:
    """Get a server of the application ready; return the paths that were asked for."""
    asked: list[str] = []
    app.before_request(lambda: asked.append(request.path))
    server = SimpleNamespace(app=SimpleNamespace(wsgi=lambda: app), log=logging.getLogger("gunicorn.error"))
    runpy.run_path(str(ROOT / "gunicorn.conf.py"))["warm"](server)
    return asked


def test_a_missing_database_is_reported_at_warming(empty: Flask, caplog: pytest.LogCaptureFixture) -> None:
    assert warm(empty) == ["/"]
    assert "500" in caplog.text
    assert "up to date" in caplog.text


def test_warming_renders_the_most_read_pages(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    asked = warm(app)
    assert set(asked) == {"/", "/articles/crpv", "/api/v1/articles/crpv/testimonials"}
    assert caplog.text == ""
