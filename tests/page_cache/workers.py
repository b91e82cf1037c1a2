"""Two workers of one server, each with its own memory, and a third that keeps nothing: what a page ought to be."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import Context
from pathlib import Path

from flask import Flask
from sqlalchemy import event
from werkzeug.test import Client, TestResponse

from app import create_app
from app.db import Rows, db
from app.db.read_connections import read_connections
from app.page_cache.middleware import PageCache
from config import Testing

Answer = tuple[str, list[tuple[str, str]], bytes]


@contextmanager
def counting(app: Flask) -> Iterator[list[str]]:
    """Give the statements that pages are made of, as they are asked; a kept page looks at stamps besides."""
    with asked_of(app, but="publication_stamp") as statements:
        yield statements


@contextmanager
def asked_of(app: Flask, *, but: str = "PRAGMA") -> Iterator[list[str]]:
    """Give the statements that an application asks its database, as they are asked: by sessions, and on hot lines."""
    statements: list[str] = []
    with app.app_context():
        engine = db.engine
    lines = read_connections(engine)
    rows = lines.rows

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")) and but not in statement:
            statements.append(statement)

    def noted(words: str, values: Sequence[object]) -> Rows:
        if but not in words:
            statements.append(words)
        return rows(words, values)

    event.listen(engine, "before_cursor_execute", note)
    lines.rows = noted  # type: ignore[method-assign]  # listened to, not replaced
    yield statements
    lines.rows = rows  # type: ignore[method-assign]  # as it was
    event.remove(engine, "before_cursor_execute", note)


class Worker:
    """An application as another process would have it."""

    def __init__(self, database: str, instance: Path, *, keeps: bool = True) -> None:
        self.app: Flask = create_app(Testing(instance=instance, database=database))
        self.ready: PageCache = self.app.extensions["ready"]
        if not keeps:
            self.ready.plain.room = self.ready.narrowed.room = 0
        self.listening = ExitStack()
        self.statements = self.listening.enter_context(asked_of(self.app))

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """Send a request, and return its status, headers in order, and body."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        answer: TestResponse = Context().run(Client(self.app).open, path, method=method, headers=sent)
        return answer.status, sorted(answer.headers), answer.get_data()

    def close(self) -> None:
        """Let go of the database."""
        self.listening.close()
        with self.app.app_context():
            db.engine.dispose()
