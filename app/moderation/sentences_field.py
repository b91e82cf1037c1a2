"""SentencesField: the sentences of a published text that an editor ticks, and the words that they make."""

from wtforms import SelectMultipleField
from wtforms.validators import ValidationError

from app.catalog.quotations import LONGEST_QUOTE, compose
from app.testimonials.models import Testimonial


class SentencesField(SelectMultipleField):
    """Check boxes without a list: `take` says whether they can be quoted together."""

    words = ""

    def take(self, testimonial: Testimonial | None) -> None:
        self.words = compose(testimonial.shown, self.data or []) if testimonial and testimonial.shown else ""
        if not self.words:
            raise ValidationError("Cochez une phrase ou plusieurs, d’une même réponse d’un texte publié ici.")
        if len(self.words) > LONGEST_QUOTE:
            raise ValidationError(f"Ces phrases font {len(self.words)} signes, pour {LONGEST_QUOTE} : décochez-en.")
