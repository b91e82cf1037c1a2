"""Pages of a large database compared with those of a small one, both served at once and requested in turn."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from statistics import median

from flask import Flask

from app.db import db
from bench import corpus
from bench.options import option_parser
from bench.server import ENGINES, Database, Server, Subject, compare, database, gunicorn, ratio

REQUESTS = 10
Page = tuple[str, Mapping[str, str]]  # its path, and the headers it is requested with


@dataclass(frozen=True)
class Site:
    """A loaded database, its server, and the pages that are measured, by name."""

    database: Database
    server: Server
    pages: Mapping[str, Page]


@dataclass(frozen=True)
class Sites:
    """The same pages with few testimonials and with many."""

    small: Site
    large: Site
    rounds: int

    def table(self, limit: Callable[[str], float]) -> None:
        """Measure each page, and print its row."""
        for name, small in self.small.pages.items():
            few = Subject(name, self.small.server, [small[0]], small[1])
            path, headers = self.large.pages[name]
            many = Subject(name, self.large.server, [path], headers)
            compare([few, many], rounds=self.rounds, requests=REQUESTS)
            print_row(name, few.costs, many.costs, limit(name))


def sites(name: str, pages: Callable[[Flask], Mapping[str, Page]], few: int, many: int) -> Iterator[Sites]:
    """Give both databases of each engine, as the command line asks, and print the head of its table."""
    parser = option_parser(name, total=many, counted="testimonials in the large database")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    for engine in options.engine or ENGINES:
        with ExitStack() as stack:
            served = []
            for total in (few, options.total):
                base = stack.enter_context(database(engine, partial(corpus.load, total=total)))
                with base.app.app_context():
                    found = pages(base.app)
                    db.session.remove()
                served.append(Site(base, stack.enter_context(gunicorn("product", base)), found))
            print(f"\n### {engine}: {few:,} and {options.total:,}\n")
            print("| page | ms | ms | ratio | goal | |\n|---|---|---|---|---|---|", flush=True)
            yield Sites(served[0], served[1], options.rounds)


def print_row(name: str, few: Sequence[float], many: Sequence[float], limit: float | None) -> None:
    """Print a row from the microseconds of each round."""
    grown = ratio(many, few)
    goal = "| |" if limit is None else f"≤ {limit} | {'✓' if grown <= limit else '✗'} |"
    print(f"| {name} | {median(few) / 1e3:.2f} | {median(many) / 1e3:.2f} | {grown:.2f} | {goal}", flush=True)
