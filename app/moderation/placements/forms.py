"""The form of the placements page: one act on one testimonial, in one place of the article."""

from wtforms import HiddenField, RadioField, SelectMultipleField
from wtforms.validators import ValidationError

from app.forms import choice, required
from app.labels import LabelledEnum
from app.moderation.sentences_form import SentencesForm
from app.testimonials.models import Testimonial


class PlacementAct(LabelledEnum):
    """An editor's act on a placement; the label is the verb of its button."""

    PLACE = "place", "Placer ici"
    RAISE = "raise", "Monter"
    QUOTE = "quote", "Citer ces phrases"
    REMOVE = "remove", "Retirer d’ici"


class PlacementForm(SentencesForm):
    """An act on a testimonial; `testimonial` is None where the identifier sent matches none."""

    act = RadioField("Ce que vous faites", [required("Choisissez ce que vous faites de ce retour.")])
    passage = HiddenField("Passage")
    testimonial = HiddenField("Retour", [required("Choisissez un retour dans la liste.")])

    def __init__(self, testimonial: Testimonial | None) -> None:
        super().__init__()
        self.act.choices = [choice(act.value, act.label) for act in PlacementAct]
        self.placed = testimonial

    def validate_testimonial(self, _field: HiddenField) -> None:
        if self.placed is None:
            raise ValidationError("Choisissez un retour dans la liste : celui-ci n’existe pas.")

    def validate_sentence(self, field: SelectMultipleField) -> None:
        """Accept what can be quoted; nothing ticked is the text's own quote."""
        if self.act.data == PlacementAct.QUOTE and field.data:
            self.take_sentences(self.placed)
