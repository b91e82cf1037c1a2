"""Changing one’s mind from the private page, purpose by purpose: each change is one line, and one letter."""

from datetime import datetime

from app.audit import AUTHOR, SYSTEM
from app.mail.messages import Message
from app.testimonials.consent import Answer, Channel, Purpose
from app.testimonials.lifecycle import Action, Status
from app.testimonials.models import Testimonial

# What can be given and taken back without touching what is published.
ASIDE = (Purpose.REUSE, Purpose.CONTACT)


def open_to(testimonial: Testimonial) -> tuple[Purpose, ...]:
    """Return the purposes that can be changed now: a text taken back is not given elsewhere."""
    return (Purpose.CONTACT,) if testimonial.status is Status.WITHDRAWN else ASIDE


def reconsider(testimonial: Testimonial, purpose: Purpose, *, gives: bool) -> None:
    """Give or withdraw the consent to a purpose; saying again what is in force writes nothing."""
    if testimonial.consents_to(purpose) is not gives:
        tell(testimonial, purpose, Answer.GIVEN if gives else Answer.WITHDRAWN)


def consent_again(testimonial: Testimonial) -> None:
    """Hand a text that was withdrawn, or kept aside, back to the editors: never straight to the page."""
    testimonial.perform(Action.CONSENT_AGAIN, by=AUTHOR)
    testimonial.answer(Purpose.ATTESTATION, Answer.GIVEN, Channel.PRIVATE_PAGE)
    tell(testimonial, Purpose.PUBLICATION, Answer.GIVEN)


def tell(testimonial: Testimonial, purpose: Purpose, answer: Answer) -> None:
    """Write the line, and to the author what was decided."""
    testimonial.answer(purpose, answer, Channel.PRIVATE_PAGE)
    testimonial.write_to_author(Message.CONSENT, purpose=purpose.label, answer=answer.label)


def take_back_again(testimonial: Testimonial, purpose: Purpose, *, since: datetime) -> bool:
    """Take back what a restored backup gives again, and say whether it does: what was said of it `since` then stands.

    Its author is written to, as the first time.
    """
    published = purpose is Purpose.PUBLICATION
    stands = testimonial.status is not Status.WITHDRAWN if published else testimonial.consents_to(purpose)
    if not stands or any(line.purpose is purpose and line.at >= since for line in testimonial.consents):
        return False
    if published:
        testimonial.withdraw(by=SYSTEM)
    else:
        tell(testimonial, purpose, Answer.WITHDRAWN)
    return True
