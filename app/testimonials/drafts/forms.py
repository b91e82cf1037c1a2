"""What is asked to keep a draft: an address, and the key of the form; what a form holds, as it is."""

from typing import Any

from wtforms import HiddenField
from wtforms.validators import UUID

from app.forms import Address, Form, required
from app.testimonials.submission.forms import TestimonialForm

MOST = 20_000  # signs: more than twice what the form takes, so that a text may wait to be cut


class KeepForm(Form):
    """Where to send the link."""

    email = Address("Votre courriel", "Indiquez le courriel où envoyer le lien.")
    key = HiddenField(validators=[required("Repartez de l’article."), UUID(message="Repartez de l’article.")])


def draft_answers(form: TestimonialForm) -> dict[str, Any]:
    """Return what was typed and chosen, right or wrong, by field; the address and the key have their own places."""
    apart = {"csrf_token", "email", "key"}
    return {field.name: field.data for field in form if field.data and field.name not in apart}


def excess_signs(kept: dict[str, Any]) -> int:
    """Return by how many signs answers are too long to be kept; zero or less when they are not."""
    return (
        sum(len(each) for answer in kept.values() for each in ([answer] if isinstance(answer, str) else answer)) - MOST
    )
