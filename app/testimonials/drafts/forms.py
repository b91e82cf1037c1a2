"""KeepForm (the address and key of a draft), and the answers of an unfinished form."""

from typing import Any

from wtforms import HiddenField
from wtforms.validators import UUID

from app.forms import Address, Form, required
from app.testimonials.submission.forms import TestimonialForm

MAX_SIGNS = 20_000  # signs: more than twice the form's bounds, so that a draft may be shortened later


class KeepForm(Form):
    """The address to which the link goes."""

    email = Address("Votre courriel", "Indiquez le courriel où envoyer le lien.")
    key = HiddenField(validators=[required("Repartez de l’article."), UUID(message="Repartez de l’article.")])


def draft_answers(form: TestimonialForm) -> dict[str, Any]:
    """Return the answers by field, valid or not, without the address and the key, which have their own columns."""
    apart = {"csrf_token", "email", "key"}
    return {field.name: field.data for field in form if field.data and field.name not in apart}


def excess_signs(answers: dict[str, Any]) -> int:
    return sum(len("".join(answer)) for answer in answers.values()) - MAX_SIGNS
