"""Concurrent acts, each in a thread of its own."""

import threading
import time
from collections.abc import Callable

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db import db


def together(*acts: Callable[[], object]) -> list[object]:
    """Run several functions at the same moment; return their results or exceptions, in no order."""
    start = threading.Barrier(len(acts))
    outcomes: list[object] = []

    def do(act: Callable[[], object]) -> None:
        start.wait(timeout=60)
        try:
            outcomes.append(act())
        except Exception as error:  # noqa: BLE001  # the exception is a result, which the test checks
            outcomes.append(error)

    threads = [threading.Thread(target=do, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return outcomes


def commit_after(session: Session, *clicks: Callable[[], object]) -> None:
    """Commit what a session holds once so many clicks, each in its thread, wait for it; wait for their ends."""
    clicking = [threading.Thread(target=each) for each in clicks]
    for number, each in enumerate(clicking, 1):
        each.start()
        wait_for_company(number)
    session.commit()
    for each in clicking:
        each.join(timeout=60)


def meanwhile(session: Session, first: Callable[[], object], *clicks: Callable[[], object]) -> None:
    session.rollback()
    first()
    commit_after(db.session(), *clicks)
    session.rollback()


def wait_for_company(number: int = 1) -> None:
    """Wait until so many wait for what another holds; SQLite, which lets one write at a time, needs no proof of it."""
    here = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    waiting = text(f"{here} AND wait_event_type = 'Lock'")
    until = time.monotonic() + 30
    while db.engine.dialect.name == "postgresql":
        with db.engine.connect() as connection:
            if (connection.scalar(waiting) or 0) >= number:
                return
        assert time.monotonic() < until, "nobody waits"
        time.sleep(0.01)
