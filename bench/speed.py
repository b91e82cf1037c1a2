"""The speed that people feel, beside its goals, a bare Flask view and the peers: what `./dev bench` prints."""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bench import acts, costs, crowd
from bench.server import ENGINES, database

VISITS = 100_000
HEAD = "| | engine | measured | there | goal | | bare Flask | peers |\n|---|---|---|---|---|---|---|---|"
# Milliseconds of processor of the bare view that parses the form, there: on the machine where the goals were set.
BARE_THERE = 0.34
# Milliseconds of processor, with the database's; kilobytes; texts; seconds by the clock; megabytes; times.
GOALS: Mapping[str, Mapping[str, float]] = {
    "sending": {"sqlite": 8, "postgresql": 12},
    "form": dict.fromkeys(ENGINES, 3),
    "preview": dict.fromkeys(ENGINES, 5),
    "queue of 40": {"sqlite": 8, "postgresql": 10},
    "review page": dict.fromkeys(ENGINES, 8),
    "first visit, article": {"sqlite": 22},
    "first visit, form": {"sqlite": 22},
    "first visit, desk": {"sqlite": 30},
    "HTML renewed before a start": dict.fromkeys(ENGINES, 0),
    "crowd": dict.fromkeys(ENGINES, 2),
    "memory": dict.fromkeys(ENGINES, 200),
    "memory, growth over the visits": dict.fromkeys(ENGINES, 1.02),
    **{f"{act}, 100,000 against 3,000": {"sqlite": acts.LIMIT} for act in ("publish", "withdraw", "erase")},
}
# As measured once, in one quiet run beside the product.
PEERS = {
    "sending": "WordPress 8.3, Django 2.8, Isso 2.3",
    "queue of 40": "Django admin 23.7, Isso 26, WordPress 28",
    "review page": "Django admin 23.7, Isso 26, WordPress 28",
    "first visit, article": "WordPress 178, Isso’s widget 79",
    "memory": "Isso 129, WordPress 212",
}


@dataclass(frozen=True)
class Row:
    """One figure: what it is of, on which engine, and as it is shown."""

    name: str
    engine: str
    figure: float
    """As the goal is: where it is time, on the machine where the goals were set."""
    shown: str
    there: str = ""
    bare: str = ""

    @property
    def is_missed(self) -> bool:
        return self.figure > GOALS.get(self.name, {}).get(self.engine, float("inf"))

    def __str__(self) -> str:
        goal = GOALS.get(self.name, {}).get(self.engine)
        against = ("", "") if goal is None else (f"≤ {goal:g}", "missed" if self.is_missed else "met")
        cells = (self.name, self.engine, self.shown, self.there, *against, self.bare, PEERS.get(self.name, ""))
        return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print each row as soon as it is measured."""
    example = "example: ./dev bench --quick --engine sqlite"
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__, epilog=example)
    parser.add_argument("_name", help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="about a minute: few rounds, no memory, growth and crowd")
    parser.add_argument("--engine", choices=ENGINES, action="append", help="one of the two; both by default")
    options = parser.parse_args()
    print(HEAD, flush=True)
    for engine in options.engine or ENGINES:
        for row in rows(engine, quick=options.quick):
            print(row, flush=True)


def rows(engine: str, *, quick: bool) -> Iterator[Row]:
    """Yield the rows of one engine; bytes, and the growth that has a goal, are measured with SQLite."""
    rounds, requests = (6, 10) if quick else (30, 40)
    with database(engine, costs.load) as base:
        if engine == "sqlite":
            for name, size in costs.of_visits(base.app):
                yield Row(f"first visit, {name}", engine, size / 1000, f"{size / 1000:.1f} kB")
        measured = list(costs.of_requests(base, rounds=rounds, requests=requests))
        slower = next(bare.median for name, _, bare, _ in measured if name == "sending") / BARE_THERE
        for name, cost, bare, times in measured:
            there = cost.median / slower
            yield Row(name, engine, there, str(cost), f"{there:.2f} ms", f"{bare.median:.2f} ms, {times:.1f} times")
        texts, before, taken = costs.of_release(base)
        yield Row("HTML renewed before a start", engine, before, f"{before} of {texts} texts")
        yield Row("HTML renewed by the deliverer", engine, taken, f"{taken:.1f} ms a text")
        if not quick:
            memory = costs.of_memory(base, visits=VISITS)
            yield Row("memory", engine, max(memory), ", ".join(f"{each:.0f}" for each in memory) + " MB")
            grown = memory[-1] / memory[1]
            yield Row("memory, growth over the visits", engine, grown, f"{grown:.3f} times")
    if not quick and engine == "sqlite":
        for act, grown in acts.growth(engine).items():
            yield Row(f"{act}, 100,000 against 3,000", engine, grown, f"{grown:.2f} times")
    if not quick:
        seconds, shown = crowd.slowest(engine)
        yield Row("crowd", engine, seconds / slower, shown, f"{seconds / slower:.2f} s")
