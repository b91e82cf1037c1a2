"""What surrounds a text being read: the list it was opened from, what stands before and after it, who is on it."""

from dataclasses import dataclass

from flask import request, url_for
from flask import session as cookie
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts.gate import signed_in
from app.db import db
from app.moderation import claims
from app.moderation.claims import Claim
from app.moderation.queue.filters import Filters
from app.moderation.queue.pages import Neighbours, Reader, neighbours
from app.testimonials import queries, undo
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial

REMEMBERED = "board"


@dataclass(frozen=True)
class Around:
    """What the review page says beside the text."""

    filters: Filters
    neighbours: Neighbours
    claim: Claim | None
    is_mine: bool
    just: "Just | None"


@dataclass(frozen=True)
class Just:
    """What has just been decided, and whether it can be taken back."""

    testimonial: Testimonial
    sentence: str
    can_be_taken_back: bool


def reader() -> Reader:
    """Return who reads, and what they ask: the address says it, or else the list they were last at."""
    asked = request.args if request.args.keys() & Filters.names() else cookie.get(REMEMBERED, {})
    return Reader(signed_in().id, Filters.read(asked))


def remember(filters: Filters) -> None:
    """Keep a list as the one to come back to."""
    if cookie.get(REMEMBERED) != filters.query:
        cookie[REMEMBERED] = filters.query


def around(session: Session, testimonial: Testimonial) -> Around:
    """Return what surrounds a testimonial."""
    reading = reader()
    claim = claims.on(session, [testimonial.id]).get(testimonial.id)
    return Around(
        filters=reading.filters,
        neighbours=neighbours(session, reading, testimonial),
        claim=claim,
        is_mine=claim is not None and claim.user_id == reading.user_id,
        just=just(session, testimonial),
    )


def next_of(testimonial: Testimonial) -> str | None:
    """Return what comes after a testimonial in the list one reads: asked before a decision moves it elsewhere."""
    return neighbours(db.session(), reader(), testimonial).next


def onward(testimonial: Testimonial, following: str | None) -> str:
    """Return the address to go to after an act: the next of the list, or the list; what is still to be read stays."""
    asked = reader().filters.query | {"fait": testimonial.public_id}
    if testimonial.status is Status.PENDING:
        following = testimonial.public_id
    if following is None:
        return url_for("queue.index", **asked)
    return url_for("review.show", public_id=following, **asked)


def just(session: Session, here: Testimonial | None = None) -> Just | None:
    """Return what has just been decided: on the text that the address names, or `here` while it can be taken back.

    It is told from the history, whatever the address.
    """
    found = session.scalar(queries.with_public_id(request.args.get("fait", "")))
    if found is None and here is not None and undo.is_reversible(here.events):
        found = here
    if found is None:
        return None
    sentence = undo.decision(found.events).sentence(accounts.names(session))
    return Just(found, sentence, undo.is_reversible(found.events))
