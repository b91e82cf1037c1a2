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
from typing import Any, TextIO

import structlog
from flask import Flask, Response, g, has_request_context, request
from structlog.typing import EventDict, Processor

ACCESS = logging.getLogger("en-regard.access")
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
    root.addHandler(handler(sys.stderr, readable=development))
    root.setLevel(logging.INFO)
    # Werkzeug's own server writes whole paths; gunicorn does the same of a request that it could not hand over.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    for logger in (app.logger, logging.getLogger("gunicorn.error")):
        logger.filters = [each for each in logger.filters if not isinstance(each, Scrubber)]
        logger.addFilter(Scrubber(tells_all=development))
    app.before_request(begin)
    app.after_request(tell)


def handler(stream: TextIO, *, readable: bool) -> logging.Handler:
    """Return what writes scrubbed lines to a stream: JSON, or words for whoever develops."""
    made = logging.StreamHandler(stream)
    made.set_name(__name__)
    made.addFilter(Scrubber(tells_all=readable))
    made.setFormatter(Lines(structlog.dev.ConsoleRenderer(colors=False) if readable else as_json))
    return made


class Lines(structlog.stdlib.ProcessorFormatter):
    """Turns what is logged into a line, in one of structlog's ways; what is told of a request is nearly one already."""

    def __init__(self, render: Processor) -> None:
        self.dated = structlog.processors.TimeStamper(fmt="iso", utc=True)
        self.render: Any = render
        super().__init__(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.ExtraAdder(),
                scrub_extras,
                self.dated,
            ],
            processors=[self.remove_processors_meta, render],
        )

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        if record.name != ACCESS.name:
            return super().format(record)
        told: Any = record.msg
        line: str = self.render(None, "info", self.dated(None, "info", dict(told)))
        return line


def as_json(_logger: object, _method: str, line: EventDict) -> str:
    """Return a line as JSON, by an encoder that is made once."""
    return ENCODER.encode(line)


def scrub_extras(_logger: object, _method: str, line: EventDict) -> EventDict:
    """Scrub what goes with a line as its words were; what another handler has made of the record stays out."""
    for name in ("message", "asctime"):
        line.pop(name, None)
    return {name: scrubbed(value) if isinstance(value, str) else value for name, value in line.items()}


def begin() -> None:
    """Give the request a name of its own, which all of its lines bear."""
    g.request_id, g.began = secrets.token_hex(8), time.perf_counter()


def tell(response: Response) -> Response:
    """Write the request's line: no path, no address, nothing typed, hence nothing to scrub."""
    ACCESS.info(
        {
            "event": "request",
            "level": "info",
            "logger": ACCESS.name,
            "method": request.method if request.method in {"GET", "HEAD", "OPTIONS", "POST"} else "other",
            "endpoint": request.endpoint or "none",
            "status_code": response.status_code,
            "milliseconds": round((time.perf_counter() - g.began) * 1000, 1),
            "request_id": g.request_id,
        }
    )
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
        if record.name == ACCESS.name:
            return True
        record.msg, record.args = scrubbed(record.getMessage()), None
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
        return f"{where}{type(error).__name__}" + ("" if quiet else f": {scrubbed(str(error))}")


def scrubbed(text: str) -> str:
    """Return a text without what may point to someone."""
    return QUERY.sub("?…", TOKEN.sub("[…]", EMAIL.sub("[…@…]", text)))
