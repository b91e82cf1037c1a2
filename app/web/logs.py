"""What is written down of each request, as structured lines, and the scrubber that every line goes through.

A line says which page was asked for by its name, never by its path: paths hold private links (product rule 6).
"""

import json
import logging
import re
import secrets
import sys
import time
import traceback
from contextlib import suppress
from typing import Any, TextIO

import structlog
from flask import Flask, Response, g, has_request_context, request
from structlog.typing import EventDict

ACCESS = "en-regard.access"
ENCODER = json.JSONEncoder(default=repr)

EMAIL = re.compile(r"[\w.+'’-]+@[\w-]+(?:\.[\w-]+)+")
# What is signed here has a dot in it; what is drawn at random is long. An identifier of a text (20 signs) is neither.
TOKEN = re.compile(r"[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{20,}|(?<![\w/.-])[A-Za-z0-9_-]{32,}|(?<=/)[A-Za-z0-9_-]{32,}")
# What follows the question mark of an address holds what was looked for.
QUERY = re.compile(r"(?<=\S)\?\S+")


def init_app(app: Flask) -> None:
    """Send every line of every library through one handler, and write one for each request."""
    development = app.config["ENVIRONMENT"] == "development"
    root = logging.getLogger()
    for other in [each for each in root.handlers if each.get_name() == __name__]:
        root.removeHandler(other)
    root.addHandler(LineHandler(sys.stderr, readable=development))
    root.setLevel(logging.INFO)
    # Werkzeug's own server writes whole paths; gunicorn does the same of a request that it could not hand over.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    for logger in (app.logger, logging.getLogger("gunicorn.error")):
        logger.filters = [each for each in logger.filters if not isinstance(each, Scrubber)]
        logger.addFilter(Scrubber(tells_all=development))
    app.before_request(start_request)
    app.after_request(log_request)


class LineHandler(logging.StreamHandler[TextIO]):
    """Writes lines to a stream, scrubbed: as JSON, or in words for whoever develops."""

    def __init__(self, stream: TextIO, *, readable: bool) -> None:
        super().__init__(stream)
        self.set_name(__name__)
        self.addFilter(Scrubber(tells_all=readable))
        self.dated = structlog.processors.TimeStamper(fmt="iso", utc=True)
        self.rendered: Any = structlog.dev.ConsoleRenderer(colors=False) if readable else as_json
        self.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                foreign_pre_chain=[
                    structlog.stdlib.add_log_level,
                    structlog.stdlib.add_logger_name,
                    structlog.stdlib.ExtraAdder(),
                    scrub_extras,
                    self.dated,
                ],
                processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, self.rendered],
            )
        )

    def write(self, line: EventDict) -> None:
        """Write a line that nobody has typed anything of: as it is, for a fifth of the price of any other."""
        words = self.rendered(None, "info", self.dated(None, "info", dict(line)))
        with suppress(OSError, ValueError):  # whoever listened has gone: the page is served all the same
            self.stream.write(words + self.terminator)
            self.flush()


def as_json(_logger: object, _method: str, line: EventDict) -> str:
    """Return a line as JSON, by an encoder that is made once."""
    return ENCODER.encode(line)


def scrub_extras(_logger: object, _method: str, line: EventDict) -> EventDict:
    """Scrub what goes with a line as its words were; what another handler has made of the record stays out."""
    for name in ("message", "asctime"):
        line.pop(name, None)
    return {name: scrub_text(value) if isinstance(value, str) else value for name, value in line.items()}


def start_request() -> None:
    """Give the request a name of its own, which all of its lines bear."""
    g.request_id, g.began = secrets.token_hex(8), time.perf_counter()


def log_request(response: Response) -> Response:
    """Write the request's line: no path, no address, nothing typed, hence nothing to scrub."""
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
    """Takes e-mail addresses, tokens and query strings out of a line, and out of an error what it quotes.

    Of an error there stay its type and where it happened: its words may repeat a row, hence a text or an address.
    `tells_all` keeps the words of errors that come from no database, for whoever develops.
    """

    def __init__(self, *, tells_all: bool = False) -> None:
        super().__init__()
        self.tells_all = tells_all

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; nothing is dropped."""
        record.msg, record.args = scrub_text(record.getMessage()), None
        if has_request_context():
            record.__dict__["request_id"] = g.get("request_id")
        if record.exc_info and record.exc_info[1]:
            record.exc_text = self.told(record.exc_info[1])
            record.exc_info = None
            record.__dict__["exception"] = record.exc_text
        return True

    def told(self, error: BaseException) -> str:
        """Return an error as it is written down."""
        where = "".join(traceback.format_tb(error.__traceback__))
        quiet = not self.tells_all or type(error).__module__.startswith("sqlalchemy")
        return f"{where}{type(error).__name__}" + ("" if quiet else f": {scrub_text(str(error))}")


def scrub_text(text: str) -> str:
    """Return a text without what may point to someone."""
    return QUERY.sub("?…", TOKEN.sub("[…]", EMAIL.sub("[…@…]", text)))
