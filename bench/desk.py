"""What the editors' board costs when a million testimonials are stored, beside what it costs with a thousand.

Both sizes are served at once and asked in turn, a few requests of one, then of the other, so that whatever else the
machine does weighs on both. The figure is processor time per request, of the server and of its database together.
A page of forty e-mails costs more than one of ten, whatever the database holds: where a filter finds fewer in the
small one, its cost is completed by that of as many e-mails (`lines`) before the two are compared.
"""

import argparse
import http.client
import re
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import flask_migrate
from sqlalchemy import make_url, select

from app import cli
from app.accounts.models import Role, User
from app.cli.database import load_shipped_content
from app.db import db
from app.moderation.claims import Claim
from app.moderation.queue.filters import QueueCursor
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from app.testimonials.versions import Version
from bench import corpus
from bench.corpus import Size
from bench.serving import Site, served
from config import Testing
from tests.services import postgres

EMAIL, PASSWORD = "banc@exemple.invalid", "une phrase de passe pour le banc"
QUEUE_ROW = re.compile('class="row[ "]')
LIMIT = 1.3
SMALL = Size(1_000, 200, 500)
OFTEN, SELDOM = "coordinatrice", "aiguebrune"  # in about half of the texts; of one town in 156
FILTERS = {
    "situation": "situation=planned",
    "articulation": "articulation=crpv.reseaux",
    "région": "region=11",
    "CRPV": "crpv=labo-cites",
    "article": "article=autre-article",
    "accord": "accord=non",
    "je m’en occupe": "mien=1",
}


@dataclass(frozen=True)
class Place:
    """A filled database being served, and what some addresses need to know of it."""

    size: Size
    site: Site
    middle: str
    text: str
    title: str

    def paths(self) -> Mapping[str, str]:
        """Return the pages that are measured, by name."""
        board = "/moderation"
        return {
            "board": board,
            "board, latest activity": f"{board}?tri=activite",
            "board, from the middle": f"{board}?apres={self.middle}",
            **{f"filter: {name}": f"{board}?{query}" for name, query in FILTERS.items()},
            "filter: région, latest activity": f"{board}?region=11&tri=activite",
            "words found everywhere": f"{board}?mots={OFTEN}",
            "words found here and there": f"{board}?mots={SELDOM}",
            "words found once": f"{board}?mots={self.title}",
            "words found nowhere": f"{board}?mots=zinzolin",
            "words, in a région": f"{board}?mots={OFTEN}&region=11",
            "a text, with next and previous": f"{board}/{self.text}",
            "a text found by words": f"{board}/{self.text}?mots={OFTEN}",
        }


def main() -> None:
    """Measure, and print a table for each engine."""
    parser = argparse.ArgumentParser(prog="python -m bench desk")
    parser.add_argument("_name")
    parser.add_argument("--postgresql", type=int, default=1_000_000, help="testimonials; 0 leaves the engine out")
    parser.add_argument("--sqlite", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=12)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        if asked.sqlite:
            with ExitStack() as kept:
                places = [kept.enter_context(place(Path(folder), size, None)) for size in sizes(asked.sqlite)]
                report("SQLite", places, asked.rounds)
        if asked.postgresql:
            with ExitStack() as kept:
                server = kept.enter_context(postgres.server())
                places = [kept.enter_context(place(Path(folder), size, server)) for size in sizes(asked.postgresql)]
                report("PostgreSQL", places, asked.rounds)


