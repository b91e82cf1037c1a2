"""Objections from the private page: what an author can contest, their open objection, and its answer."""

from datetime import datetime

from app.audit import AUTHOR, AuditEvent, Kind
from app.db import now
from app.kept import period
from app.testimonials import undo
from app.testimonials.decision import Decision, Remark, RemarkKind
from app.testimonials.lifecycle import Action, Status, TransitionRefused
from app.testimonials.objections import contestable_decision, contested_decision, corrected_version, is_shown_held
from app.testimonials.testimonial import Testimonial

# The acts that may answer an objection; each says so in the words sent with it.
ANSWERS = frozenset({Action.UPHOLD, Action.RESTORE, Action.REOPEN, Action.SEND_PROOF})


def is_contestable(testimonial: Testimonial) -> bool:
    """Whether the author may contest something, and has not yet, nor had a reasoned answer.

    Contestable: a refusal or a removal (Regulation (EU) 2022/2065, articles 17 and 20, by choice), and a correction
    made under the consent to publication, whose wording gives the right to object. A refusal may follow an objection
    to a correction that still waits.
    """
    if testimonial.status in {Status.DECLINED, Status.UNPUBLISHED}:
        decision = contestable_decision(testimonial)
        return decision is not None and testimonial.confirmed_at is not None and contested_decision(testimonial) is None
    is_open = testimonial.contested_at is not None and testimonial.contested_number is not None
    return not is_open and corrected_version(testimonial) is not None and not is_upheld(testimonial)


def is_upheld(testimonial: Testimonial) -> bool:
    """Whether the correction was contested already, and kept with reasons."""
    corrected = corrected_version(testimonial)
    upheld = [each for each in undo.decisions_in_force(testimonial.decisions) if each.action is Action.UPHOLD]
    # Of a text at rest, its refusal or removal was contested; of one that is read, without a number, a quotation.
    upheld = [
        each
        for each in upheld
        if each.before.status is Status.PENDING
        or (each.before.status is Status.PUBLISHED and each.before.contested_number)
    ]
    numbers = {
        n for each in upheld for n in (each.version_number, each.before.contested_number, each.before.masks_number)
    }
    return corrected is not None and corrected.number in numbers


def objections_of(testimonial: Testimonial) -> list[Remark]:
    return [remark for remark in testimonial.remarks if remark.kind is RemarkKind.OBJECTION]


def open_objection(testimonial: Testimonial) -> Remark | None:
    objections = objections_of(testimonial)
    return objections[-1] if objections and testimonial.contested_at is not None else None


def objection_answer(testimonial: Testimonial) -> Decision | None:
    """Return the decision that answered the latest objection, with its reasons; None while it is open."""
    objections = objections_of(testimonial)
    if not objections or testimonial.contested_at is not None:
        return None
    decisions = undo.decisions_in_force(testimonial.decisions)
    since = [each for each in decisions if each.action in ANSWERS and each.at >= objections[-1].at and each.message]
    return since[-1] if since else None


def answer_due(testimonial: Testimonial) -> datetime | None:
    return testimonial.contested_at and testimonial.contested_at + period("OBJECTION_DELAY")


def is_ending(testimonial: Testimonial) -> bool:
    until = testimonial.published_until if testimonial.shown_number else None
    return until is not None and until - now() <= period("RENEWAL_NOTICE")


def may_renew(testimonial: Testimonial) -> bool:
    return is_ending(testimonial) and not is_shown_held(testimonial)


def contest_decision(testimonial: Testimonial, words: str) -> None:
    """Record an objection, which returns to the queue; raise `TransitionRefused` where there is nothing to contest."""
    if not is_contestable(testimonial):
        raise TransitionRefused(testimonial.status, Action.CONTEST)
    testimonial.remarks.append(Remark(kind=RemarkKind.OBJECTION, words=words))
    shown = testimonial.shown_number
    testimonial.perform(Action.CONTEST, by=AUTHOR)
    if testimonial.shown_number != shown:
        testimonial.set_versions_aside(range((shown or 0) + 1, testimonial.shown_number or 0))
        testimonial.events.append(AuditEvent.of(Kind.GAVE_WAY, AUTHOR, version_number=testimonial.shown_number))
