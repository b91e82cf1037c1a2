"""Exports of a large database, by purpose and format: rows, size, seconds, and the most memory its process held."""

import argparse
import subprocess
import sys
from functools import partial
from itertools import product

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.administration.exports.purposes import ExportFormat, ExportPurpose
from bench import corpus
from bench.server import ENGINES, ROOT, database

AGREE = """INSERT INTO consent (testimonial_id, purpose, answer, wording_version, wording, digest, channel, at)
    SELECT id, :purpose, 'given', 2, 'J’accepte.', '', 'form', submitted_at FROM testimonial WHERE email IS NOT NULL"""


def main() -> None:
    """Load a corpus, and print one line for each purpose and format, each in a process of its own."""
    parser = argparse.ArgumentParser(prog="./dev bench exports")
    parser.add_argument("_name")
    parser.add_argument("--total", type=int, default=100_000, help="testimonials in the database")
    parser.add_argument("--engine", choices=ENGINES, action="append", help="one of the two; both by default")
    options = parser.parse_args()
    for engine in options.engine or ENGINES:
        with database(engine, partial(load, total=options.total)) as base:
            for purpose, format_ in product(ExportPurpose, ExportFormat):
                arguments = [base.url, str(base.folder), purpose.value, format_.value]
                subprocess.run([sys.executable, "-m", "bench.export_process", *arguments], cwd=ROOT, check=True)


def load(session: Session, total: int) -> None:
    """Store the corpus, whose authors all agree to be reused and contacted."""
    corpus.load(session, total)
    for purpose in ("reuse", "contact"):
        session.execute(text(AGREE), {"purpose": purpose})
    session.execute(text("UPDATE testimonial SET reuse_consent = publication_consent WHERE status = 'published'"))
    session.commit()
