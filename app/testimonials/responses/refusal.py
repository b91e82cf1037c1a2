"""Reasons why an organisation cannot send an answer, in the words of the page that says so."""

from app.labelled_enum import ExplainedEnum
from app.testimonials import queries
from app.testimonials.lifecycle import Status, TextKind
from app.testimonials.testimonial import Testimonial


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
