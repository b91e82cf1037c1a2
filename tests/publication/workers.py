"""Two workers of one server, each with its own memory, and a third that keeps nothing: what a page ought to be."""

from contextvars import Context
from pathlib import Path

from flask import Flask
from sqlalchemy import event
from werkzeug.test import Client, TestResponse

from app import create_app
from app.db import db
from app.publication.ready import Ready
from config import Testing

Answer = tuple[str, list[tuple[str, str]], bytes]


class Worker:
    """An application as another process would have it."""

    def __init__(self, database: str, instance: Path, *, keeps: bool = True) -> None:
        self.app: Flask = create_app(Testing(instance=instance, database=database))
        self.ready: Ready = self.app.extensions["ready"]
        self.statements: list[str] = []
        if not keeps:
            self.ready.plain.room = self.ready.narrowed.room = 0
        with self.app.app_context():
            event.listen(db.engine, "before_cursor_execute", self.note)

    def note(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        """Write down a statement of SQLAlchemy's."""
        self.statements.append(statement)

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """Send a request, and return its status, headers in order, and body."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        answer: TestResponse = Context().run(Client(self.app).open, path, method=method, headers=sent)
        return answer.status, sorted(answer.headers), answer.get_data()

    def close(self) -> None:
        """Let go of the database."""
        with self.app.app_context():
            db.engine.dispose()
