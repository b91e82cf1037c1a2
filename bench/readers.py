"""Measure what readers are served beside a million testimonials, half of them visible in one article, and a thousand.

Both databases are served at once by gunicorn, as in production, and asked in turn over connections that stay open; the
figure is processor time, of the server and of the database server, in milliseconds per page. Every page is made for
the occasion: its query has a name that no outlet knows, or where such a name is refused it is asked with a session that
is none, so that nothing is kept.

The ratio is the middle of those of each round, for both are asked in every one. A page of twenty testimonials costs
more than one of five, whatever is stored: where a choice finds fewer in the small database, its cost is completed by
that of as many cards before the two are compared. What is found by words is completed by nothing.
"""

import argparse
import os
import re
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from flask import Flask
from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session

from app import create_app
from app.audit import Actor
from app.catalog.collection import matching_testimonials
from app.catalog.filters import Filters
from app.catalog.rendering import Rendering, testimonial_path
from app.catalog.visibility import visible
from app.db import db
from app.testimonials.lifecycle import Action, Status
from app.testimonials.models import Testimonial
from app.testimonials.situation import Situation
from bench.corpus import Size
from bench.family import Family, gunicorn
from bench.load import Subject, ask, compare, fetch
from bench.pages import ARTICLE, JSON, SESSION, database, fill, settings
from config import Testing
from tests.factories import a_testimonial, an_editor, the_article

SMALL = Size(1_000, 200, 500)
OFTEN, SELDOM, NEVER = "coordinatrice", "aiguebrune", "zinzolin"
REQUESTS, PUBLICATIONS = 10, 12
# How much dearer a line may be with a million than with a thousand, by how its name begins; else `USUAL`. Nobody has
# promised anything of what the last two cost.
USUAL = 1.2
LIMITS = {"words": 3.0, "first view": 1.5, "the publication": None, "site map": None}
CARD = re.compile(rb'class="card[ "]')
REFUSING = ("/api/", "/integration/")  # a name that they do not know


@dataclass
class Place:
    """A filled database being served, what is asked of it, and what publishing there has cost."""

    size: Size
    app: Flask
    server: Family
    paths: Mapping[str, str]
    views: list[float] = field(default_factory=list)
    acts: list[float] = field(default_factory=list)


