"""Invitation to answer a testimonial: a signed link, no row until the answer is sent (decision 0043)."""

from sqlalchemy import select

from app.db import db, is_read_only
from app.links import Link, LinkUnknown
from app.testimonials.refusals import UNKNOWN
from app.testimonials.testimonial import Testimonial

# Its claims: the testimonial, the key of the answer, the digest of the invited address.
ANSWER = Link("answer", "responses.write", claims=(str, str, str), advice=UNKNOWN)


def invited(token: str) -> tuple[Testimonial, str]:
    """Return the testimonial that a link invites to answer, and the key of what is sent by it.

    In a POST the testimonial is locked: it does not leave before the answer is stored.
    """
    public_id, key, _ = ANSWER.read(token)
    selected = Testimonial.named(public_id)
    about = db.session.scalar(selected if is_read_only() else selected.with_for_update(read=True))
    if about is None:
        raise LinkUnknown(UNKNOWN)
    return about, key


def invited_address(token: str) -> str:
    """Return the digest of the address that a link invites, though the text may be gone."""
    return str(ANSWER.require(token)[2])


def answer_sent(key: str) -> Testimonial | None:
    return db.session.scalar(select(Testimonial).where(Testimonial.submission_key == key))
