"""SentencesForm: the sentences of a published text that an editor ticks, to be quoted in a margin or a synthesis."""

from wtforms import SelectMultipleField
from wtforms.validators import ValidationError

from app.catalog.quotations import LONGEST_QUOTE, compose
from app.forms import Form
from app.testimonials.testimonial import Testimonial


class SentencesForm(Form):
    """`quoted` are the words that they make, once `take_sentences` has found that they can be quoted together."""

    sentence = SelectMultipleField("Phrases citées", validate_choice=False)
    quoted = ""

    def take_sentences(self, testimonial: Testimonial | None) -> None:
        ticked = self.sentence.data or []
        self.quoted = compose(testimonial.shown, ticked) if testimonial and testimonial.shown else ""
        if not self.quoted:
            raise ValidationError("Cochez une phrase ou plusieurs, d’une même réponse d’un texte publié ici.")
        if len(self.quoted) > LONGEST_QUOTE:
            raise ValidationError(f"Ces phrases font {len(self.quoted)} signes, pour {LONGEST_QUOTE} : décochez-en.")
