"""Exports of as many rows in each purpose and format: size, seconds, and the most memory their process held."""

import random
import subprocess
import sys
from functools import partial
from itertools import product

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db import db
from app.moderation.exports.columns import ExportFormat, ExportPurpose
from app.testimonials.consent import Channel, ConsentDecision
from app.testimonials.lifecycle import Status
from app.testimonials.wordings import Purpose
from bench import corpus
from bench.options import option_parser
from bench.server import ENGINES, ROOT, database
from tests.crowd import multiply

GROUP = 50  # testimonials from the factories; the others are their copies
OWN_ADDRESS = "UPDATE testimonial SET email = 'personne' || id || '@exemple.invalid'"


def main() -> None:
    """Load a database, and print one line for each purpose and format, each in a process of its own."""
    options = option_parser("exports", total=100_000, counted="rows of each export").parse_args()
    for engine in options.engine or ENGINES:
        with database(engine, partial(load, total=options.total)) as base:
            for purpose, format_ in product(ExportPurpose, ExportFormat):
                arguments = [base.url, str(base.folder), purpose.value, format_.value]
                subprocess.run([sys.executable, "-m", "bench.export_process", *arguments], cwd=ROOT, check=True)


def load(session: Session, total: int) -> None:
    """Store published texts whose authors all agree to be reused and contacted, each at an address of their own."""
    group = corpus.draw(session, random.Random(2), [Status.PUBLISHED] * GROUP, reuse=True)
    for testimonial in group:
        testimonial.answer(Purpose.CONTACT, ConsentDecision.GIVEN, Channel.PRIVATE_PAGE)
    copies = total // GROUP - 1
    for done in range(0, copies, corpus.MOST_AT_ONCE):
        multiply(session, group, min(corpus.MOST_AT_ONCE, copies - done), moments=corpus.MOMENTS)
    session.execute(text(OWN_ADDRESS))
    session.commit()
    if db.engine.dialect.name == "postgresql":  # what autovacuum does in the course of time
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM (ANALYZE)"))
