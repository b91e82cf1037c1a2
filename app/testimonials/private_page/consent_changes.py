"""Changing consents from the private page, purpose by purpose; each change is one line and one e-mail.

Withdrawing the testimonial, and with it the consent to publication, is `Testimonial.withdraw()`; `call_back()` revokes
it for ten minutes.
"""

from datetime import datetime

from app import french
from app.audit import AUTHOR, SYSTEM
from app.kept import period
from app.testimonials import mails, undo
from app.testimonials.consent import Channel, Consent, ConsentDecision, given_again, given_line
from app.testimonials.lifecycle import BEFORE_DECISION, TRANSITIONS, Action, Status, TransitionRefused
from app.testimonials.responses.announcement import end_answer_to
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import OPTIONAL, Purpose, asked_purposes


def open_purposes(testimonial: Testimonial) -> tuple[Purpose, ...]:
    """Return the purposes that can be changed now: a withdrawn text is not reused elsewhere.

    Nobody writes to an author without an address.
    """
    asked = asked_purposes(is_response=testimonial.about is not None)
    ended = {Purpose.REUSE} if testimonial.status is Status.WITHDRAWN else set[Purpose]()
    ended |= set() if testimonial.email else {Purpose.CONTACT, Purpose.QUESTIONS}
    return tuple(each for each in OPTIONAL if each in asked and each not in ended)


def outdated_consents(testimonial: Testimonial) -> list[Consent]:
    """Return the consents in force on an earlier wording: each can be given on today's, which names more."""
    purposes = (Purpose.PUBLICATION, *open_purposes(testimonial))
    lines = [given_line(testimonial.consents, purpose) for purpose in purposes]
    return [line for line in lines if line and line.wording_version < line.purpose.asked_since]


def is_open(testimonial: Testimonial, purpose: Purpose, *, gives: bool) -> bool:
    """Whether a purpose can be changed so: publication is withdrawn with the text, and given for editors to read it."""
    may_renew = gives and purpose in [line.purpose for line in outdated_consents(testimonial)]
    return may_renew or purpose in open_purposes(testimonial)


def change_consent(testimonial: Testimonial, purpose: Purpose, *, gives: bool) -> None:
    """Give or withdraw a consent; one in force on an earlier wording is given again, on today's."""
    outdated = purpose in [line.purpose for line in outdated_consents(testimonial)]
    if testimonial.consents_to(purpose) is not gives or (gives and outdated):
        record_change(testimonial, purpose, ConsentDecision.GIVEN if gives else ConsentDecision.WITHDRAWN)


def call_back(testimonial: Testimonial) -> None:
    """Call a withdrawal back: what was shown is shown again, under the consents as they were, given again.

    Raises `TransitionRefused` where the text was not published, or `CALL_BACK_PERIOD` is over.
    """
    withdrawal = undo.withdrawal_to_call_back(testimonial.withdrawal)
    for purpose in (Purpose.REUSE, Purpose.PUBLICATION) if withdrawal.ends_reuse else (Purpose.PUBLICATION,):
        testimonial.record_consent(given_again(testimonial.consents, purpose))
    testimonial.perform(Action.CALL_BACK, by=AUTHOR)
    testimonial.write_to_author(mails.CALLED_BACK)


def may_consent_again(testimonial: Testimonial) -> bool:
    too_late = (
        testimonial.status not in BEFORE_DECISION and (testimonial.status, Action.CONSENT_AGAIN) not in TRANSITIONS
    )
    return not (too_late or testimonial.publication_consent)


def consent_again(testimonial: Testimonial) -> None:
    """Give consent to publication, for editors to read the text; raise `TransitionRefused` where that is too late."""
    if not may_consent_again(testimonial):
        raise TransitionRefused(testimonial.status, Action.CONSENT_AGAIN)
    facts = {}
    if testimonial.status not in BEFORE_DECISION:
        testimonial.perform(Action.CONSENT_AGAIN, by=AUTHOR)
        end_answer_to(testimonial)
        facts["due"] = french.paris_time(testimonial.waiting_since + period("REVIEW_DELAY")).isoformat()
    testimonial.answer(Purpose.ATTESTATION, ConsentDecision.GIVEN, Channel.PRIVATE_PAGE)
    record_change(testimonial, Purpose.PUBLICATION, ConsentDecision.GIVEN, **facts)


def record_change(testimonial: Testimonial, purpose: Purpose, answer: ConsentDecision, **facts: str) -> None:
    testimonial.answer(purpose, answer, Channel.PRIVATE_PAGE)
    testimonial.write_to_author(mails.CONSENT, purpose=purpose.label, answer=answer.label, **facts)


def replay_withdrawal(testimonial: Testimonial, purpose: Purpose, *, since: datetime) -> bool:
    """Withdraw again a consent that a restored backup has in force; return whether there was anything to withdraw.

    A later answer, given since the moment `since`, wins. The author gets the same e-mail as the first time. A backup
    from before who told a text had answered has nothing to withdraw: silence erases it.
    """
    if testimonial.unanswered_transcript is not None:
        return False
    later = [line for line in testimonial.consents if line.purpose is purpose and line.at >= since]
    if later and later[-1].answer is ConsentDecision.GIVEN:
        return False
    if purpose is not Purpose.PUBLICATION:
        if given := testimonial.consents_to(purpose):
            record_change(testimonial, purpose, ConsentDecision.WITHDRAWN)
        return given
    # Half of a backup may have the consent without the status, or the status without the consent.
    in_force = testimonial.publication_consent or testimonial.consents_to(purpose)
    if testimonial.status is Status.PUBLISHED or (not later and testimonial.status is not Status.WITHDRAWN):
        testimonial.withdraw(by=SYSTEM)
    elif in_force:
        testimonial.answer(purpose, ConsentDecision.WITHDRAWN, Channel.PRIVATE_PAGE)
    else:
        return False
    return True
