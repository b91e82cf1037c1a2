"""What a page costs its reader and its server: kept, made anew, compared with nothing, in bytes and in memory."""

import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import flask_migrate
from psycopg.errors import DuplicateDatabase

from app import cli
from app.cli.database import load_shipped_content
from app.db import db
from bench import corpus
from bench.family import Family, gunicorn, postgres_at
from bench.load import Subject, ask, compare, fetch
from config import Config, Testing
from tests.services import postgres

ROUNDS, REQUESTS = 30, 400
VISITS = 100_000
ARTICLE, JSON = "/articles/crpv", "/api/v1/articles/crpv/testimonials"
CHARTER = "/charte"  # words alone, made each time
# A page whose query has a name that it does not know is made each time. The API refuses such a name, but has everything
# made anew for who comes with a session, were it an empty one.
UNKNOWN, SESSION = "?utm_source=x", {"Cookie": f"{Config.SESSION_COOKIE_NAME}="}
REGIONS = ("11", "24", "27", "28", "32", "44", "52", "53", "75", "76", "84", "93")
OF_THE_SERVER = {"server", "date", "connection"}

MEMORY, FLAT, WEIGHT = 110, 1.02, 15_000

Answers = dict[str, tuple[str, list[tuple[str, str]], bytes]]

ENCODINGS: Mapping[str, Mapping[str, str]] = {
    "identity": {},
    "gzip": {"Accept-Encoding": "gzip"},
    "br": {"Accept-Encoding": "br"},
}


@dataclass(frozen=True)
class Goal:
    """A line of the table: a subject, its base, and the least that one may be of the other, if that was promised."""

    what: str
    subject: Subject
    base: Subject
    least: float | None

    def __str__(self) -> str:
        ratio = middle(self.base.own_costs, self.subject.own_costs)
        costs = [f"{self.subject.own_cost:.0f} µs", f"{self.base.name} {self.base.own_cost:.0f} µs", f"{ratio:.0%}"]
        with_database = f"{middle(self.base.costs, self.subject.costs):.0%} ({self.subject.cost:.0f} µs)"
        promised = ("", "") if self.least is None else (f"≥ {self.least:.0%}", ratio >= self.least)
        return line(self.what, *costs, *promised, with_database)


def middle(bases: Sequence[float], costs: Sequence[float]) -> float:
    """Return the middle of the ratios of each round: both are asked in every one, whatever else the machine does."""
    return median(base / cost for base, cost in zip(bases, costs, strict=True))


