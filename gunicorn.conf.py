"""gunicorn's settings, in development and in production; it finds this file by itself."""

import ctypes
import gc
import logging
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from itertools import count
from pathlib import Path

from flask.testing import FlaskClient
from gunicorn.arbiter import Arbiter
from gunicorn.http import message
from gunicorn.workers.gthread import ThreadWorker

# Unless `--bind` says otherwise, or systemd hands over a socket (deploy/systemd).
bind = "127.0.0.1:8000"

# Two processes, so that one busy request (a password being hashed) never blocks the site; threads, because a request
# mostly waits for the database.
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4

# Its own lines go the way of all others: JSON, scrubbed.
logger_class = "app.web.server_log.ServerLog"

# The application is loaded once, before the workers are forked: a faster start, less memory, and a missing setting
# stops the server at once instead of each worker in turn.
preload_app = True

# A connection rests longer here than in the proxy (60 seconds in nginx), so that the proxy is the one that closes it: a
# server that closes first can do so just as a request comes, which is then lost. A resting one occupies no thread.
keepalive = 75  # seconds

# Signals stop and reload the server: a control socket would only add an attack surface.
control_socket_disable = True

# Each outlet refuses queries over 2,000 bytes in its own format, so gunicorn must let them through. It accepts 8,190
# bytes at most, or any number; this raises the bound and keeps it firm.
limit_request_line = message.MAX_REQUEST_LINE = 64 * 1024  # bytes

# How long a client may pause within a request: eight slow ones must not occupy every thread.
PATIENCE = 15  # seconds


# No header may set SCRIPT_NAME, not even one that a proxy lets through: it would change the links of cached pages.
forwarder_headers = ""


def when_ready(server: Arbiter) -> None:
    """Warm the application up before its workers are forked."""
    for listener in server.LISTENERS:
        # Each connection inherits it; gunicorn itself has no such timeout (Linux; elsewhere the proxy bounds it).
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", PATIENCE, 0))
    warm(server)


def pre_fork(server: Arbiter, worker: ThreadWorker) -> None:
    """Give a worker a row of the shared counters that no living worker has."""
    taken = {each.row for each in server.WORKERS.values()}
    worker.row = next(row for row in count(1) if row not in taken)


def post_fork(server: Arbiter, worker: ThreadWorker) -> None:
    extensions = getattr(server.app.wsgi(), "extensions", {})
    if "counters" in extensions:
        extensions["counters"].use_row(worker.row)


M_MMAP_THRESHOLD = -3  # malloc.h


def warm(server: Arbiter) -> None:
    """Render the pages most read once before the fork, so that workers share modules and compiled templates.

    The garbage collector leaves these objects alone (`gc.freeze`); connections are closed, they cannot be shared.
    """
    return_large_buffers()
    app = server.app.wsgi()
    extensions = getattr(app, "extensions", {})
    if "sqlalchemy" in extensions:
        from app.assistant import detection  # noqa: F401, PLC0415  # its patterns, which the workers share
        from app.db.process_lock import note_running  # noqa: PLC0415  # not importable before the application
        from app.monitoring.startup_checks import warnings  # noqa: PLC0415

        note_running(app.config["INSTANCE"])  # the workers inherit it
        for warning in warnings(app.config):
            app.logger.warning("%s", warning)
        with silent_logs():
            status = request_pages(app.test_client(), app.config["PUBLIC_URL"])
        extensions["counters"].clear()  # nobody asked for these pages
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            server.log.error("The first page answers %d: is the database there, and up to date?", status)
        with app.app_context():
            extensions["sqlalchemy"].engine.dispose()
    gc.collect()
    gc.freeze()


def return_large_buffers() -> None:
    """Have glibc return buffers of 64 kB and more to the system (8 MB less of 112); other C libraries do as they do.

    By itself it keeps them for each thread after the first: compressing a page takes 1.5 MB.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, 64 * 1024)


def request_pages(reader: FlaskClient, site: str) -> int:
    """Request the list of articles, an article (plain, filtered, searched) and its JSON; return the first status.

    Nothing more is requested where the first is not a page.
    """
    first = reader.get("/articles", base_url=site)
    if first.status_code != HTTPStatus.OK:
        return first.status_code
    listed = reader.get("/api/v1/articles", base_url=site).get_json()["articles"]
    for article in [f"/articles/{each['slug']}" for each in listed[:1]]:
        for page in (article, f"{article}?situation=past", f"{article}?mots=soin", f"/api/v1{article}/testimonials"):
            reader.get(page, base_url=site)
    return first.status_code


@contextmanager
def silent_logs() -> Iterator[None]:
    """Log none of the requests of warming."""
    handlers = [each for each in logging.getLogger().handlers if isinstance(each, logging.StreamHandler)]
    with Path(os.devnull).open("w") as nowhere:
        streams = [each.setStream(nowhere) for each in handlers]
        try:
            yield
        finally:
            for handler, stream in zip(handlers, streams, strict=True):
                handler.setStream(stream)
