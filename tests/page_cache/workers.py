"""Worker: an application with its own page cache, as another process would have; recorders of its SQL statements."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import Context
from typing import Any

from flask import Flask
from sqlalchemy import event
from werkzeug.test import Client, TestResponse

from app import create_app
from app.db import db
from app.page_cache.middleware import PageCache
from config import Testing

Answer = tuple[str, list[tuple[str, str]], bytes]


@contextmanager
def page_statements(app: Flask) -> Iterator[list[str]]:
    """Record the statements that render pages; reads of stamps are left out."""
    with recorded_statements(app, but="publication_stamp") as statements:
        yield statements


@contextmanager
def recorded_statements(app: Flask, *, but: str = "PRAGMA") -> Iterator[list[str]]:
    """Record an application's statements, of sessions and of fast reads, but those that contain a text."""
    statements: list[str] = []
    with app.app_context():
        engine = db.engine
    cache: PageCache = app.extensions["page_cache"]
    reads, rows = cache.stamps, cache.stamps.rows

    def record(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")) and but not in statement:
            statements.append(statement)

    def recorded(sql: str) -> list[tuple[Any, ...]]:
        if but not in sql:
            statements.append(sql)
        return rows(sql)

    event.listen(engine, "before_cursor_execute", record)
    reads.rows = recorded  # type: ignore[method-assign]  # a recorder around the method
    yield statements
    reads.rows = rows  # type: ignore[method-assign]  # the original method
    event.remove(engine, "before_cursor_execute", record)


class Worker:
    """An application as another process would have it, on the database of `app`; `caches=False` has it cache nothing.

    Templates are compiled once for all: that takes longer than to make an application.
    """

    def __init__(self, app: Flask, *, caches: bool = True) -> None:
        settings = Testing(instance=app.config["INSTANCE"], database=app.config["SQLALCHEMY_DATABASE_URI"])
        self.app: Flask = create_app(settings)
        self.app.jinja_env.bytecode_cache = app.jinja_env.bytecode_cache
        self.cache: PageCache = self.app.extensions["page_cache"]
        if not caches:
            self.cache.plain.max_size = self.cache.filtered.max_size = 0
        self.recording = ExitStack()
        self.statements = self.recording.enter_context(recorded_statements(self.app))

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """Send a request, and return its status, sorted headers and body."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        answer: TestResponse = Context().run(
            Client(self.app, use_cookies=False).open, path, method=method, headers=sent
        )
        return answer.status, sorted(answer.headers), answer.get_data()

    def close(self) -> None:
        self.recording.close()
        with self.app.app_context():
            db.engine.dispose()
