"""ServerLog: gunicorn's own lines and its traces, through the handler and the scrubber of all others."""

import logging
import os
import re
import sys

from gunicorn.config import Config  # type: ignore[import-untyped]  # it ships no types
from gunicorn.glogging import Logger  # type: ignore[import-untyped]  # as above

from app.web.logs import LineHandler, log_uncaught_errors

# gunicorn quotes the client's address and the request line, whose path may be a key, in these.
QUOTING = re.compile(r"(?P<kept>Invalid request|Error handling request)\b.*", re.DOTALL)


class ServerLog(Logger):  # type: ignore[misc]  # as above
    """gunicorn's logger; its name stands in gunicorn.conf.py."""

    def setup(self, cfg: Config) -> None:
        """Write to standard error as the application does, whose handler is there only once it is loaded."""
        super().setup(cfg)
        readable = os.environ.get("EN_REGARD_ENV") in {"development", "demo"}
        for handler in self.error_log.handlers[:]:
            self.error_log.removeHandler(handler)
        lines = LineHandler(sys.stderr, readable=readable)
        lines.filters.insert(0, quote_nothing)
        self.error_log.addHandler(lines)
        if not readable:
            log_uncaught_errors()


def quote_nothing(record: logging.LogRecord) -> bool:
    """Leave out what a line quotes of a request; no line is dropped."""
    if quoting := QUOTING.match(record.getMessage()):
        record.msg, record.args = quoting["kept"], None
    return True
