"""The teller's answer to what an editor typed: the one act that signs it, and consents to anything."""

from collections.abc import Mapping

from app.audit import AUTHOR, AuditEvent, Kind
from app.db import now
from app.mail.messages import Message
from app.testimonials.approval import Approval
from app.testimonials.attribution import Attribution
from app.testimonials.consent import Channel, ConsentDecision, line_of
from app.testimonials.lifecycle import Action, TransitionRefused
from app.testimonials.models import Testimonial
from app.testimonials.transcripts.codes import draw_own_code
from app.testimonials.transcripts.models import unanswered_transcript
from app.testimonials.versions import Version
from app.testimonials.wordings import Purpose


def words_digest(version: Version) -> str:
    """Return the digest of a version under the signature that tells least: what is read before one is chosen."""
    return version.edited(attribution=Attribution.REGION).compute_digest()


def answer_transcript(
    testimonial: Testimonial, version: Version, answers: Mapping[Purpose, bool], *, seen: str, key: str = ""
) -> str | None:
    """Record the teller's answer; return a lasting code where they have no address.

    With consent to publication, the words as they were typed are signed. Signed or changed, they go to the editors:
    nobody alone puts words under a name (product rule 13). `seen` is the digest of the typed version that the teller
    read: raises `TransitionRefused` where it was corrected since, or answered. `key` is that of `draw_code()`.
    """
    transcript = unanswered_transcript(testimonial)
    if transcript is None or testimonial.latest.digest != seen:
        raise TransitionRefused(testimonial.status, Action.SIGN_ACCOUNT)
    typed = testimonial.latest
    signs = answers[Purpose.PUBLICATION] and is_same(version, typed)
    version.approve(Approval.SIGNED if signs else Approval.SENT, version.compute_digest())
    testimonial.propose(version, own=typed)
    transcript.answered_at = now()
    # A link that was sent to the address, or a code that was handed over: either shows whose the answer is.
    proof = Kind.CONFIRM if testimonial.email else Kind.IDENTIFIED
    testimonial.events.append(AuditEvent.of(proof, AUTHOR, version_number=version.number))
    testimonial.confirmed_at = transcript.answered_at
    for purpose, yes in answers.items():
        decision = ConsentDecision.GIVEN if yes else ConsentDecision.REFUSED
        line = line_of(testimonial, purpose, decision, Channel.ASSISTED)
        line.recorded_by_id = transcript.recorded_by_id
        testimonial.record_consent(line)
    testimonial.perform(Action.SIGN_ACCOUNT if signs else Action.AMEND, by=AUTHOR)
    testimonial.write_to_author(Message.CONFIRMED)
    return None if testimonial.email else draw_own_code(testimonial, transcript, key)


def is_same(version: Version, typed: Version) -> bool:
    """Whether a version has the words that were typed, and the same author: whatever its signature."""
    author, typed_author = [
        (each.author_name, each.author_role, each.clsm, each.department.code) for each in (version, typed)
    ]
    return author == typed_author and words_digest(version) == words_digest(typed)
