"""SQLite's file written anew after an erasure: how long it takes, and how long a writer and a reader wait meanwhile."""

import argparse
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

from sqlalchemy import text

from app.db import BUSY_TIMEOUT, db
from app.db.vacuum import vacuum_after_erasures
from bench import corpus
from bench.server import database
from config import Config

PAUSE = 0.01  # seconds between two acts


def main() -> None:
    """Load a corpus, erase something, and print one line."""
    parser = argparse.ArgumentParser(prog="./dev bench vacuum")
    parser.add_argument("_name")
    parser.add_argument("--total", type=int, default=100_000, help="testimonials in the database")
    options = parser.parse_args()
    with database("sqlite", partial(corpus.load, total=options.total)) as base, base.app.app_context():
        base.app.config["SCRUB_PATIENCE"] = Config.SCRUB_PATIENCE  # as in production
        path = base.url.removeprefix("sqlite:///")
        size = Path(path).stat().st_size
        db.session.execute(text("DELETE FROM email WHERE id = (SELECT max(id) FROM email)"))
        db.session.execute(text("INSERT OR IGNORE INTO erasure_mark (id, number) VALUES (1, 1)"))
        db.session.commit()
        db.session.remove()
        waits: dict[str, float] = {}
        over = threading.Event()
        acts = {"writer": "UPDATE region SET name = name", "reader": "SELECT count(*) FROM region"}
        threads = [
            threading.Thread(target=longest_wait, args=(path, sql, over, partial(waits.__setitem__, name)))
            for name, sql in acts.items()
        ]
        for thread in threads:
            thread.start()
        time.sleep(1)
        began = time.perf_counter()
        done = vacuum_after_erasures()
        took = time.perf_counter() - began
        over.set()
        for thread in threads:
            thread.join()
    print(
        f"{options.total:,} testimonials, {size / 2**20:.0f} MB: {'done' if done else 'NOT DONE'} in {took:.1f} s; "
        f"a writer waited {waits['writer']:.1f} s at most, a reader {waits['reader']:.2f} s"
    )


def longest_wait(path: str, sql: str, over: threading.Event, tell: Callable[[float], None]) -> None:
    """Run a statement again and again until it is over; tell the longest time that one took."""
    longest = 0.0
    with closing(sqlite3.connect(path, timeout=10 * BUSY_TIMEOUT / 1000, isolation_level=None)) as connection:
        while not over.is_set():
            began = time.perf_counter()
            connection.execute(sql).fetchall()
            longest = max(longest, time.perf_counter() - began)
            time.sleep(PAUSE)
    tell(longest)
