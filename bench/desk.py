"""The editors' queue with a million testimonials, and with a few thousand: lists, filters, words, a review page."""

from collections.abc import Mapping

from flask import Flask
from sqlalchemy import func, select

from app.db import db
from app.moderation.holds import Hold
from app.moderation.queue.filters import QueueCursor
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from bench.corpus import NEVER, OFTEN, ONCE, SELDOM
from bench.server import cookie
from bench.sites import Page, sites
from tests.factories import EDITOR, PASSWORD, an_editor
from tests.visitor import Visitor

SMALL, LARGE, LIMIT = 10_300, 1_000_000, 1.3  # among few, the first page of each filter is full
FILTERS = {
    "situation": "situation=planned",
    "theme": "articulation=crpv.reseaux",
    "région": "region=11",
    "CRPV": "partner=labo-cites",
    "article": "article=autre",
    "accord": "accord=non",
    "je m’en occupe": "mien=1",
}


def main() -> None:
    """Print the table of each engine."""
    for both in sites("desk", pages, SMALL, LARGE):
        both.table(lambda _: LIMIT)


def pages(app: Flask) -> Mapping[str, Page]:
    """Return the pages that are measured, as an editor who has signed in and holds forty testimonials."""
    session, queue = db.session(), "/moderation"
    editor = an_editor(session)
    waiting = select(Testimonial).where(Testimonial.status == Status.PENDING).order_by(Testimonial.waiting_since)
    number = session.scalar(select(func.count()).select_from(waiting.order_by(None).subquery())) or 0
    middle = session.scalars(waiting.offset(number // 2).limit(1)).one()
    # The last stored, but for the one found once, is the same text in both databases.
    text = session.scalars(waiting.order_by(None).order_by(Testimonial.id.desc()).offset(1).limit(1)).one()
    held = session.scalars(waiting.limit(40)).all()
    session.add_all(Hold(testimonial_id=each.id, user_id=editor.id) for each in held)
    session.commit()
    signed_in = Visitor(app).get("/connexion").fill(email=EDITOR, password=PASSWORD).press("Se connecter")
    paths = {
        "queue": queue,
        "queue, latest activity": f"{queue}?tri=activite",
        "queue, from the middle": f"{queue}?apres={QueueCursor(middle.waiting_since, middle.id)}",
        **{f"filter: {name}": f"{queue}?{query}" for name, query in FILTERS.items()},
        "filter: région, latest activity": f"{queue}?region=11&tri=activite",
        "words, often": f"{queue}?mots={OFTEN}",
        "words, seldom": f"{queue}?mots={SELDOM}",
        "words, once": f"{queue}?mots={ONCE}",
        "words, nowhere": f"{queue}?mots={NEVER}",
        "words, in a région": f"{queue}?mots={OFTEN}&region=11",
        "a text, with next and previous": f"{queue}/{text.public_id}",
        "a text found by words": f"{queue}/{text.public_id}?mots={OFTEN}",
    }
    return {name: (path, cookie(signed_in)) for name, path in paths.items()}
