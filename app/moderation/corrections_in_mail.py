"""Corrections in e-mails: what an e-mail about a decision says of them, once, written as it leaves (product rule 3).

The e-mail of a decision waits until that can no longer be undone; where a correction follows, until it cannot either:
both leave as one.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import now
from app.mail.messages import ClaimedEmail, Facts, Wait, all_mails
from app.mail.outbox import Email
from app.testimonials import undo
from app.testimonials.approval import Approval
from app.testimonials.decision import Remark, RemarkKind
from app.testimonials.lifecycle import Status
from app.testimonials.mails import EDITED
from app.testimonials.objections import corrected_version
from app.testimonials.private_page.objections import is_contestable
from app.testimonials.stale_emails import without_stale
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version

# The fact of an e-mail as it leaves: the ids of the corrections that it tells.
TOLD = "told_versions"


def facts_now(session: Session, claimed: ClaimedEmail) -> Facts | None:
    """Return the facts of an e-mail with corrections to tell; raise `Wait` while one can be undone."""
    if not claimed.message.tells_corrections or claimed.about is None:
        return claimed.facts
    testimonial = session.get_one(Testimonial, claimed.about)
    last_act = undo.latest_act(testimonial.events)
    event_id = session.get_one(Email, claimed.email_id).event_id
    if last_act.id != event_id and undo.final_at(last_act) > now():
        raise Wait(undo.final_at(last_act))
    corrections = corrections_to_tell(testimonial)
    # What an earlier release has composed is stored, and recorded as told.
    has_words = corrections or "corrections" in claimed.facts
    if claimed.message is EDITED and (not has_words or is_decision_to_come(session, testimonial)):
        return None
    if not corrections:
        return claimed.facts
    facts = {"corrections": told(testimonial, corrections), TOLD: [version.id for version in corrections]}
    return {**claimed.facts, **facts}


def record_told(session: Session, sent: ClaimedEmail) -> None:
    """Record the corrections that an e-mail told, once the server has accepted it. The caller commits."""
    for number in sent.facts.get(TOLD, ()):
        session.get_one(Version, number).notified_at = now()


def is_decision_to_come(session: Session, testimonial: Testimonial) -> bool:
    """Whether the e-mail of a decision has still to leave, and will tell the corrections."""
    messages = [each for each in all_mails() if each.tells_corrections and each is not EDITED]
    about = (Email.testimonial_id == testimonial.id, Email.message.in_(messages), Email.due_at.is_not(None))
    return bool(without_stale(session, session.scalars(select(Email).where(*about))))


def corrections_to_tell(testimonial: Testimonial) -> list[Version]:
    """Return the corrections in the version that readers see, or would, which no e-mail has told; the last one last."""
    in_use = testimonial.shown if testimonial.status is Status.PUBLISHED else testimonial.approved
    if in_use is None or in_use.approval is not Approval.UNDER_CONSENT or in_use.notified_at is not None:
        return []
    earlier = testimonial.versions[: in_use.number]
    return [each for each in earlier if each.approval is Approval.UNDER_CONSENT and each.notified_at is None]


def told(testimonial: Testimonial, corrections: list[Version]) -> str:
    """Return what an e-mail says of corrections: what the last one left changed, and the team's words about each."""
    measure = corrections[-1].correction
    changed = measure.sentence if measure else "orthographe, mise en forme ou passage masqué"
    said = f"L’équipe a corrigé votre texte, comme votre accord le permet\u00a0: {changed}."
    if corrected_version(testimonial) is not None and is_contestable(testimonial):
        said += " Votre page privée montre ce qui a changé, mot par mot\u00a0; vous pouvez vous y opposer."
    words = [remark.words for remark in remarks_about(testimonial, corrections)]
    return "\n\n".join((said, *(("L’équipe en dit\u00a0:", *words) if words else ())))


def remarks_about(testimonial: Testimonial, corrections: list[Version]) -> list[Remark]:
    since = corrections[0].made_at
    until = next((version.made_at for version in testimonial.versions[corrections[-1].number :]), now())
    return [each for each in testimonial.remarks if each.kind is RemarkKind.CORRECTION and since <= each.at <= until]
