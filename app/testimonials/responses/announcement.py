"""Announcement of an answer to the author of the testimonial it is about, before anyone reads it (decision 0043)."""

from sqlalchemy.orm import object_session

from app import french
from app.audit import CLOCK, AuditEvent, Kind
from app.mail import outbox
from app.testimonials import undo
from app.testimonials.lifecycle import Action
from app.testimonials.queries import published_answer
from app.testimonials.responses import mails
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version


def announce(answer: Testimonial, told: Version | None) -> None:
    """Write to the author of the answered text, where an act has just published an answer that nobody reads yet.

    Not again where it only corrects `told`, the version before the act. The e-mail waits while the act can be undone.
    It has no word of the answer, which can be erased meanwhile: the author reads them on the private page.
    """
    until, about, session = answer.readable_from, answer.about, object_session(answer)
    if until is None or about is None or about.email is None or session is None or answer.shown_number is None:
        return
    if not answer.versions[answer.shown_number - 1].tells_more_than(told):
        return
    event = answer.events[-1]
    facts = {"public_id": about.public_id, "generation": about.link_generation, "article": about.article.title}
    facts["shown_on"] = french.paris_time(until).isoformat()
    due_at = undo.final_at(event)
    outbox.enqueue(session, mails.ANSWER_ANNOUNCED, to=about.email, about=about.id, event=event, due_at=due_at, **facts)
    about.events.append(AuditEvent.of(Kind.ANSWER_ANNOUNCED, CLOCK))


def end_answer(answer: Testimonial) -> None:
    """End an answer whose testimonial is published no longer: its author reads why."""
    answer.perform(Action.EXPIRE, by=CLOCK)
    answer.write_to_author(mails.ANSWER_ENDED)


def end_answer_to(testimonial: Testimonial) -> None:
    """End the answer to a text that goes back to the editors: to withdraw a text is to refuse its answer."""
    if answer := published_answer(testimonial):
        end_answer(answer)
