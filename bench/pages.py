"""Published pages, cached and uncached, held against bare applications; their weight, and the server's memory."""

import json
import random
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

from sqlalchemy.orm import Session

from app.testimonials.lifecycle import Status
from bench.corpus import draw
from bench.server import ENGINES, Database, Server, Subject, ask, compare, cookie, database, fetch, gunicorn, ratio

ROUNDS, REQUESTS, VISITS = 30, 400, 100_000
ARTICLE, JSON, CHARTER = "/articles/crpv", "/api/v1/articles/crpv/testimonials", "/charte"
UNKNOWN = "?utm_source=x"  # a page with a name it does not know in its query is not cached; the API refuses such a name
REGIONS = ("11", "24", "27", "28", "32", "44", "52", "53", "75", "76", "84", "93")
OF_THE_SERVER = {"server", "date", "connection"}
CACHED, UNCACHED, WEIGHT, MEMORY, FLAT = 0.85, 0.40, 15_000, 110, 1.02
ENCODINGS: Mapping[str, Mapping[str, str]] = {
    "identity": {},
    "gzip": {"Accept-Encoding": "gzip"},
    "br": {"Accept-Encoding": "br"},
}

Responses = dict[str, tuple[str, dict[str, str], bytes]]


@dataclass(frozen=True)
class Row:
    """A row of the table: a subject, its base, and the least share of the subject's cost that the base may be."""

    name: str
    subject: Subject
    base: Subject
    least: float | None = None

    def __str__(self) -> str:
        share = ratio(self.base.own_costs, self.subject.own_costs)
        costs = f"{median(self.subject.own_costs):.0f} µs | {self.base.name} {median(self.base.own_costs):.0f} µs"
        goal = "|" if self.least is None else f"≥ {self.least:.0%} | {mark(share >= self.least)}"
        both = f"{ratio(self.base.costs, self.subject.costs):.0%} ({median(self.subject.costs):.0f} µs)"
        return f"| {self.name} | {costs} | {share:.0%} | {goal} | {both} |"


def mark(reached: bool) -> str:
    """Return the sign of a goal that is reached, or missed."""
    return "✓" if reached else "✗"


def main() -> None:
    """Print the table of each engine."""
    for engine in ENGINES:
        with database(engine, twenty_testimonials) as base:
            measure(engine, base)


def twenty_testimonials(session: Session) -> None:
    """Store as many as a page of the collection shows; commit."""
    draw(session, random.Random(1), [Status.PUBLISHED] * 20)
    session.commit()


def measure(engine: str, base: Database) -> None:
    """Print the table of one engine."""
    replayed = base.folder / "replayed.json"
    with ExitStack() as stack:
        product, flask = (stack.enter_context(gunicorn(app, base)) for app in ("product", "bare_flask"))
        responses = fetch_forms(product)
        written = {
            path: {
                "status": status,
                "headers": {name: value for name, value in headers.items() if name.lower() not in OF_THE_SERVER},
                "body": body.hex(),
            }
            for path, (status, headers, body) in responses.items()
        }
        replayed.write_text(json.dumps(written), encoding="utf-8")
        wsgi, with_stamp, with_statements = (
            stack.enter_context(gunicorn(app, base, REPLAYED=str(replayed)))
            for app in ("bare_wsgi", "wsgi_with_stamp", "flask_with_statements")
        )
        bare = Subject("bare Flask", flask, ["/"])
        rows = list(cached_rows(product, wsgi, responses))
        stamp = Subject("stamp", with_stamp, rows[0].base.paths)
        rows += [
            Row("bare WSGI that reads a stamp", stamp, rows[0].base),
            Row("article, not cached", Subject("article", product, [ARTICLE + UNKNOWN]), bare, UNCACHED),
            Row("JSON, not cached", Subject("JSON", product, [JSON], cookie()), bare, UNCACHED),
            Row("bare Flask that runs the article’s statements", Subject("statements", with_statements, ["/"]), bare),
            Row("the charter", Subject("charter", product, [CHARTER]), bare),
        ]
        subjects = {id(each): each for row in rows for each in (row.subject, row.base)}
        compare(list(subjects.values()), rounds=ROUNDS, requests=REQUESTS)
        print(f"\n### {engine}\n\n| page | costs | base | ratio | goal | | with the database |\n|{'---|' * 7}")
        print(*rows, *weights(responses), *memory(product), sep="\n", flush=True)


def fetch_forms(product: Server) -> Responses:
    """Return the responses of the two cached pages in each form: three encodings and 304."""
    responses: Responses = {}
    for name, page in (("article", ARTICLE), ("json", JSON)):
        for encoding, headers in ENCODINGS.items():
            responses[f"/{name}/{encoding}"] = fetch(product, page, headers)
        etag = responses[f"/{name}/identity"][1]["ETag"]
        responses[f"/{name}/304"] = fetch(product, page, {"If-None-Match": etag})
    return responses


def cached_rows(product: Server, wsgi: Server, responses: Responses) -> Iterator[Row]:
    """Yield a row for each form of the cached pages."""
    for path, (status, headers, _) in responses.items():
        _, name, form = path.split("/")
        sent = {"If-None-Match": headers["ETag"]} if form == "304" else ENCODINGS[form]
        subject = Subject(path, product, [ARTICLE if name == "article" else JSON], sent, int(status[:3]))
        base = Subject("bare WSGI", wsgi, [path], sent, int(status[:3]))
        yield Row(f"{name}, cached, {form}", subject, base, CACHED)


def weights(responses: Responses) -> Iterator[str]:
    """Yield rows of what a reader downloads."""
    plain, br, gzipped = (len(responses[f"/article/{form}"][2]) for form in ("identity", "br", "gzip"))
    html = responses["/article/identity"][2].decode()
    blocking = len(re.findall(r'<link rel="stylesheet"|<script(?![^>]*defer)', html))
    light = mark(gzipped <= WEIGHT)
    yield f"| weight, gzip | {gzipped} B | identity {plain} B | br {br} B | ≤ {WEIGHT} B | {light} | |"
    yield f"| render-blocking requests | {blocking} | | | 1 | {mark(blocking == 1)} | |"


def memory(product: Server) -> Iterator[str]:
    """Yield the row of memory after each quarter of the visits, to cached pages and others."""
    unknown = [f"{ARTICLE}?utm_source={number}" for number in range(20)]
    narrowed = [f"{ARTICLE}?situation={each}&region={region}" for each in ("past", "regular") for region in REGIONS]
    visits = Subject("visits", product, [*[ARTICLE] * 1000, *unknown, *narrowed])
    quarters = []
    for _ in range(4):
        # New connections each time: both workers get some from the beginning.
        for _ in range(VISITS // 4 // len(visits.paths)):
            ask(visits, len(visits.paths))
        quarters.append(product.memory())
    growth, steps = quarters[-1] / quarters[0], " → ".join(f"{each:.0f}" for each in quarters)
    reached = mark(quarters[-1] <= MEMORY and growth <= FLAT)
    yield f"| memory (PSS), {VISITS:,} requests | {steps} MB | | {growth:.1%} | ≤ {MEMORY} MB, flat | {reached} | |"
