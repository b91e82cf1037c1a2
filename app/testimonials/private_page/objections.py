"""Objections: the decisions and corrections that an author can contest, and contest_decision()."""

from app.audit import AUTHOR, AuditEvent, Kind
from app.db import now
from app.testimonials.lifecycle import Action, Status, TransitionRefused
from app.testimonials.models import Testimonial
from app.testimonials.private_page.proofs import is_corrected
from app.testimonials.remarks import Remark, RemarkKind


def is_contestable(testimonial: Testimonial) -> bool:
    """Whether the author may contest something, and has not yet.

    Contestable: a refusal or a removal (Regulation (EU) 2022/2065, articles 17 and 20, by choice), and a correction
    made under the consent to publication, whose wording gives the right to object.
    """
    if testimonial.contested_at is not None:
        return False
    decision = testimonial.latest_decision
    refused = testimonial.status is Status.DECLINED and testimonial.has_been_confirmed
    removed = testimonial.status is Status.UNPUBLISHED and decision is not None and decision.action is Action.UNPUBLISH
    return refused or (removed and not testimonial.has_expired) or is_corrected(testimonial)


def open_objection(testimonial: Testimonial) -> Remark | None:
    """Return the author's objection, until an editor has acted upon it."""
    objections = [remark for remark in testimonial.remarks if remark.kind is RemarkKind.OBJECTION]
    return objections[-1] if objections and testimonial.contested_at is not None else None


def contest_decision(testimonial: Testimonial, words: str) -> None:
    """Record an objection, which returns to the queue; raise `TransitionRefused` where there is nothing to contest."""
    if not is_contestable(testimonial):
        raise TransitionRefused(testimonial.status, Action.REOPEN)
    testimonial.remarks.append(Remark(kind=RemarkKind.OBJECTION, words=words))
    testimonial.contested_at = now()
    testimonial.events.append(AuditEvent.of(Kind.CONTESTED, AUTHOR, version_number=testimonial.current_number))
