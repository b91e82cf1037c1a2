"""Contact: whether editors may write to an author themselves, and on what ground (product rule 4)."""

from app.labels import LabelledEnum
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from app.testimonials.wordings import Purpose

IN_HAND = frozenset({Status.PENDING, Status.CHANGES_REQUESTED, Status.PROOF_SENT})


class Contact(LabelledEnum):
    """The ground for writing to an author, or for not writing; the label is said beside the address."""

    AGREED = "agreed", "accepte que le réseau lui écrive"
    HANDLING = "handling", "pour ce texte seulement, n’a pas accepté que le réseau lui écrive"
    UNCONFIRMED = "unconfirmed", "adresse masquée : personne ne l’a confirmée"
    NO_ADDRESS = "no_address", "sans courriel"
    AT_REST = (
        "at_rest",
        "adresse masquée : rien n’attend sur ce texte, et son auteur·e n’a pas accepté qu’on lui écrive",
    )

    @property
    def is_lawful(self) -> bool:
        return self in {Contact.AGREED, Contact.HANDLING}


def contact_with(testimonial: Testimonial) -> Contact:
    if testimonial.email is None:
        return Contact.NO_ADDRESS
    # An address nobody confirmed may be a stranger's: a consent sent with it is nobody's yet.
    if testimonial.confirmed_at and testimonial.consents_to(Purpose.CONTACT):
        return Contact.AGREED
    if is_in_hand(testimonial):
        return Contact.HANDLING
    return Contact.AT_REST if testimonial.confirmed_at else Contact.UNCONFIRMED


def is_in_hand(testimonial: Testimonial) -> bool:
    """Whether somebody waits for something on the text: its author, an editor or a reader."""
    waits = testimonial.contested_at or testimonial.noticed_at or testimonial.has_new_version
    return testimonial.status in IN_HAND or bool(waits)
