"""What people feel, on one engine: the cost of a request, the bytes of a visit, what a release leaves to do, memory."""

import http.client
import json
import random
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count, cycle
from statistics import median, quantiles
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app import tokens
from app.accounts.models import Role
from app.catalog import sync
from app.catalog.rendering import Rendering
from app.db import db
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from bench.corpus import SENTENCES, draw
from bench.growth import ARTICLE
from bench.server import BROWSER, Database, Server, Subject, ask, compare, cookie, cpu_time, fetch, gunicorn, ratio
from tests.acts import signed_in
from tests.crowd import multiply
from tests.testimonials.test_form import WRITE, preview
from tests.testimonials.test_sending import all_fields
from tests.visitor import Fields, Visitor
from tests.web.test_compression import first_visit

QUEUE = "/moderation"
SHOWN, COPIES, WAITING = 20, 10, 45  # a page of the collection, its copies, and more than a page of the queue
UNCONFIRMED = 1_300  # more than the rounds confirm
TEXT = {  # 740 signs in all
    "account": " ".join(SENTENCES[:4]),
    "outcome": SENTENCES[4],
    "obstacles": SENTENCES[5],
    "advice": SENTENCES[6],
}
OF_ONE_SENDING = {"key", "shown", "email"}
OF_THE_SERVER = {"server", "date", "connection"}
SEE_OTHER, SERVER_ERROR = 303, 500
KEPT_OPEN = 500  # visits over the same connections
ALL_PAGES = 6  # times that each page is made before memory is measured: both workers get it


def load(session: Session) -> None:
    """Store a page of the collection, copied, more than a page of the queue, and texts to be confirmed; commit."""
    multiply(session, draw(session, random.Random(1), [Status.PUBLISHED] * SHOWN), COPIES)
    draw(session, random.Random(2), [Status.PENDING] * WAITING)
    multiply(session, draw(session, random.Random(3), [Status.UNCONFIRMED], **TEXT), UNCONFIRMED)
    session.commit()


@dataclass(frozen=True)
class Costs:
    """Milliseconds of processor that a request takes, in each round: of master and workers, and of the database."""

    rounds: Sequence[float]

    @property
    def median(self) -> float:
        return median(self.rounds)

    def __str__(self) -> str:
        """Say the median, and what half of the rounds lie between."""
        low, _, high = quantiles(self.rounds, n=4, method="inclusive")
        return f"{self.median:.2f} ms ({low:.2f} to {high:.2f})"


