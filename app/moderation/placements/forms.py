"""The form of the placements page: one act on one testimonial, in one place of the article."""

from wtforms import HiddenField, RadioField
from wtforms.validators import ValidationError

from app.catalog import placements
from app.forms import Form, Prose, Signs, choice, required
from app.labels import LabelledEnum
from app.testimonials.models import Testimonial


class PlacementAct(LabelledEnum):
    """An editor's act on a placement; the label is the verb of its button."""

    PLACE = "place", "Placer ici"
    RAISE = "raise", "Monter"
    QUOTE = "quote", "Citer ces mots"
    REMOVE = "remove", "Retirer d’ici"


class PlacementForm(Form):
    """An act on a testimonial; `testimonial` is None where the identifier sent matches none."""

    act = RadioField("Ce que vous faites", [required("Choisissez ce que vous faites de ce retour.")])
    passage = HiddenField("Passage")
    testimonial = HiddenField("Retour", [required("Choisissez un retour dans la liste.")])
    quote = Prose("Mots cités", [Signs(most=placements.LONGEST_QUOTE)])

    def __init__(self, testimonial: Testimonial | None) -> None:
        super().__init__()
        self.act.choices = [choice(act.value, act.label) for act in PlacementAct]
        self.placed = testimonial

    def validate_testimonial(self, _field: HiddenField) -> None:
        if self.placed is None:
            raise ValidationError("Choisissez un retour dans la liste : celui-ci n’existe pas.")

    def validate_quote(self, field: Prose) -> None:
        """Accept only words of the published version: a quote is the author's own words."""
        words = placements.single_spaced(field.data or "")
        if self.act.data != PlacementAct.QUOTE or not words or self.placed is None or self.placed.shown is None:
            return
        if len(words) < placements.SHORTEST_QUOTE:
            raise ValidationError(f"Citez au moins {placements.SHORTEST_QUOTE} signes, ou laissez vide.")
        if not placements.contains_words(self.placed.shown, words):
            raise ValidationError("Ces mots ne sont pas dans le texte publié : copiez-les exactement depuis sa page.")
