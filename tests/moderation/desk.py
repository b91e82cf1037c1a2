"""Acts of the desk in tests: a decision, its undoing, the reading of a list."""

from sqlalchemy.orm import Session

from app.moderation.decisions import decide
from app.moderation.queue.pages import queue_page
from app.moderation.queue.reader import QueueReader
from app.moderation.queue.routes import undo_several
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action
from app.testimonials.testimonial import Testimonial
from tests.factories import an_editor


def take(session: Session, text: Testimonial, action: Action, note: DecisionNote | None = None) -> None:
    """Have the editor take a decision; nothing is committed."""
    decide(an_editor(session), text, action, revision=text.revision, note=note or DecisionNote())
    session.flush()


def take_back(session: Session, text: Testimonial) -> None:
    """Have the editor undo the latest decision, where that is possible; nothing is committed."""
    undo_several(session, an_editor(session), [text.public_id])
    session.flush()


def read_pages(session: Session, reader: QueueReader, most: int) -> list[list[int]]:
    """Return the ids of a list of the queue, page after page."""
    pages, start = list[list[int]](), None
    while True:
        page = queue_page(session, reader, start, most=most)
        pages.append(page.ids)
        if (start := page.next) is None:
            return pages