def main() -> None:
    """Print the table, for both engines."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=os.environ.get("TMPDIR")) as folder:
        for engine in ("sqlite", "postgresql"):
            with database(engine, Path(folder, engine)) as (url, beside):
                measure(engine, url, beside, Path(folder, engine))


@contextmanager
def database(engine: str, folder: Path) -> Iterator[tuple[str, Sequence[Family]]]:
    """Give the address of a database, and the processes that serve it; one of that name is given as it was left."""
    folder.mkdir(parents=True, exist_ok=True)
    if engine == "sqlite":
        yield f"sqlite:///{folder / 'bench.sqlite3'}", ()
        return
    with postgres.server() as server:
        with suppress(DuplicateDatabase):
            server.create_database(folder.name)
        url = server.url.set(database=folder.name).render_as_string(hide_password=False)
        yield url, (postgres_at(str(server.url.query["host"])),)


def settings(url: str, folder: Path) -> dict[str, str]:
    """Return the environment of a server of the product, in production."""
    return {
        "EN_REGARD_ENV": "production",
        "SECRET_KEY": "banc d’essai, banc d’essai, banc d’essai",
        "CONTACT": "banc@exemple.invalid",
        "PUBLIC_URL": "http://127.0.0.1",
        "INSTANCE": str(folder),
        "DATABASE_URL": url,
    }


def fill(url: str, folder: Path, size: corpus.Size) -> None:
    """Migrate a database, and fill it."""
    app = cli.create_app(Testing(instance=folder, database=url))
    with app.app_context():
        flask_migrate.upgrade()
        load_shipped_content()
        db.session.remove()  # on SQLite, who has a transaction open keeps the corpus out
        corpus.load(db.engine, size)
        corpus.settle(db.engine)
        db.engine.dispose()


def measure(engine: str, url: str, beside: Sequence[Family], folder: Path) -> None:
    """Print the lines of one engine."""
    fill(url, folder, corpus.Size(total=20, waiting=0, visible=20))
    environment = settings(url, folder)
    with ExitStack() as servers:

        def serve(app: str, **more: str) -> Family:
            return servers.enter_context(gunicorn(f"bench.apps:{app}()", {**environment, **more}, beside=beside))

        product, flask = serve("product"), serve("bare_flask")
        answers = replayed(product, folder / "replayed.json")
        wsgi, with_stamp = (
            serve(app, REPLAYED=str(folder / "replayed.json")) for app in ("bare_wsgi", "wsgi_with_stamp")
        )
        goals = list(goals_of(product, wsgi, flask, answers))
        goals += floors_of(goals[0].base, with_stamp, product, goals[4].base, serve("flask_with_statements"))
        compare(
            list({id(each): each for goal in goals for each in (goal.subject, goal.base)}.values()),
            rounds=ROUNDS,
            requests=REQUESTS,
        )
        print(f"\n### {engine}\n\n| what | costs | beside | ratio | goal | | with the database |\n|{'---|' * 7}")
        print(*goals, sep="\n")
        print(*weights(answers), sep="\n")
        print(*memory(product), sep="\n", flush=True)


def replayed(product: Family, path: Path) -> Answers:
    """Write down what the product answers, for a bare callable to answer the same; return it."""
    answers: Answers = {}
    for name, page in (("article", ARTICLE), ("json", JSON)):
        for encoding, headers in ENCODINGS.items():
            answers[f"/{name}/{encoding}"] = fetch(product, page, headers)
        etag = dict(answers[f"/{name}/identity"][1]).get("ETag", "")
        answers[f"/{name}/304"] = fetch(product, page, {"If-None-Match": etag})
    answers = {name: answer for name, answer in answers.items() if answer[0][:3] in {"200", "304"}}
    kept = {
        name: {
            "status": status,
            "headers": [pair for pair in headers if pair[0].lower() not in OF_THE_SERVER],
            "body": body.hex(),
        }
        for name, (status, headers, body) in answers.items()
    }
    path.write_text(json.dumps(kept), encoding="utf-8")
    return answers


def goals_of(
    product: Family,
    wsgi: Family,
    flask: Family,
    answers: Answers,
) -> Iterator[Goal]:
    """Yield what the product is held to."""
    bare = Subject("bare Flask", flask, ["/"])
    for name, page in (("article", ARTICLE), ("json", JSON)):
        for form, headers in (*ENCODINGS.items(), ("304", {})):
            replay = f"/{name}/{form}"
            status = int(answers[replay][0][:3])
            sent = headers if form != "304" else {"If-None-Match": dict(answers[replay][1])["ETag"]}
            subject = Subject(replay, product, [page], sent, status)
            base = Subject("bare WSGI", wsgi, [replay], sent, status)
            yield Goal(f"{name}, unchanged, {form}", subject, base, 0.85)
        anew = {"paths": [page], "headers": SESSION} if page == JSON else {"paths": [page + UNKNOWN]}
        yield Goal(f"{name}, nothing cached", Subject(f"{name} uncached", product, **anew), bare, 0.40)


def floors_of(
    wsgi: Subject, with_stamp: Family, product: Family, flask: Subject, with_statements: Family
) -> Iterator[Goal]:
    """Yield what the bases cost with what must be asked of the database, and the product with nothing asked of it."""
    stamp = Subject("with a stamp", with_stamp, wsgi.paths)
    yield Goal("bare WSGI that reads a stamp", stamp, wsgi, None)
    statements = Subject("with statements", with_statements, flask.paths)
    yield Goal("bare Flask that asks the article’s statements", statements, flask, None)
    yield Goal("the charter", Subject("charter", product, [CHARTER]), flask, None)


def weights(answers: Answers) -> Iterator[str]:
    """Yield what a reader downloads."""
    plain, br, gzipped = (len(answers[f"/article/{form}"][2]) for form in ("identity", "br", "gzip"))
    html = answers["/article/identity"][2].decode()
    blocking = len(re.findall(r'<link rel="stylesheet"', html)) + len(re.findall(r"<script(?![^>]*defer)", html))
    yield line("weight, gzip", f"{gzipped} B", f"identity {plain} B", f"br {br} B", "≤ 15000 B", gzipped <= WEIGHT)
    yield line("render-blocking requests", str(blocking), "", "", "1", blocking == 1)


def memory(product: Family) -> Iterator[str]:
    """Yield what the server holds after few and after many visits, of all kinds, known addresses and not."""
    unknown = [f"{ARTICLE}?utm_source={number}" for number in range(20)]
    narrowed = [f"{ARTICLE}?situation={each}&region={region}" for each in ("past", "regular") for region in REGIONS]
    visits = Subject("visits", product, [*[ARTICLE] * 1000, *unknown, *narrowed])
    held = []
    for _ in range(4):
        # In turns, each on connections of its own: either worker takes them, so that both are known from the first.
        for _ in range(VISITS // 4 // len(visits.paths)):
            ask(visits, len(visits.paths))
        held.append(product.pss())
    quarters = " → ".join(f"{each:.0f}" for each in held)
    yield line(
        f"memory (PSS) after {VISITS} requests", f"{held[-1]:.0f} MB", quarters, "", "≤ 110 MB", held[-1] <= MEMORY
    )
    yield line(
        "memory, last quarter of the first", "", "", f"{held[-1] / held[0]:.1%}", "flat", held[-1] < held[0] * FLAT
    )


def line(what: str, *told: str | bool) -> str:
    """Return a line of the table."""
    cells = [("✓" if each else "✗") if isinstance(each, bool) else each for each in told]
    return f"| {what} | {' | '.join(cells)} |"
