"""The application under test: one for each engine and worker, reset before each test."""

import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import FileSystemBytecodeCache

from app import cli
from app.db import db
from app.monitoring.checks import Readiness
from app.monitoring.routes import READINESS
from app.web import logs
from config import Testing
from tests.visitor import FarClient

# Flask's hooks, lists of functions by blueprint, which tests may add to.
HOOKS = (
    "before_request_funcs",
    "after_request_funcs",
    "teardown_request_funcs",
    "template_context_processors",
    "url_value_preprocessors",
    "url_default_functions",
)
LOGGERS = (None, "app", "gunicorn.error", "werkzeug", "mail.log")


def new_app(instance: Path, database: str, templates: Path) -> Flask:
    app = cli.create_app(Testing(instance=instance, database=database))
    app.test_client_class = FarClient
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(templates))
    return app


def release(app: Flask, *, keep_connections: bool = False) -> None:
    with app.app_context():
        db.session.remove()
        if not keep_connections:
            db.engine.dispose()


class SharedApp:
    """An application that tests use in turn, with a copy of its first state."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.config = dict(app.config)
        self.hooks = {name: copied(getattr(app, name)) for name in HOOKS}
        self.wsgi_app = app.wsgi_app
        self.globals = dict(app.jinja_env.globals)
        self.views = dict(app.view_functions)
        self.loggers = {name: LoggerState(logging.getLogger(name)) for name in LOGGERS}
        handlers = logging.getLogger().handlers
        # The browser suite has a handler of its own, under another name.
        [self.lines] = [
            each for each in handlers if isinstance(each, logs.LineHandler) and each.get_name() == logs.__name__
        ]

    def reset(self, instance: Path) -> Flask:
        """Return the application in its first state, with the test's own instance folder."""
        app = self.app
        restore(app.config, self.config | {"INSTANCE": instance})
        for name, value in self.hooks.items():
            restore(getattr(app, name), copied(value))
        restore(app.jinja_env.globals, self.globals)
        restore(app.view_functions, self.views)
        app.wsgi_app = self.wsgi_app  # type: ignore[method-assign]  # Flask's documented way to wrap the application
        # Flask refuses new hooks after the first request, and tests add some.
        app._got_first_request = False  # noqa: SLF001  # nothing public says so
        cache = app.extensions["page_cache"]
        for store in (cache.plain, cache.filtered):
            store.pages.clear()
            store.size = 0
        app.extensions[READINESS] = Readiness()
        self.reset_logging()
        return app

    def reset_logging(self) -> None:
        """Let only this application's handler log, to the current stderr; handlers of others stay."""
        for state in self.loggers.values():
            state.restore()
        root = logging.getLogger()
        for each in root.handlers[:]:
            if each.get_name() == logs.__name__:
                root.removeHandler(each)
        self.lines.setStream(sys.stderr)
        root.addHandler(self.lines)


class LoggerState:
    """A logger's level and filters, which an application sets."""

    def __init__(self, logger: logging.Logger) -> None:
        self.logger, self.level, self.filters = logger, logger.level, logger.filters[:]

    def restore(self) -> None:
        self.logger.setLevel(self.level)
        self.logger.filters[:] = self.filters


def copied(value: Mapping[Any, Any]) -> dict[Any, Any]:
    return {key: list(each) for key, each in value.items()}


def restore(current: Any, first: Mapping[Any, Any]) -> None:
    """Restore a dictionary's first content, in place."""
    current.clear()
    current.update(first)
