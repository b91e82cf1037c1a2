"""Amendments from the private page: the words that an author starts from, and what they send, stored once."""

from collections.abc import Mapping

from app.audit import Kind
from app.mail.messages import Message
from app.testimonials.models import Testimonial
from app.testimonials.objections import is_held, own_version
from app.testimonials.private_page.proofs import presented_version
from app.testimonials.submission.submit import has_same_words
from app.testimonials.undo import latest_act
from app.testimonials.versions import Version
from app.testimonials.wordings import Purpose


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
        testimonial.write_to_author(Message.AMENDED)
