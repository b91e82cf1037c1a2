"""A real browser in front of the real application, served on loopback."""

import logging
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from playwright.sync_api import expect
from werkzeug.serving import make_server

from app.page_cache.middleware import whole_body
from app.web import logs
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
    """The requests that an application is answering.

    Werkzeug's server leaves its threads behind, as they may wait for a browser that keeps its connection open.
    """

    def __init__(self, app: "WSGIApplication") -> None:
        self.app, self.count, self.ended = app, 0, threading.Condition()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        with self.ended:
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
            self.ended.wait_for(lambda: not self.count)


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve the application for as long as the block lasts, and give its address."""
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


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """Give the address of the application under test."""
    with served(app) as address:
        yield address