def main() -> None:
    """Measure, and print a table for each engine."""
    parser = argparse.ArgumentParser(prog="python -m bench readers")
    parser.add_argument("_name")
    parser.add_argument("--sqlite", type=int, default=1_000_000, help="testimonials; 0 leaves the engine out")
    parser.add_argument("--postgresql", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--only", default="", help="what the names of the lines that are wanted begin with")
    parser.add_argument(
        "--keep",
        type=Path,
        help="where SQLite's databases stay, filled once for many runs; PostgreSQL's on TEST_DATABASE_URL",
    )
    wanted = parser.parse_args()
    for engine, total in (("sqlite", wanted.sqlite), ("postgresql", wanted.postgresql)):
        if total:
            with ExitStack() as stack:
                made = tempfile.TemporaryDirectory(prefix="bench-", dir=os.environ.get("TMPDIR"))
                folder = wanted.keep or Path(stack.enter_context(made))
                sizes = (SMALL, Size(total, total // 5, total // 2))
                small, large = (
                    stack.enter_context(place(engine, folder / f"{engine}-{each.total}", each)) for each in sizes
                )
                report(engine, small, large, wanted.rounds, wanted.only)


@contextmanager
def place(engine: str, folder: Path, size: Size) -> Iterator[Place]:
    """Give a database of a size, filled and served."""
    start = time.monotonic()
    with database(engine, folder) as (url, beside):
        app = create_app(Testing(instance=folder, database=url))
        with app.app_context():
            is_new = not inspect(db.engine).has_table("testimonial")
            db.engine.dispose()
        if is_new:
            fill(url, folder, size)
            print(f"  {size.total:,} testimonials stored in {time.monotonic() - start:.0f} s", flush=True)
        with app.app_context():
            paths = addresses(db.session())
            db.session.remove()
        with gunicorn("bench.apps:product()", settings(url, folder), beside=beside) as server:
            yield Place(size, app, server, paths)
        with app.app_context():
            db.engine.dispose()


def addresses(session: Session) -> dict[str, str]:
    """Return the pages that are measured, by name; those deep in a collection start after one that stands there."""
    article = the_article(session)
    choices = {
        "situation": (Filters(situation=Situation.PLANNED), "situation=planned"),
        "articulation": (Filters(theme=article.themes[0].slug), f"articulation={article.themes[0].slug}"),
        "région": (Filters(region="11"), "region=11"),
        "CRPV": (Filters(crpv="labo-cites"), "crpv=labo-cites"),
        "three at once": (
            Filters(theme=article.themes[1].slug, situation=Situation.REGULAR, region="84"),
            f"articulation={article.themes[1].slug}&situation=regular&region=84",
        ),
    }
    last_but_one = session.scalars(
        visible(Testimonial.public_id)
        .order_by(None)
        .order_by(Testimonial.published_at, Testimonial.id)
        .offset(1)
        .limit(1)
    ).one()
    paths = {"first page": ARTICLE, "the last one": f"{ARTICLE}?apres={last_but_one}"}
    paths |= {f"filter: {name}": f"{ARTICLE}?{query}" for name, (_, query) in choices.items()}
    for name, (filters, query) in {"": (Filters(), ""), **choices}.items():
        listed = matching_testimonials(visible(Testimonial.public_id), article.id, filters)
        found = session.scalar(select(func.count()).select_from(listed.order_by(None).subquery())) or 0
        for depth, skipped in (("from the middle", found // 2), ("near the end", max(found - 30, 0))):
            start = session.scalar(listed.offset(skipped).limit(1))
            paths[f"{name + ', ' if name else ''}{depth}"] = f"{ARTICLE}?{query}&apres={start}".replace("?&", "?")
    middle = session.scalars(visible().offset(session.query(Testimonial).count() // 4).limit(1)).one()
    words = {"found often": OFTEN, "found seldom": SELDOM, "found nowhere": NEVER, "two of them": f"{OFTEN}+{SELDOM}"}
    return {
        **paths,
        **{f"words {name}": f"{ARTICLE}?mots={each}" for name, each in words.items()},
        "words, one sign": f"{ARTICLE}?mots=l",
        "words, in a région": f"{ARTICLE}?mots={OFTEN}&region=11",
        "words, in a région of few": f"{ARTICLE}?mots={OFTEN}&region=01",
        "words, from the middle": f"{ARTICLE}?mots={OFTEN}&apres={middle.public_id}",
        "words, in JSON": f"{JSON}?mots={OFTEN}",
        "a testimonial": testimonial_path(middle.public_id, session.get_one(Rendering, middle.id).slug),
        "JSON, first page": JSON,
        "JSON, a filter": f"{JSON}?region=11",
        "Atom": f"{ARTICLE}/flux.atom",
        "fragment": "/integration/crpv",
        "frame": "/integration/crpv/cadre",
    }


def report(engine: str, small: Place, large: Place, rounds: int, only: str) -> None:
    """Print what each page costs in both, and the ratio."""
    both = (small, large)
    card = weigh(small, rounds)
    print(f"\n### {engine}: {small.size.total:,} and {large.size.total:,}; a card costs {card:.0f} µs\n")
    print("| page | ms | cards | ms | cards | ratio | goal | |\n|---|---|---|---|---|---|---|---|", flush=True)
    for name in small.paths:
        if name.startswith(only):
            less, more = subjects = [page(name, each) for each in both]
            compare(subjects, rounds=rounds, requests=REQUESTS)
            tell(name, less.costs, more.costs, cards(less), cards(more), 0 if name.startswith("words") else card)
    if not only:
        (less, few), (more, many) = listed = [site_map(each) for each in both]
        compare([subject for subject, _ in listed], rounds=rounds // 4, requests=REQUESTS)
        tell("site map, an address", [cost / few for cost in less.costs], [cost / many for cost in more.costs])
        for turn in range(PUBLICATIONS):
            for each in both:
                publish(each, turn)
        tell("first view after a publication", small.views[1:], large.views[1:])
        tell("the publication itself", small.acts[1:], large.acts[1:])


def weigh(place: Place, rounds: int) -> float:
    """Return what a card of a page costs, in microseconds."""
    few, many = subjects = [page(name, place) for name in ("the last one", "from the middle")]
    compare(subjects, rounds=2 * rounds, requests=REQUESTS)
    more = median(more - less for less, more in zip(few.costs, many.costs, strict=True))
    return max(more / (cards(many) - cards(few)), 0)


def cards(subject: Subject) -> int:
    """Return how many testimonials a page has in its list, where it is one that has such a list."""
    _, _, body = fetch(subject.family, subject.paths[0], subject.headers)
    return len(CARD.findall(body))


def page(name: str, place: Place) -> Subject:
    """Return a page, asked for in such a way that nothing is kept."""
    path = place.paths[name]
    if path.startswith(REFUSING):
        return Subject(name, place.server, [path], SESSION)
    return Subject(name, place.server, [f"{path}{'&' if '?' in path else '?'}utm_source=x"])


def tell(  # noqa: PLR0917  # a line has two costs, and two numbers of cards
    name: str, less: Sequence[float], more: Sequence[float], few: int = 0, many: int = 0, card: float = 0
) -> None:
    """Print a line, from the microseconds of each round."""
    limit = next((most for beginning, most in LIMITS.items() if name.startswith(beginning)), USUAL)
    missing = max(many - few, 0) * card
    ratio = median(large / (small + missing) for small, large in zip(less, more, strict=True))
    goal = "| |" if limit is None else f"≤ {limit} | {'✓' if ratio <= limit else '✗'} |"
    said = f"{median(less) / 1e3:.2f} | {few or ''} | {median(more) / 1e3:.2f} | {many or ''} | {ratio:.2f}"
    print(f"| {name} | {said} | {goal}", flush=True)


def publish(place: Place, turn: int) -> None:
    """Publish one more, and ask for the article, which was kept, for the first time since."""
    ask(Subject("kept", place.server, [ARTICLE]), 8)
    with place.app.app_context(), Session(db.engine) as session:
        testimonial = a_testimonial(session, status=Status.PENDING, email=f"banc{turn}@exemple.invalid")
        editor = an_editor(session, email="banc@exemple.invalid")
        session.commit()
        before = time.process_time() * 1e6 + sum(each.cpu() for each in place.server.beside)
        testimonial.perform(Action.PUBLISH, by=Actor.editor(editor.id))
        session.commit()
        place.acts.append(time.process_time() * 1e6 + sum(each.cpu() for each in place.server.beside) - before)
    before = place.server.cpu()
    fetch(place.server, ARTICLE, {})
    place.views.append(place.server.cpu() - before)


def site_map(place: Place) -> tuple[Subject, int]:
    """Return the site map, or its second part (the first lists the articles too), and how many addresses it gives."""
    path = "/sitemap.xml"
    _, _, body = fetch(place.server, path, {})
    if parts := re.findall(rb"<sitemap>\s*<loc>https?://[^/]+([^<]+)", body):
        path = parts[1].decode()
        _, _, body = fetch(place.server, path, {})
    return Subject("site map", place.server, [path]), body.count(b"<loc>")
