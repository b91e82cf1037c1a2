"""QuestionForm: what a colleague asks, who they are, and their agreement that the author sees their address."""

import uuid
from typing import Any

from wtforms import BooleanField, HiddenField
from wtforms.validators import UUID

from app.forms import Address, Form, Line, Prose, Signs, required
from app.testimonials.colleague_questions.models import ColleagueQuestion

# The typed fields, in the order of the page.
TYPED = ("words", "name", "organisation", "email")


class QuestionForm(Form):
    """One question; `key` identifies the page that it was typed in, so that it is stored once."""

    words = Prose("Votre question", [required("Écrivez votre question."), Signs(most=1000)])
    name = Line("Prénom et nom", [required("Indiquez votre prénom et votre nom."), Signs(most=120)])
    organisation = Line("Votre organisation", [required("Indiquez votre organisation."), Signs(most=120)])
    email = Address("Votre courriel professionnel", "Indiquez votre courriel : c’est là qu’on peut vous répondre.")
    shows_address = BooleanField(
        "J’accepte que l’auteur·e lise mon nom, mon organisation et mon adresse, pour pouvoir me répondre.",
        [required("Cochez cette case : sans votre adresse, personne ne peut vous répondre.")],
    )
    key = HiddenField(validators=[required("Rechargez la page pour recommencer."), UUID(message="Rechargez la page.")])

    def question(self, testimonial: Any) -> ColleagueQuestion:
        """Return a question that is not stored. The same page sent again with other words is another question."""
        typed: dict[str, Any] = {name: self[name].data or "" for name in TYPED}
        key = uuid.uuid5(uuid.UUID(self.key.data), "\0".join((testimonial.public_id, *typed.values())))
        return ColleagueQuestion(testimonial=testimonial, key=str(key), **typed)