class People:
    """An author at the form, and an editor at the desk; the admin is for the pages that editors do not open."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        with app.app_context():
            session, author = db.session(), Visitor(app)
            self.fields = all_fields(preview(author, partner="labo-cites", partner_other="", **TEXT))
            self.author = cookie(author)
            self.editor = cookie(signed_in(Visitor(app), session))
            admin = signed_in(Visitor(app), session, email="admin@exemple.invalid", role=Role.ADMIN)
            self.admin = cookie(admin)
            listed = select(Testimonial.public_id).order_by(Testimonial.id)
            self.shown = session.scalars(listed.where(Testimonial.status == Status.PUBLISHED)).first() or ""
            unconfirmed = listed.where(Testimonial.status == Status.UNCONFIRMED)
            self.unconfirmed = session.scalars(unconfirmed).all()
            self.waiting = session.scalars(listed.where(Testimonial.status == Status.PENDING)).first() or ""
            db.session.remove()

    def previews(self) -> Iterator[bytes]:
        """Yield the same form to be previewed, again and again."""
        same: Fields = [(name, value) for name, value in self.fields if name != "step"]
        return cycle([urlencode([*same, ("step", "preview")]).encode()])

    def sendings(self) -> Iterator[bytes]:
        """Yield forms that were shown a minute ago: the words previewed, each with an address and a key of its own."""
        same: Fields = [(name, value) for name, value in self.fields if name not in OF_ONE_SENDING]
        for number in count():
            key = str(uuid.uuid4())
            with self.app.app_context():
                shown = tokens.sign_token("shown", [key, int(time.time()) - 60])
            own = [("key", key), ("shown", shown), ("email", f"auteure{number}@exemple.fr")]
            yield urlencode([*same, *own]).encode()

    def confirmations(self) -> Iterator[str]:
        """Yield where each author who has not done so yet confirms."""
        for public_id in self.unconfirmed:
            with self.app.app_context():
                token = tokens.sign_private_link(public_id, 1)
            yield f"/mon-temoignage/{token}/confirmer"

    def confirmed(self) -> Iterator[bytes]:
        """Yield the form that confirms, again and again."""
        return cycle([urlencode([each for each in self.fields if each[0] == "csrf_token"]).encode()])


def of_visits(app: Flask) -> Iterator[tuple[str, int]]:
    """Yield what is visited for the first time, and the bytes of all that a browser loads for it, faces aside."""
    with app.app_context():
        editor = signed_in(Visitor(app), db.session())
        db.session.remove()
    for name, visitor, path in (
        ("article", Visitor(app), ARTICLE),
        ("form", Visitor(app), WRITE),
        ("desk", editor, QUEUE),
    ):
        yield name, sum(first_visit(visitor, path).values())


def of_requests(base: Database, *, rounds: int, requests: int) -> Iterator[tuple[str, Costs, Costs, float]]:
    """Yield each kind of request: its name, its costs, those of a bare view, and how many times more it costs.

    On a busy machine all costs grow, the times less so.
    """
    people = People(base.app)
    with ExitStack() as stack:
        product, flask = (stack.enter_context(gunicorn(app, base)) for app in ("product", "bare_flask"))
        replayed = base.folder / "replayed.json"
        replayed.write_text(json.dumps(recorded(product, ARTICLE)), encoding="utf-8")
        wsgi = stack.enter_context(gunicorn("bare_wsgi", base, REPLAYED=str(replayed)))

        constant = Subject("constant", flask, ["/"])
        parsed = Subject("parsed", flask, ["/"], people.author, bodies=people.previews())
        compared = [
            (Subject("sending", product, [WRITE], people.author, SEE_OTHER, people.sendings()), parsed),
            (Subject("form", product, [WRITE]), constant),
            (Subject("preview", product, [WRITE], people.author, bodies=people.previews()), parsed),
            (
                Subject("confirming", product, people.confirmations(), people.author, SEE_OTHER, people.confirmed()),
                parsed,
            ),
            (Subject("queue of 40", product, [QUEUE], people.editor), constant),
            (Subject("review page", product, [f"{QUEUE}/{people.waiting}"], people.editor), constant),
            (Subject("article, cached", product, [ARTICLE], BROWSER), Subject("replayed", wsgi, ["/"], BROWSER)),
            (Subject("form, compressed", product, [WRITE], BROWSER), constant),
            (Subject("queue of 40, compressed", product, [QUEUE], BROWSER | people.editor), constant),
        ]
        subjects = {id(each): each for both in compared for each in both}
        compare(list(subjects.values()), rounds=rounds, requests=requests)
        for subject, bare in compared:
            cost, of_bare = (Costs([microseconds / 1000 for microseconds in each.costs]) for each in (subject, bare))
            yield subject.name, cost, of_bare, ratio(subject.costs, bare.costs)


def recorded(product: Server, path: str) -> dict[str, object]:
    """Return a response as `bench.apps.bare_wsgi` reads it."""
    status, headers, body = fetch(product, path, BROWSER)
    own = {name: value for name, value in headers.items() if name.lower() not in OF_THE_SERVER}
    return {"status": status, "headers": own, "body": body.hex()}


def of_release(base: Database) -> tuple[int, int, float]:
    """Make all HTML stale, as a release does, and have it renewed.

    Return how many texts have some, how many of them `prepare` renews, and the milliseconds of processor that the
    deliverer takes for each.
    """
    with base.app.app_context():
        session = db.session()
        session.execute(update(Rendering).values(edition="former"))
        session.commit()
        stale = select(func.count()).select_from(Rendering).where(Rendering.edition == "former")
        texts = session.scalar(stale) or 0
        session.rollback()
        prepared = base.app.test_cli_runner().invoke(args=["prepare"], catch_exceptions=False)
        if prepared.exit_code:
            raise RuntimeError(prepared.output)
        left = session.scalar(stale) or 0
        session.rollback()
        before = time.process_time() * 1000 + cpu_time(base.process) / 1000
        for _ in sync.renew(session):
            session.commit()
        taken = time.process_time() * 1000 + cpu_time(base.process) / 1000 - before
        if sync.count_stale(session):
            raise RuntimeError("what a release made stale was not renewed")
        db.session.remove()
    return texts, texts - left, taken / texts


def of_memory(base: Database, *, visits: int) -> Sequence[float]:
    """Return the megabytes of master and workers after every page was made, and after each quarter of the visits.

    Nine visits in ten are to the article, which is cached; the others to pages that are made for each.
    """
    people = People(base.app)
    with gunicorn("product", base) as product:
        every = list(pages(people))
        for _ in range(ALL_PAGES):
            for path, headers in every:
                visit(product, path, headers)
        ask(Subject("preview", product, [WRITE], people.author, bodies=people.previews()), ALL_PAGES)
        ask(Subject("sending", product, [WRITE], people.author, SEE_OTHER, people.sendings()), ALL_PAGES)
        measured = [product.memory()]
        made = [WRITE, f"{ARTICLE}?utm_source=x", f"{ARTICLE}?mots=centre", QUEUE, f"{QUEUE}/{people.waiting}"]
        mixed = Subject("visits", product, [path for each in made for path in (*[ARTICLE] * 9, each)], people.editor)
        for _ in range(4):
            # New connections each time: both workers get some from the beginning.
            for _ in range(visits // 4 // KEPT_OPEN):
                ask(mixed, KEPT_OPEN)
            measured.append(product.memory())
    return measured


def pages(people: People) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the path of every page that needs no private link, as an admin opens it."""
    known = {"slug": "crpv", "public_id": people.shown}
    with people.app.test_request_context():
        for rule in people.app.url_map.iter_rules():
            if "GET" in (rule.methods or ()) and rule.arguments <= known.keys() and rule.endpoint != "static":
                built = rule.build({name: known[name] for name in rule.arguments})
                if built is not None:
                    yield built[1], people.admin


def visit(server: Server, path: str, headers: dict[str, str]) -> None:
    """Request a page, whatever its length is said by; raise RuntimeError where the server fails."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status == SERVER_ERROR:  # a PDF without its extra is a 501
        raise RuntimeError(f"{path}: {answer.status}")
