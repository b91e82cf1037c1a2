"""Changing one’s mind from the private page, purpose by purpose: each change is one line, and one e-mail."""

from datetime import datetime

from app import french
from app.audit import AUTHOR, SYSTEM
from app.mail.messages import Message
from app.testimonials.consent import Channel, ConsentDecision, Purpose
from app.testimonials.lifecycle import TRANSITIONS, Action, Status, TransitionRefused
from app.testimonials.models import Testimonial
from app.testimonials.periods import period

# What can be given and taken back without touching what is published.
CHANGEABLE_PURPOSES = (Purpose.REUSE, Purpose.CONTACT)

# Where editors have yet to decide: whoever said no to publication may now say yes, and nothing else moves.
TO_BE_READ = frozenset({Status.UNCONFIRMED, Status.PENDING, Status.CHANGES_REQUESTED})


def open_purposes(testimonial: Testimonial) -> tuple[Purpose, ...]:
    """Return the purposes that can be changed now: a text taken back is not given elsewhere."""
    return (Purpose.CONTACT,) if testimonial.status is Status.WITHDRAWN else CHANGEABLE_PURPOSES


def change_consent(testimonial: Testimonial, purpose: Purpose, *, gives: bool) -> None:
    """Give or withdraw the consent to a purpose; saying again what is in force writes nothing."""
    if testimonial.consents_to(purpose) is not gives:
        record_withdrawal(testimonial, purpose, ConsentDecision.GIVEN if gives else ConsentDecision.WITHDRAWN)


def may_consent_again(testimonial: Testimonial) -> bool:
    """Say whether consent to publication can be given now: it is not in force, and would not come too late."""
    too_late = testimonial.status not in TO_BE_READ and (testimonial.status, Action.CONSENT_AGAIN) not in TRANSITIONS
    return not (too_late or testimonial.consents_to(Purpose.PUBLICATION))


def consent_again(testimonial: Testimonial) -> None:
    """Consent to publication, which shows nothing yet: editors are still to read the text, or are handed it back.

    Raises `TransitionRefused` where it cannot be given.
    """
    if not may_consent_again(testimonial):
        raise TransitionRefused(testimonial.status, Action.CONSENT_AGAIN)
    next_comes = {}
    if testimonial.status not in TO_BE_READ:
        testimonial.perform(Action.CONSENT_AGAIN, by=AUTHOR)
        next_comes["due"] = french.paris_time(testimonial.waiting_since + period("REVIEW_DELAY")).isoformat()
    testimonial.answer(Purpose.ATTESTATION, ConsentDecision.GIVEN, Channel.PRIVATE_PAGE)
    record_withdrawal(testimonial, Purpose.PUBLICATION, ConsentDecision.GIVEN, **next_comes)


def record_withdrawal(testimonial: Testimonial, purpose: Purpose, answer: ConsentDecision, **next_comes: str) -> None:
    """Write the line, and to the author what was decided; where the text is handed back, until when it is read."""
    testimonial.answer(purpose, answer, Channel.PRIVATE_PAGE)
    testimonial.write_to_author(Message.CONSENT, purpose=purpose.label, answer=answer.label, **next_comes)


def replay_withdrawal(testimonial: Testimonial, purpose: Purpose, *, since: datetime) -> bool:
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
        record_withdrawal(testimonial, purpose, ConsentDecision.WITHDRAWN)
    return True
