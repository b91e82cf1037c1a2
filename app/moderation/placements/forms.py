"""The form of the placements page: one act on one testimonial, in one place of the article."""

from wtforms import HiddenField, RadioField
from wtforms.validators import ValidationError

from app.forms import Form, choice, required
from app.labels import LabelledEnum
from app.moderation.sentences_field import SentencesField
from app.testimonials.models import Testimonial


class PlacementAct(LabelledEnum):
    """An editor's act on a placement; the label is the verb of its button."""

    PLACE = "place", "Placer ici"
    RAISE = "raise", "Monter"
    QUOTE = "quote", "Citer ces phrases"
    REMOVE = "remove", "Retirer d’ici"


class PlacementForm(Form):
    """An act on a testimonial; `testimonial` is None where the identifier sent matches none."""

    act = RadioField("Ce que vous faites", [required("Choisissez ce que vous faites de ce retour.")])
    passage = HiddenField("Passage")
    testimonial = HiddenField("Retour", [required("Choisissez un retour dans la liste.")])
    sentence = SentencesField("Phrases citées", validate_choice=False)

    def __init__(self, testimonial: Testimonial | None) -> None:
        super().__init__()
        self.act.choices = [choice(act.value, act.label) for act in PlacementAct]
        self.placed = testimonial

    def validate_testimonial(self, _field: HiddenField) -> None:
        if self.placed is None:
            raise ValidationError("Choisissez un retour dans la liste : celui-ci n’existe pas.")

    def validate_sentence(self, field: SentencesField) -> None:
        """Accept what can be quoted; nothing ticked is the text's own quote."""
        if self.act.data == PlacementAct.QUOTE and field.data and self.placed is not None:
            field.take(self.placed)
