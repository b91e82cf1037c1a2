"""The forms of the board: its buttons, and what is done to many at once."""

from wtforms import RadioField, SelectMultipleField

from app.forms import Form, choice, required
from app.moderation.queue.bulk import FOR
from app.testimonials.reasons import Reason

LONGEST = 10  # digits


class ButtonForm(Form):
    """A button: nothing to fill in."""


class ChosenForm(Form):
    """Some texts, by their identifiers."""

    texte = SelectMultipleField("Textes", validate_choice=False)


class SetAsideForm(Form):
    """Why, and which texts as they were read: « identifier:revision »."""

    raison = RadioField(
        "Raison",
        [required("Choisissez une raison.")],
        choices=[choice(reason.value, reason.label) for reason in FOR],
    )
    lu = SelectMultipleField("Textes", validate_choice=False)

    def read(self) -> dict[str, int]:
        """Return the revision of each text as it was read; what was never one of ours is left out."""
        parts = (each.partition(":") for each in self.lu.data or [])
        return {name: int(revision) for name, _, revision in parts if revision.isdecimal() and len(revision) < LONGEST}

    def reason(self) -> Reason:
        """Return the reason chosen."""
        return Reason(self.raison.data)
