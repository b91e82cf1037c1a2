"""The context of a review page: the list it was opened from, previous and next, the hold, the last decision."""

from dataclasses import dataclass

from flask import after_this_request, request, url_for
from flask import session as cookie
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts.gate import signed_in
from app.accounts.queries import within
from app.db import db, is_read_only
from app.moderation.holds import Hold
from app.moderation.queue.filters import QueueFilters
from app.moderation.queue.pages import Neighbours, neighbours
from app.moderation.queue.reader import QueueReader
from app.testimonials import undo
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from app.web.compression import compress_page

FILTERS_KEY = "queue"  # in the session cookie


@dataclass(frozen=True)
class ReviewContext:
    """Everything the review page shows of the queue."""

    filters: QueueFilters
    neighbours: Neighbours
    hold: Hold | None
    is_mine: bool
    last_decision: "LastDecision | None"


@dataclass(frozen=True)
class LastDecision:
    """The latest decision on a testimonial, in a sentence, and whether it can be undone."""

    testimonial: Testimonial
    sentence: str
    can_be_undone: bool


def queue_reader() -> QueueReader:
    """Return the signed-in editor with the filters of the address, or else of the list they last opened."""
    values = request.args if request.args.keys() & QueueFilters.names() else cookie.get(FILTERS_KEY, {})
    return QueueReader.of(signed_in(), QueueFilters.read(values))


def compress_unless_searched(filters: QueueFilters) -> None:
    """Compress the page of this request, unless its filters hold words that a link may choose (see `compression`)."""
    if not filters.has_free_words:
        after_this_request(compress_page)


def remember_filters(filters: QueueFilters) -> None:
    """Store the filters of a list in the session cookie, for « Revenir à la liste »."""
    if cookie.get(FILTERS_KEY) != filters.query:
        cookie[FILTERS_KEY] = filters.query


def found_text(public_id: str) -> Testimonial:
    """Return a testimonial or 404; on a POST its row is locked, so that a concurrent act commits first."""
    selected = Testimonial.named(public_id)
    testimonial: Testimonial = db.one_or_404(selected if is_read_only() else selected.with_for_update())
    return testimonial


def review_context(session: Session, testimonial: Testimonial, hold: Hold | None) -> ReviewContext:
    reader = queue_reader()
    return ReviewContext(
        filters=reader.filters,
        neighbours=neighbours(session, reader, testimonial),
        hold=hold,
        is_mine=hold is not None and hold.user_id == reader.user_id,
        last_decision=last_decision(session, testimonial),
    )


def next_in_queue(testimonial: Testimonial) -> str | None:
    """Return the next testimonial of the editor's list; call it before a decision moves this one to another list."""
    return neighbours(db.session(), queue_reader(), testimonial).next


def after_decision(testimonial: Testimonial, following: str | None) -> str:
    """Return the address to open after a decision: this text if still pending, else the next one, else the list."""
    query = queue_reader().filters.query | {"fait": testimonial.public_id}
    if testimonial.status is Status.PENDING:
        following = testimonial.public_id
    if following is None:
        return url_for("queue.index", **query)
    return url_for("review.show", public_id=following, **query)


def last_decision(session: Session, here: Testimonial | None = None) -> LastDecision | None:
    """Return the latest decision on the text named by `?fait=`, or on `here` while it can be undone.

    The sentence comes from the audit log, never from the address.
    """
    decided = None
    if named := request.args.get("fait"):
        selected = Testimonial.named(named).where(*within(signed_in().scope, Testimonial.article_id))
        decided = session.scalar(selected)
    if decided is None and here is not None and undo.is_reversible(here.events):
        decided = here
    if decided is None:
        return None
    sentence = undo.latest_act(decided.events).sentence(accounts.names_by_id(session))
    return LastDecision(decided, sentence, undo.is_reversible(decided.events))
