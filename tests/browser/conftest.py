"""A real browser in front of the real application, served on loopback."""

import logging
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from app import demo
from app.cli.database import CONTENT
from app.db import db
from app.page_cache.middleware import whole_body
from app.web import logs
from tests.application import new_app, release
from tests.databases import copy_sqlite
from tests.web.test_logs import leaks

# Playwright waits five seconds by default; a page on a busy machine may need more.
expect.set_options(timeout=30_000)

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def whole(app: "WSGIApplication") -> "WSGIApplication":
    """Give each response whole: Werkzeug's server leaves the file of a response open where its reader goes away."""

    def respond(environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        return [whole_body(app(environ, start_response))]

    return respond


class RunningRequests:
    """The requests that an application is answering: the threads of kept connections outlive Werkzeug's server."""

    def __init__(self, app: "WSGIApplication") -> None:
        self.app, self.count, self.ended = app, 0, threading.Condition()
        self.is_over = False

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        with self.ended:
            if self.is_over:  # the last word of a browser that kept its connection
                start_response("503 Service Unavailable", [])
                return []
            self.count += 1
        try:
            return self.app(environ, start_response)
        finally:
            with self.ended:
                self.count -= 1
                self.ended.notify_all()

    def wait(self) -> None:
        """Wait until none is left: what a request holds of the database would be closed by nobody."""
        with self.ended:
            self.is_over = self.ended.wait_for(lambda: not self.count)


@contextmanager
def served(app: Flask) -> Iterator[str]:
    running = RunningRequests(whole(app))
    server = make_server("127.0.0.1", 0, running, threaded=True)
    address = f"http://127.0.0.1:{server.port}"
    app.config["PUBLIC_URL"] = address
    # How often it looks whether it shall end, which each test waits for: Werkzeug does every half second.
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield address
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        running.wait()


@pytest.fixture(scope="package", autouse=True)
def written_down(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep all that the product writes in its logs while browsers walk through it, and read it at the end."""
    path = tmp_path_factory.mktemp("logs") / "lines.jsonl"
    with path.open("w", encoding="utf-8") as stream:
        lines = logs.LineHandler(stream, readable=False)
        lines.set_name("the browser suite's")
        logging.getLogger().addHandler(lines)
        yield path
        logging.getLogger().removeHandler(lines)
    words = path.read_text(encoding="utf-8")
    assert leaks(words) == [], "personal data in the logs"


@pytest.fixture(scope="session")
def demonstration_file(
    sqlite_template: Path, compiled_templates: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Give a SQLite file with the demonstration's texts, to be copied."""
    path = tmp_path_factory.mktemp("demonstration") / "demonstration.sqlite3"
    app = new_app(path.parent, copy_sqlite(sqlite_template, path), compiled_templates)
    with app.app_context():
        demo.load_demo(db.session(), CONTENT / "demo" / "retours.toml")
        db.session.commit()
    release(app)
    return path


@pytest.fixture
def demonstration(database: str, demonstration_file: Path) -> None:
    """Have the demonstration's fifteen texts in the database: to ask for before the application opens it."""
    copy_sqlite(demonstration_file, Path(database.removeprefix("sqlite:///")))


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    with served(app) as address:
        yield address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="fr-FR")
    yield context.new_page()
    context.close()


@pytest.fixture(params=[True, False], ids=["with-javascript", "without-javascript"])
def javascript(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)
