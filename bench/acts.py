"""What publishing, withdrawing and erasing a testimonial cost among many testimonials, and among few."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

from app.audit import Actor
from app.db import db
from app.testimonials.erasure import erase_testimonial
from app.testimonials.lifecycle import Action, Status
from bench import corpus
from bench.server import Database, cpu_time, database, ratio
from tests.factories import a_testimonial, an_editor

FEW, MANY, LIMIT = 3_090, 100_000, 1.5
TURNS = 15  # testimonials that each act is done to
Costs = dict[str, list[float]]


def growth(engine: str) -> dict[str, float]:
    """Return how many times each act costs more among many than among few."""
    with ExitStack() as stack:
        both = [stack.enter_context(database(engine, partial(corpus.load, total=each))) for each in (FEW, MANY)]
        few, many = costs(*both)
    return {name: ratio(many[name], few[name]) for name in few}


def costs(*bases: Database) -> list[Costs]:
    """Return the microseconds of each act in each database: they take turns."""
    kept: list[Costs] = [{} for _ in bases]
    for turn in range(TURNS + 1):  # the first is not counted
        for base, its in zip(bases, kept, strict=True):
            for name, cost in acts(base, turn):
                its.setdefault(name, []).append(cost)
    return [{name: each[1:] for name, each in its.items()} for its in kept]


def acts(base: Database, turn: int) -> Iterator[tuple[str, float]]:
    """Yield the name and cost of each act that one more testimonial goes through."""
    with base.app.app_context():
        session = db.session()
        testimonial = a_testimonial(session, status=Status.PENDING, email=f"banc{turn}@exemple.invalid")
        editor = Actor.editor(an_editor(session).id)
        session.commit()
        steps: dict[str, Callable[[], None]] = {
            "publish": partial(testimonial.perform, Action.PUBLISH, by=editor),
            "withdraw": testimonial.withdraw,
            "erase": partial(erase_testimonial, testimonial),
        }
        for name, act in steps.items():
            before = time.process_time() * 1e6 + cpu_time(base.process)
            act()
            session.commit()
            yield name, time.process_time() * 1e6 + cpu_time(base.process) - before
        db.session.remove()
