"""Announcement of an answer to the author of the testimonial it is about, before anyone reads it (decision 0043)."""

from sqlalchemy.orm import object_session

from app import french
from app.audit import CLOCK, AuditEvent, Kind
from app.mail import outbox
from app.mail.messages import Message
from app.testimonials import undo
from app.testimonials.beneath import announced_until
from app.testimonials.models import Testimonial


def announce(answer: Testimonial) -> None:
    """Write to the author of the answered text, where an act has just published an answer that nobody reads yet.

    The e-mail waits while the act can be undone. It has no word of the answer, which can be erased meanwhile: the
    author reads them on the private page.
    """
    until, about, session = announced_until(answer), answer.about, object_session(answer)
    if until is None or about is None or about.email is None or session is None:
        return
    event = answer.events[-1]
    facts = {"public_id": about.public_id, "generation": about.link_generation, "article": about.article.title}
    facts["shown_on"] = french.paris_time(until).isoformat()
    due_at = undo.final_at(event)
    outbox.enqueue(
        session, Message.ANSWER_ANNOUNCED, to=about.email, about=about.id, event=event, due_at=due_at, **facts
    )
    about.events.append(AuditEvent.of(Kind.ANSWER_ANNOUNCED, CLOCK))
