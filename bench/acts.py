"""Publishing, withdrawing and erasing a testimonial among many, and among a few thousand: what each act costs."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

from app.audit import Actor
from app.db import db
from app.testimonials.erasure import erase_testimonial
from app.testimonials.lifecycle import Action, Status
from bench import corpus
from bench.growth import print_row
from bench.options import option_parser
from bench.server import ENGINES, Database, cpu_time, database, ratio
from tests.factories import a_testimonial, an_editor

FEW, MANY, LIMIT = 3_090, 100_000, 1.5  # the corpus grows by 1,030
TURNS = 15
Costs = dict[str, list[float]]


def main() -> None:
    """Print the table of each engine."""
    parser = option_parser("acts", total=MANY, counted="testimonials in the large database")
    parser.add_argument("--turns", type=int, default=TURNS, help="testimonials that each act is done to")
    options = parser.parse_args()
    for engine in options.engine or ENGINES:
        print(f"\n### {engine}: {FEW:,} and {options.total:,}\n")
        print("| act | ms | ms | ratio | goal | |\n|---|---|---|---|---|---|", flush=True)
        few, many = measure(engine, options.total, options.turns)
        for name in few:
            print_row(name, few[name], many[name], LIMIT)


def growth(engine: str) -> dict[str, float]:
    """Return how many times each act costs more among many than among few."""
    few, many = measure(engine, MANY, TURNS)
    return {name: ratio(many[name], few[name]) for name in few}


def measure(engine: str, total: int, turns: int) -> tuple[Costs, Costs]:
    """Return the microseconds of each act, among few and among many: they take turns."""
    with ExitStack() as stack:
        both = [stack.enter_context(database(engine, partial(corpus.load, total=each))) for each in (FEW, total)]
        costs: tuple[Costs, Costs] = ({}, {})
        for turn in range(turns + 1):  # the first is not counted
            for base, kept in zip(both, costs, strict=True):
                for name, cost in acts(base, turn):
                    kept.setdefault(name, []).append(cost)
    few, many = ({name: each[1:] for name, each in kept.items()} for kept in costs)
    return few, many


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
