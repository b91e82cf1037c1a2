"""Invitation to answer a testimonial: a signed link, no row until the answer is sent (decision 0043); its refusals."""

from sqlalchemy import select

from app.db import db, is_read_only
from app.labelled_enum import ExplainedEnum
from app.links import Link, LinkUnknown
from app.testimonials import queries
from app.testimonials.lifecycle import Status, TextKind
from app.testimonials.refusals import UNKNOWN
from app.testimonials.testimonial import Testimonial

# Its claims: the testimonial, the key of the answer, the digest of the invited address.
ANSWER = Link("answer", "responses.write", claims=(str, str, str), advice=UNKNOWN)


class ResponseRefusal(ExplainedEnum):
    """A reason why an invitation opens no form, with its title and its sentence."""

    RECEIVED = (
        "received",
        "Votre réponse nous est parvenue",
        "Ce lien a servi. Pour suivre, changer ou retirer la réponse, ouvrez le lien privé reçu par courriel.",
    )
    ANSWERED = (
        "answered",
        "Ce témoignage a déjà sa réponse",
        "Une seule réponse paraît sous un témoignage, et une autre y est déjà, ou va y paraître.",
    )
    HIDDEN = (
        "hidden",
        "Ce témoignage ne se lit pas pour le moment",
        "Vous ne pouvez donc pas y répondre aujourd’hui. S’il revient, ce même lien rouvrira le formulaire.",
    )
    GONE = ("gone", "Ce témoignage n’est plus publié", "Il n’y a donc plus à y répondre.")


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


def refusal_of(about: Testimonial, sent: Testimonial | None, *, is_sending: bool) -> ResponseRefusal | None:
    """Return why a form is not shown, or not taken. What was sent already may come again: it is stored once."""
    if sent and sent.about_id != about.id:
        return ResponseRefusal.RECEIVED
    if sent and sent.status is not Status.UNCONFIRMED:
        return None if is_sending and about.takes_response else ResponseRefusal.RECEIVED
    if not about.takes_response:
        may_return = about.status is Status.PUBLISHED and about.kind is TextKind.TESTIMONIAL
        return ResponseRefusal.HIDDEN if may_return else ResponseRefusal.GONE
    return ResponseRefusal.ANSWERED if queries.published_answer(about) else None
