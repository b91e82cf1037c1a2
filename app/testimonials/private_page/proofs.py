"""What its author has before them: their words, a correction or a proof beside those; and the author's signature."""

from app.audit import AUTHOR
from app.db import now
from app.mail.messages import Message
from app.testimonials import undo
from app.testimonials.consent import Channel, ConsentDecision, ConsentMissing, Purpose, consent_receipt
from app.testimonials.diff import Change, changed_answers
from app.testimonials.lifecycle import Action, Status, after
from app.testimonials.models import Testimonial
from app.testimonials.remarks import Remark, RemarkKind
from app.testimonials.versions import OWN, Approval, Version


def presented_version(testimonial: Testimonial) -> Version:
    """Return the version its author has before them, and changes: what stands, unless a newer one waits.

    What the desk has rewritten is theirs to read while it is put to them, and at no other time.
    """
    if testimonial.status is Status.PROOF_SENT:
        return testimonial.latest
    if testimonial.shown_number is not None and not testimonial.has_new_version:
        return testimonial.versions[testimonial.shown_number - 1]
    return testimonial.approved


def is_corrected(testimonial: Testimonial) -> bool:
    """Say whether its author has before them a version that the desk corrected under the consent given."""
    standing = testimonial.status in {Status.PENDING, Status.PUBLISHED}
    return standing and presented_version(testimonial).approval is Approval.UNDER_CONSENT


def proposed_changes(testimonial: Testimonial) -> list[Change]:
    """Return what a proof changes of what its author approved last, while it waits for its signature."""
    if testimonial.status is not Status.PROOF_SENT:
        return []
    return changed_answers(testimonial.approved, testimonial.latest)


def corrections(testimonial: Testimonial) -> list[Change]:
    """Return what the desk corrected under the consent given, in a text that stands or is to be read."""
    if not is_corrected(testimonial):
        return []
    return changed_answers(corrected_versions(testimonial), presented_version(testimonial))


def words_with_correction(testimonial: Testimonial) -> list[Remark]:
    """Return what editors wrote to the author with those corrections."""
    if not is_corrected(testimonial):
        return []
    since = corrected_versions(testimonial).made_at
    until = next((version.made_at for version in testimonial.versions[presented_version(testimonial).number :]), now())
    return [each for each in testimonial.remarks if each.kind is RemarkKind.CORRECTION and since <= each.at <= until]


def corrected_versions(testimonial: Testimonial) -> Version:
    """Return the author's own words, of which the version before them is a correction."""
    aside = undo.versions_set_aside(testimonial.events)
    earlier = testimonial.versions[: presented_version(testimonial).number]
    return next(each for each in reversed(earlier) if each.approval in OWN and each.number not in aside)


def is_signed(testimonial: Testimonial, seen: str) -> bool:
    """Say whether the proof that was shown stands beside the article already, by its author's signature."""
    shown = testimonial.shown
    return shown is not None and shown.approval is Approval.SIGNED and shown.digest == seen


def sign_version(testimonial: Testimonial, seen: str) -> None:
    """The author signs the proof they were shown, whose digest is `seen`: it stands beside the article at once.

    Raises `TransitionRefused` where no proof waits, `ConsentMissing` where publication is not consented to, and
    `ApprovalMissing` where the proof is no longer the one that was shown.
    """
    after(testimonial.status, Action.SIGN_PROOF)  # refused before anything is written
    if not testimonial.consents_to(Purpose.PUBLICATION):
        raise ConsentMissing(Purpose.PUBLICATION)
    testimonial.latest.approve(Approval.SIGNED, seen)
    testimonial.answer(Purpose.PUBLICATION, ConsentDecision.GIVEN, Channel.PROOF)
    testimonial.perform(Action.SIGN_PROOF, by=AUTHOR)
    receipt = consent_receipt(testimonial.consents, testimonial.versions)
    testimonial.write_to_author(Message.PUBLISHED, words="", **receipt)
