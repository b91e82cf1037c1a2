"""Proofs, corrections, amendments: the version shown to the author, its changes, what the author signs or sends."""

from collections.abc import Mapping

from app.audit import AUTHOR, Kind
from app.db import now
from app.testimonials import mails
from app.testimonials.answered import changed_answers
from app.testimonials.approval import Approval
from app.testimonials.consent import Channel, ConsentDecision, ConsentMissing, consent_receipt
from app.testimonials.decision import Remark, RemarkKind
from app.testimonials.diff import Change
from app.testimonials.lifecycle import Action, Status, after
from app.testimonials.objections import corrected_version, is_held, own_version
from app.testimonials.responses.announcement import announce
from app.testimonials.submission.submit import has_same_words
from app.testimonials.testimonial import Testimonial
from app.testimonials.undo import latest_act
from app.testimonials.versions import Version
from app.testimonials.wordings import Purpose


def presented_version(testimonial: Testimonial) -> Version:
    """Return the version that the author reads and amends: the published one, unless a newer one waits.

    A version rewritten by an editor is shown while it is a proof, and at no other time.
    """
    if testimonial.status is Status.PROOF_SENT:
        return testimonial.latest
    if testimonial.shown_number is not None and not testimonial.has_new_version:
        return testimonial.versions[testimonial.shown_number - 1]
    return testimonial.approved


def is_shown_corrected(testimonial: Testimonial) -> bool:
    corrected = corrected_version(testimonial)
    return corrected is not None and testimonial.has_new_version and corrected.number == testimonial.shown_number


def proposed_changes(testimonial: Testimonial) -> list[Change]:
    if testimonial.status is not Status.PROOF_SENT:
        return []
    return changed_answers(testimonial.approved, testimonial.latest)


def new_version_changes(testimonial: Testimonial) -> list[Change]:
    if not testimonial.has_new_version or testimonial.shown_number is None:
        return []
    return changed_answers(testimonial.versions[testimonial.shown_number - 1], presented_version(testimonial))


def corrections(testimonial: Testimonial) -> list[Change]:
    """Return what editors corrected in the version presented, or in one that is not: its author contests it."""
    if corrected := corrected_version(testimonial):
        return changed_answers(own_version(testimonial, corrected.number), corrected)
    if testimonial.status is Status.PENDING and testimonial.contested_number is not None:
        return changed_answers(presented_version(testimonial), testimonial.versions[testimonial.contested_number - 1])
    return []


def remarks_with_corrections(testimonial: Testimonial) -> list[Remark]:
    corrected = corrected_version(testimonial)
    if corrected is None:
        return []
    since = own_version(testimonial, corrected.number).made_at
    until = next((version.made_at for version in testimonial.versions[corrected.number :]), now())
    return [each for each in testimonial.remarks if each.kind is RemarkKind.CORRECTION and since <= each.at <= until]


def is_signed(testimonial: Testimonial, seen: str) -> bool:
    shown = testimonial.shown
    return shown is not None and shown.approval is Approval.SIGNED and shown.digest == seen


def sign_version(testimonial: Testimonial, seen: str) -> None:
    """Sign the proof whose digest is `seen`, which publishes it at once.

    Raises `TransitionRefused` where no proof waits, `ConsentMissing` without consent to publication, and
    `ApprovalMissing` where the proof is no longer the one shown.
    """
    after(testimonial.status, Action.SIGN_PROOF)  # refused before anything is written
    if not testimonial.publication_consent:
        raise ConsentMissing(Purpose.PUBLICATION)
    testimonial.latest.approve(Approval.SIGNED, seen)
    testimonial.answer(Purpose.PUBLICATION, ConsentDecision.GIVEN, Channel.PROOF)
    testimonial.perform(Action.SIGN_PROOF, by=AUTHOR)
    announce(testimonial, None)
    receipt = consent_receipt(testimonial.consents, testimonial.versions)
    testimonial.write_to_author(mails.PUBLISHED, words="", **receipt)


def amended_version(testimonial: Testimonial) -> Version:
    """Return the version that an author starts from: the one presented, or their own words where they contest masks.

    Masks sent again with an amendment would be the author's own, and no answer to the objection could take them away.
    """
    presented = presented_version(testimonial)
    return own_version(testimonial) if is_held(testimonial, presented) else presented


def amend_once(testimonial: Testimonial, version: Version, answers: Mapping[Purpose, bool], *, seen: str) -> None:
    """Store and acknowledge what an author has just sent, once however often. The caller commits."""
    if latest_act(testimonial.events).kind is not Kind.AMEND or not has_same_words(testimonial, version, answers):
        testimonial.amend(version, answers, seen=seen)
        testimonial.write_to_author(mails.AMENDED)
