"""Warming before the fork: the most read pages are rendered, and a missing database is reported."""

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
    app = create_app(Testing(instance=tmp_path, database=f"sqlite:///{tmp_path / 'empty.sqlite3'}"))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    yield app
    with app.app_context():
        db.engine.dispose()


def warm(app: Flask) -> list[str]:
    paths: list[str] = []
    app.before_request(lambda: paths.append(request.path))
    server = SimpleNamespace(app=SimpleNamespace(wsgi=lambda: app), log=logging.getLogger("gunicorn.error"))
    runpy.run_path(str(ROOT / "gunicorn.conf.py"))["warm"](server)
    return paths


def test_a_missing_database_is_reported_at_warming(empty: Flask, caplog: pytest.LogCaptureFixture) -> None:
    assert warm(empty) == ["/articles"]
    assert "500" in caplog.text
    assert "up to date" in caplog.text


def test_warming_renders_the_most_read_pages(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    paths = warm(app)
    assert set(paths) == {
        *("/articles", "/api/v1/articles"),
        *("/articles/crpv", "/api/v1/articles/crpv/testimonials"),
    }
    # A browser of an earlier test may leave a task, of which asyncio complains when memory is next tidied.
    assert [each for each in caplog.records if each.name != "asyncio"] == []
