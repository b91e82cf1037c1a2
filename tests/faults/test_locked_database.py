"""SQLite locked by another process while authors send: a success once it is free, or one sentence, and nothing lost."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.testimonials.testimonial import Testimonial
from tests.acts import stored
from tests.faults import ROUNDS
from tests.faults.people import UNAVAILABLE, People
from tests.faults.site import Site
from tests.testimonials.test_form import WRITE, preview
from tests.testimonials.test_sending import all_fields
from tests.visitor import Visitor

pytestmark = [pytest.mark.services, pytest.mark.parametrize("engine", ["sqlite"], indirect=True)]

# Longer than a sending waits (`db.BUSY_TIMEOUT`), under `./dev faults`; within the tests it waits for a moment.
LOCKED_FOR = 40 if ROUNDS > 2 else 1  # seconds

HOLD = """
import sqlite3, sys
other = sqlite3.connect(sys.argv[1], isolation_level=None)
other.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
"""


@contextmanager
def locked(database: str) -> Iterator[None]:
    """Have another process hold the write lock of a file."""
    command = [sys.executable, "-c", HOLD, database.removeprefix("sqlite:///")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:  # noqa: S603  # written above
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        try:
            yield
        finally:
            other.communicate("\n")


@pytest.mark.slow("a lock is held for a second")
def test_authors_who_send_to_a_locked_database_lose_nothing(served: Site) -> None:
    people = People(served)
    with people.acting([people.author] * 6):
        people.wait_for_acts(6)
        with locked(served.database):
            before = len(people.sent)
            time.sleep(LOCKED_FOR)
            assert len(people.sent) <= before + 6, "what is acknowledged now was stored before"
        people.wait_for_acts(12)
    people.assert_kept_once()


def test_a_sending_that_waits_too_long_says_so_and_is_stored_once_it_is_sent_again(
    app: Flask, session: Session, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("app.db"), "BUSY_TIMEOUT", 50)
    author = preview(Visitor(app))
    fields = all_fields(author)
    with locked(database):
        author.post(WRITE, fields)
        assert author.status == UNAVAILABLE
        assert "Rien n’a été enregistré" in author.text
        assert "ce que vous avez écrit y est encore" in author.text
    assert stored(session, Testimonial) == []
    for _ in range(2):
        author.post(WRITE, fields)
        assert author.path.startswith("/recu/")
    assert len(stored(session, Testimonial)) == 1