def sizes(total: int) -> list[Size]:
    """Return the small and the large one: a fifth waits, half is visible."""
    return [SMALL, Size(total, total // 5, total // 2)]


@contextmanager
def place(folder: Path, size: Size, server: postgres.Server | None) -> Iterator[Place]:
    """Give a database of a size, filled and served."""
    name = f"desk_{size.total}"
    url = server.create_database(name) if server else f"sqlite:///{folder / name}.sqlite3"
    instance = folder / f"{name}-{'pg' if server else 'lite'}"
    instance.mkdir()
    middle, public_id, title = fill(url, instance, size)
    with served(url, instance, postmaster(server) if server else None) as site:
        site.sign_in(EMAIL, PASSWORD)
        yield Place(size, site, middle, public_id, title)


def postmaster(server: postgres.Server) -> int:
    """Return the process all of the server's others descend from."""
    folder = make_url(str(server.url)).query["host"]
    return int(Path(str(folder), "data", "postmaster.pid").read_text(encoding="ascii").split()[0])


def fill(url: str, instance: Path, size: Size) -> tuple[str, str, str]:
    """Fill a database; return the middle of its board as a place in the list, who stands there, a title found once."""
    start = time.monotonic()
    app = cli.create_app(Testing(instance=instance, database=url))
    with app.app_context():
        flask_migrate.upgrade()
        load_shipped_content()
        db.session.remove()  # on SQLite, who has a transaction open keeps the corpus out
        corpus.load(db.engine, size, shown=False)
        editor = User(email=EMAIL, name="Banc d’essai", role=Role.EDITOR)
        editor.set_password(PASSWORD)
        db.session.add(editor)
        db.session.flush()
        waiting = select(Testimonial).where(Testimonial.status == Status.PENDING).order_by(Testimonial.waiting_since)
        middle = db.session.scalars(waiting.offset(size.waiting // 2).limit(1)).one()
        known = str(QueueCursor(middle.waiting_since, middle.id)), middle.public_id
        titled = waiting.join(Testimonial.current).where(Version.title != "").offset(size.waiting // 3).limit(1)
        title = db.session.scalars(titled).one().latest.title.partition(" :")[0].replace(" ", "+")
        held = db.session.scalars(waiting.limit(20)).all()
        db.session.add_all(Claim(testimonial_id=each.id, user_id=editor.id) for each in held)
        db.session.commit()
        db.session.remove()
        corpus.settle(db.engine)
        db.engine.dispose()
    print(f"  {size.total:,} testimonials stored in {time.monotonic() - start:.0f} s", flush=True)
    return (*known, title)


def report(engine: str, places: list[Place], rounds: int) -> None:
    """Print what each page costs in both, and the ratio."""
    small, large = places
    by_name: dict[str, list[tuple[list[float], int]]] = {}
    for name in small.paths():
        by_name[name] = [([], 0), ([], 0)]
        for turn in range(rounds + 1):
            for index, each in enumerate(places):
                cost, emails = measure(each, each.paths()[name])
                if turn:  # the first is for the caches
                    by_name[name][index][0].append(cost)
                by_name[name][index] = (by_name[name][index][0], emails)
    empty = statistics.median(measure(small, "/moderation?etat=erased")[0] for _ in range(rounds))
    email = (statistics.median(by_name["board"][0][0]) - empty) / max(by_name["board"][0][1], 1)
    print(f"\n{engine}: {small.size.total:,} and {large.size.total:,}; an e-mail costs {email * 1e3:.2f} ms")
    print(f"{'page':36} {'ms':>7} {'e-mails':>8} {'ms':>7} {'e-mails':>8} {'ratio':>6}")
    for name, ((few, shown), (many, found)) in by_name.items():
        less, more = statistics.median(few), statistics.median(many)
        ratio = more / (less + max(found - shown, 0) * email)
        mark = "" if ratio <= LIMIT else "  beyond the limit"
        print(f"{name:36} {less * 1e3:7.1f} {shown:8} {more * 1e3:7.1f} {found:8} {ratio:6.2f}{mark}")


def measure(place: Place, path: str, requests: int = 4) -> tuple[float, int]:
    """Return the processor time of a request, in seconds, and how many e-mails the page shows."""
    before, emails = place.site.seconds(), 0
    for _ in range(requests):
        status, page = place.site.ask("GET", path)
        if status != http.client.OK:
            raise RuntimeError(f"{path} was answered {status}")
        emails = len(QUEUE_ROW.findall(page))
    return (place.site.seconds() - before) / requests, emails
