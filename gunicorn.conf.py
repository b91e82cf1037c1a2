"""How the product is served; gunicorn reads this file by itself, in development and in production."""

import gc
import logging
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

from flask.testing import FlaskClient
from gunicorn.arbiter import Arbiter
from gunicorn.http import message

bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"

# Two processes, so that one busy request (a password being hashed) never stops the site; threads, because
# most of a request is spent waiting for the database.
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4

# Load the application once, before the workers are forked: a faster start, less memory, and a missing setting
# stops the server at once instead of each worker in turn.
preload_app = True

# The server is stopped and reloaded by signals; a socket that takes commands would only be one more door.
control_socket_disable = True

# Addresses too long to be a choice are refused by each outlet, in its own words, as long as they can be read at all.
# gunicorn allows 8,190 bytes at most, or any number; this is as firm a bound, and lets it be said.
limit_request_line = message.MAX_REQUEST_LINE = 64 * 1024  # bytes

# Whoever sends a request may rest this long midway: eight who never end must not keep every thread waiting for them.
PATIENCE = 15  # seconds


# No header of a request, not even one that a proxy lets through, may say where the site begins: a page's links, which
# are kept for everyone, would follow.
forwarder_headers = ""


def when_ready(server: Arbiter) -> None:
    """Get the server ready, before its workers are forked."""
    for listener in server.LISTENERS:
        # Each connection inherits it; gunicorn itself waits without end (Linux; elsewhere the proxy bounds it).
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", PATIENCE, 0))
    warm(server)


def warm(server: Arbiter) -> None:
    """Render the pages most read once before the fork, so that workers share compiled templates and statements.

    The garbage collector leaves these objects alone (`gc.freeze`); connections are closed, they cannot be shared.
    """
    app = server.app.wsgi()
    extensions = getattr(app, "extensions", {})
    if "sqlalchemy" in extensions:
        with unwritten():
            status = ask_for_pages(app.test_client(), app.config["PUBLIC_URL"])
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            server.log.error("The first page answers %d: is the database there, and up to date?", status)
        with app.app_context():
            extensions["sqlalchemy"].engine.dispose()
    gc.collect()
    gc.freeze()


def ask_for_pages(reader: FlaskClient, site: str) -> int:
    """Request the article's page (plain, filtered, searched) and its JSON; return the status of the first request.

    Nothing more is requested where the first is not a page.
    """
    first = reader.get("/", base_url=site, follow_redirects=True)
    if first.status_code != HTTPStatus.OK:
        return first.status_code
    article = first.request.path
    for page in (f"{article}?situation=past", f"{article}?mots=soin", f"/api/v1{article}/testimonials"):
        reader.get(page, base_url=site)
    return first.status_code


@contextmanager
def unwritten() -> Iterator[None]:
    """Write nothing down of what nobody asks for."""
    handlers = [each for each in logging.getLogger().handlers if isinstance(each, logging.StreamHandler)]
    with Path(os.devnull).open("w") as nowhere:
        streams = [each.setStream(nowhere) for each in handlers]
        try:
            yield
        finally:
            for handler, stream in zip(handlers, streams, strict=True):
                handler.setStream(stream)
