"""E-mails about an answer: its invitation, and what becomes of it, for both authors."""

import uuid

from sqlalchemy.orm import Session

from app import tokens
from app.audit import Actor, AuditEvent, Kind
from app.mail import outbox
from app.mail.messages import ClaimedEmail, Facts, Mail, link_to
from app.testimonials.lifecycle import Status
from app.testimonials.refusals import invited_digest, refusals_by
from app.testimonials.testimonial import Testimonial


def invite(session: Session, testimonial: Testimonial, *, to: str, by: Actor) -> None:
    """Send an invitation; the address is in the e-mail alone, which the outbox deletes once it has left.

    The e-mail quotes no word of the text, whose author may withdraw later: the page of the link shows the text. The
    link holds the digest of the address, by which the recipient can refuse all further invitations.
    """
    event = AuditEvent.of(Kind.ANSWER_INVITED, by)
    testimonial.events.append(event)
    article, about = testimonial.article.title, testimonial.id
    answers = [testimonial.public_id, str(uuid.uuid4()), invited_digest(to)]
    outbox.enqueue(session, ANSWER_INVITED, to=to, about=about, event=event, article=article, answers=answers)


def form_of_answer(facts: Facts) -> dict[str, str]:
    return link_to("responses.write", token=tokens.sign_token(tokens.ANSWER_LINK, facts["answers"]))


def of_invitation(session: Session, claimed: ClaimedEmail) -> Facts | None:
    """Ask whether the text can still be answered, and its recipient has not asked for no more of them."""
    is_read = claimed.about is None or session.get_one(Testimonial, claimed.about).takes_response
    return claimed.facts if is_read and not refusals_by(session, claimed.recipient) else None


ANSWER_INVITED = Mail(
    *("answer_invited", "Vous êtes invité·e à répondre à un retour d’expérience", "Répondre"),
    *(form_of_answer, of_invitation),
    true_in={Status.PUBLISHED},
    ended_by={Kind.HIDE},
    forgets=True,
)
ANSWER_ANNOUNCED = Mail("answer_announced", "Une réponse va paraître sous votre texte", true_in={Status.PUBLISHED})
ANSWER_SHOWN = Mail("answer_shown", "Votre réponse paraît", true_in={Status.PUBLISHED}, ended_by={Kind.HIDE})
ANSWER_ENDED = Mail("answer_ended", "Votre réponse ne paraît plus", true_in={Status.UNPUBLISHED})
