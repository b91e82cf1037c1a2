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
from app.moderation.queue.filters import QueueFilters
from app.moderation.queue.pages import Neighbours, QueueReader, neighbours
from app.testimonials import queries, undo
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial

REMEMBERED = "board"


@dataclass(frozen=True)
class ReviewContext:
    """What the review page says beside the text."""

    filters: QueueFilters
    neighbours: Neighbours
    claim: Claim | None
    is_mine: bool
    just: "LastDecision | None"


@dataclass(frozen=True)
class LastDecision:
    """What has just been decided, and whether it can be taken back."""

    testimonial: Testimonial
    sentence: str
    can_be_taken_back: bool


def queue_reader() -> QueueReader:
    """Return who reads, and what they ask: the address says it, or else the list they were last at."""
    asked = request.args if request.args.keys() & QueueFilters.names() else cookie.get(REMEMBERED, {})
    return QueueReader(signed_in().id, QueueFilters.read(asked))


def remember_filters(filters: QueueFilters) -> None:
    """Keep a list as the one to come back to."""
    if cookie.get(REMEMBERED) != filters.query:
        cookie[REMEMBERED] = filters.query


def review_context(session: Session, testimonial: Testimonial) -> ReviewContext:
    """Return what surrounds a testimonial."""
    reading = queue_reader()
    claim = claims.claims_on(session, [testimonial.id]).get(testimonial.id)
    return ReviewContext(
        filters=reading.filters,
        neighbours=neighbours(session, reading, testimonial),
        claim=claim,
        is_mine=claim is not None and claim.user_id == reading.user_id,
        just=last_decision(session, testimonial),
    )


def next_in_queue(testimonial: Testimonial) -> str | None:
    """Return what comes after a testimonial in the list one reads: asked before a decision moves it elsewhere."""
    return neighbours(db.session(), queue_reader(), testimonial).next


def after_decision(testimonial: Testimonial, following: str | None) -> str:
    """Return the address to go to after an act: the next of the list, or the list; what is still to be read stays."""
    asked = queue_reader().filters.query | {"fait": testimonial.public_id}
    if testimonial.status is Status.PENDING:
        following = testimonial.public_id
    if following is None:
        return url_for("queue.index", **asked)
    return url_for("review.show", public_id=following, **asked)


def last_decision(session: Session, here: Testimonial | None = None) -> LastDecision | None:
    """Return what has just been decided: on the text that the address names, or `here` while it can be taken back.

    It is told from the history, whatever the address.
    """
    found = session.scalar(queries.by_public_id(request.args.get("fait", "")))
    if found is None and here is not None and undo.is_reversible(here.events):
        found = here
    if found is None:
        return None
    sentence = undo.latest_act(found.events).sentence(accounts.names_by_id(session))
    return LastDecision(found, sentence, undo.is_reversible(found.events))
