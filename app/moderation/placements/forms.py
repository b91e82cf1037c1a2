"""The one form of the arrange page: what to do with a testimonial beside a passage."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from wtforms import HiddenField, RadioField
from wtforms.validators import ValidationError

from app.catalog import placements
from app.forms import Form, Prose, Signs, asked, choice
from app.testimonials.models import Testimonial


class Placing(StrEnum):
    """What an editor does with a testimonial beside a passage."""

    PLACE = "place"
    RAISE = "raise"
    QUOTE = "quote"
    REMOVE = "remove"

    @property
    def label(self) -> str:
        """Return the verb of its button."""
        return LABELS[self]


LABELS: Mapping[Placing, str] = {
    Placing.PLACE: "Placer ici",
    Placing.RAISE: "Monter",
    Placing.QUOTE: "Citer ces mots",
    Placing.REMOVE: "Retirer d’ici",
}

ACTS: Mapping[Placing, Callable[..., None]] = {
    Placing.PLACE: placements.place,
    Placing.RAISE: placements.raise_up,
    Placing.QUOTE: placements.quote,
    Placing.REMOVE: placements.remove,
}


class PlacementForm(Form):
    """One act, on one testimonial, beside the passage of one theme."""

    act = RadioField("Ce que vous faites", [asked("Choisissez ce que vous faites de ce retour.")])
    theme = HiddenField("Passage")
    testimonial = HiddenField("Retour", [asked("Choisissez un retour dans la liste.")])
    quote = Prose("Mots cités", [Signs(most=placements.LONGEST_QUOTE)])

    def __init__(self, testimonial: Testimonial | None) -> None:
        super().__init__()
        self.act.choices = [choice(act.value, act.label) for act in Placing]
        self.found = testimonial

    def validate_testimonial(self, _field: HiddenField) -> None:
        """Refuse one that does not exist."""
        if self.found is None:
            raise ValidationError("Choisissez un retour dans la liste : celui-ci n’existe pas.")

    def validate_quote(self, field: Prose) -> None:
        """Refuse words that the text shown does not have: what is quoted is the author's."""
        words = placements.one_line(field.data or "")
        if self.act.data != Placing.QUOTE or not words or self.found is None or self.found.shown is None:
            return
        if len(words) < placements.SHORTEST_QUOTE:
            raise ValidationError(f"Citez au moins {placements.SHORTEST_QUOTE} signes, ou laissez vide.")
        if not placements.says(self.found.shown, words):
            raise ValidationError("Ces mots ne sont pas dans le texte publié : copiez-les exactement depuis sa page.")
