"""Invitation to answer a testimonial: a signed link, and no row until the answer is sent (decision 0043)."""

import uuid
from typing import Any

from sqlalchemy.orm import Session

from app.audit import Actor, AuditEvent, Kind
from app.mail import outbox
from app.mail.messages import Message
from app.testimonials.invitations.refusals import invited_digest
from app.testimonials.lifecycle import Status, TextKind
from app.testimonials.models import Testimonial


def is_answerable(testimonial: Testimonial) -> bool:
    """Whether an organisation can be invited to answer a text, or can send its answer: readers have the text now."""
    is_read = testimonial.status is Status.PUBLISHED and testimonial.hidden_until is None
    return is_read and testimonial.article.is_public and testimonial.kind is TextKind.TESTIMONIAL


def invite(session: Session, testimonial: Testimonial, *, to: str, by: Actor) -> None:
    """Send an invitation; the address is in the e-mail alone, which the outbox deletes once it has left.

    The e-mail has no word of the text, which its author may withdraw after that: the link shows it. The link has the
    digest of the address, by which who receives it can refuse any other.
    """
    event = AuditEvent.of(Kind.ANSWER_INVITED, by)
    testimonial.events.append(event)
    facts: dict[str, Any] = {
        "article": testimonial.article.title,
        "answers": [testimonial.public_id, str(uuid.uuid4()), invited_digest(to)],
    }
    outbox.enqueue(session, Message.ANSWER_INVITED, to=to, about=testimonial.id, event=event, **facts)
