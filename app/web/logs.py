"""Structured logs: one line per request, and the scrubber that every line goes through.

A line names a page by its endpoint, never by its path: paths hold private links (product rule 6).
"""

import json
import logging
import re
import secrets
import sys
import threading
import time
import traceback
from contextlib import suppress
from types import TracebackType
from typing import Any, TextIO

import structlog
from flask import Flask, Response, g, has_request_context, request
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name
from structlog.typing import EventDict

ACCESS, UNCAUGHT = "en-regard.access", "en-regard.uncaught"
UNLOGGED = frozenset({"monitoring"})  # blueprints
ENCODER = json.JSONEncoder(default=repr)

EMAIL = re.compile(r"[\w.+'’-]+@[\w-]+(?:\.[\w-]+)+")
# Signed tokens have a dot; random ones are long. The identifier of a testimonial (20 signs) is neither, and stays.
TOKEN = re.compile(r"[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{20,}|(?<![\w/.-])[A-Za-z0-9_-]{32,}|(?<=/)[A-Za-z0-9_-]{32,}")
# A query string holds the words of a search.
QUERY = re.compile(r"(?<=\S)\?\S+")


def init_app(app: Flask) -> None:
    """Send every line of every library through one handler, and write one for each request."""
    development = app.config["ENVIRONMENT"] == "development"
    root = logging.getLogger()
    for other in [each for each in root.handlers if each.get_name() == __name__]:
        root.removeHandler(other)
    root.addHandler(LineHandler(sys.stderr, readable=development))
    root.setLevel(logging.INFO)
    # Werkzeug's own server logs whole paths; so does gunicorn for a request that it could not hand over.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # its dozens of lines would hide those of a command
    for logger in (app.logger, logging.getLogger("gunicorn.error")):
        logger.filters = [each for each in logger.filters if not isinstance(each, Scrubber)]
        logger.addFilter(Scrubber(verbose=development))
    if app.config["ENVIRONMENT"] == "production":
        log_uncaught_errors()
    app.before_request(start_request)
    app.after_request(log_request)


def log_uncaught_errors() -> None:
    """Log an error that nothing caught as any other, by type and place: by default its message would be printed."""
    sys.excepthook = log_uncaught
    threading.excepthook = lambda raised: log_uncaught(raised.exc_type, raised.exc_value, raised.exc_traceback)
    logging.captureWarnings(True)


def log_uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if error is not None and issubclass(kind, Exception):
        logging.getLogger(UNCAUGHT).critical("an error that nothing caught", exc_info=error)
    else:  # Ctrl-C
        sys.__excepthook__(kind, error or kind(), trace)


class LineHandler(logging.StreamHandler[TextIO]):
    """Writes scrubbed lines to a stream: as JSON, or readable in development."""

    def __init__(self, stream: TextIO, *, readable: bool) -> None:
        super().__init__(stream)
        self.set_name(__name__)
        self.addFilter(Scrubber(verbose=readable))
        self.add_time = structlog.processors.TimeStamper(fmt="iso", utc=True)
        self.render: Any = structlog.dev.ConsoleRenderer(colors=False) if readable else as_json
        self.setFormatter(
            ProcessorFormatter(
                foreign_pre_chain=[add_log_level, add_logger_name, ExtraAdder(), scrub_extras, self.add_time],
                processors=[ProcessorFormatter.remove_processors_meta, self.render],
            )
        )

    def write(self, line: EventDict) -> None:
        """Write a line that holds no user input, without scrubbing: at a fifth of the usual cost."""
        text = self.render(None, "info", self.add_time(None, "info", dict(line)))
        with suppress(OSError, ValueError):  # a closed stream must not fail the request
            self.stream.write(text + self.terminator)
            self.flush()


def as_json(_logger: object, _method: str, line: EventDict) -> str:
    return ENCODER.encode(line)


def scrub_extras(_logger: object, _method: str, line: EventDict) -> EventDict:
    """Scrub the extra fields of a line, and drop those that another handler's formatter set on the record."""
    for name in ("message", "asctime"):
        line.pop(name, None)
    return {name: scrub_text(value) if isinstance(value, str) else value for name, value in line.items()}


def start_request() -> None:
    g.request_id, g.began = secrets.token_hex(8), time.perf_counter()


def log_request(response: Response) -> Response:
    """Write the request's line: no path, no address, no user input, hence nothing to scrub.

    What monitors ask, every few seconds for ever, leaves none.
    """
    if request.blueprint in UNLOGGED:
        return response
    line = {
        "event": "request",
        "level": "info",
        "logger": ACCESS,
        "method": request.method if request.method in {"GET", "HEAD", "OPTIONS", "POST"} else "other",
        "endpoint": request.endpoint or "none",
        "status_code": response.status_code,
        "milliseconds": round((time.perf_counter() - g.began) * 1000, 1),
        "request_id": g.request_id,
    }
    for each in logging.getLogger().handlers:
        if isinstance(each, LineHandler):
            each.write(line)
    return response


class Scrubber(logging.Filter):
    """Removes e-mail addresses, tokens and query strings from a line, and the message from an exception.

    An exception keeps its type and its traceback: its message may quote a row, hence a text or an address. `verbose`,
    for development, keeps the message unless SQLAlchemy raised it.
    """

    def __init__(self, *, verbose: bool = False) -> None:
        super().__init__()
        self.verbose = verbose

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; none is dropped."""
        record.msg, record.args = scrub_text(record.getMessage()), None
        if has_request_context():
            record.__dict__["request_id"] = g.get("request_id")
        if record.exc_info and record.exc_info[1]:
            record.exc_text = self.exception_text(record.exc_info[1])
            record.exc_info = None
            record.__dict__["exception"] = record.exc_text
        return True

    def exception_text(self, error: BaseException) -> str:
        frames = "".join(traceback.format_tb(error.__traceback__))
        quiet = not self.verbose or type(error).__module__.startswith("sqlalchemy")
        return f"{frames}{type(error).__name__}" + ("" if quiet else f": {scrub_text(str(error))}")


def scrub_text(text: str) -> str:
    return QUERY.sub("?…", TOKEN.sub("[…]", EMAIL.sub("[…@…]", text)))
