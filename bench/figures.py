"""Figures of the desk on a large database: seconds by the clock of the fastest request, and statements of each."""

import time
from functools import partial

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db import db
from bench import exports
from bench.options import option_parser
from bench.server import ENGINES, Database, database
from tests.acts import signed_in
from tests.page_cache.workers import recorded_statements
from tests.visitor import Visitor

ROUNDS = 5
AGREE = "UPDATE queue_row SET contact_consent = true, reuse_consent = publication_consent"


def main() -> None:
    """Print a line for each engine."""
    options = option_parser("figures", total=200_000).parse_args()
    for engine in options.engine or ENGINES:
        with database(engine, partial(load, total=options.total)) as base:
            seconds, statements = measure(base)
            print(f"{engine}: {seconds:.2f} s, {statements} statements")


def load(session: Session, total: int) -> None:
    """Store a corpus whose authors all agree to be reused and contacted."""
    exports.load(session, total)
    session.execute(text(AGREE))
    session.commit()


def measure(base: Database) -> tuple[float, int]:
    """Return the seconds of the fastest of some requests, as an editor of all articles, and its statements."""
    with base.app.app_context():
        editor = signed_in(Visitor(base.app), db.session())
    taken = []
    for _ in range(ROUNDS):
        with recorded_statements(base.app) as statements:
            start = time.perf_counter()
            editor.client.get("/moderation/chiffres").get_data()
            taken.append((time.perf_counter() - start, len(statements)))
    return min(taken)
