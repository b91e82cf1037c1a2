"""Notes between editors about a text; an editor mentioned in one (« @Nadia ») gets an e-mail."""

import re

from sqlalchemy.orm import Session

from app.accounts.gate import NotPermitted
from app.accounts.models import User
from app.accounts.queries import editors_of
from app.audit import Actor, AuditEvent, Kind
from app.mail import outbox
from app.mail.messages import Message
from app.testimonials.decision import Remark, RemarkKind
from app.testimonials.models import Testimonial


def leave_note(session: Session, user: User, testimonial: Testimonial, words: str) -> None:
    """Add a note, and write to each colleague it mentions.

    Raises `NotPermitted` once the text is erased: the note would outlive it.
    """
    if not testimonial.versions:
        raise NotPermitted
    testimonial.remarks.append(Remark(kind=RemarkKind.NOTE, user_id=user.id, words=words))
    testimonial.events.append(AuditEvent.of(Kind.NOTED, Actor.editor(user.id)))
    for colleague in mentioned_editors(session, testimonial, words):
        if colleague.id != user.id:
            to, about, review = colleague.email, testimonial.id, testimonial.public_id
            outbox.enqueue(session, Message.MENTION, to=to, about=about, who=user.name, review=review)


def mentioned_editors(session: Session, testimonial: Testimonial, words: str) -> list[User]:
    """Return the editors of the text's article whose names a note has: to others its page is closed."""
    colleagues = session.scalars(editors_of(testimonial.article_id).order_by(User.id))
    return [each for each in colleagues if re.search(mention_pattern(each.name), words, re.IGNORECASE)]


def mention_pattern(name: str) -> str:
    """Return the regular expression of a mention: an @, then the full name or its first word."""
    return rf"@(?:{re.escape(name)}|{re.escape(name.split(maxsplit=1)[0])})(?!\w)"
