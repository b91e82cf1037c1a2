"""Forms of the private page. A button with nothing to fill in is a plain `Form`."""

from typing import Any

from wtforms import BooleanField, HiddenField, SelectField
from wtforms.validators import ValidationError

from app.forms import Address, Form, Length, Prose, choice, required
from app.testimonials.private_page.answers import answered_reference
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import OPTIONAL, WORDINGS_CHANGED, Purpose, current_wordings


class ReadForm(Form):
    """A form that gives a consent for a testimonial: `wordings` are those of the page it was sent from."""

    wordings = HiddenField("Vos accords")

    def __init__(self, testimonial: Testimonial, **options: Any) -> None:
        super().__init__(**options)
        self.article, self.about = testimonial.article, answered_reference(testimonial)

    def validate_wordings(self, field: HiddenField) -> None:
        if self.gives_consent and field.data != current_wordings(self.article, self.about):
            raise ValidationError(WORDINGS_CHANGED)

    @property
    def gives_consent(self) -> bool:
        return True


class SignForm(ReadForm):
    """The signature of a proof, which consents to its publication: `seen` is the digest of the version shown."""

    seen = HiddenField()


class ContestForm(Form):
    """The author's objection to a decision or a correction."""

    words = Prose(
        "Ce qui vous paraît injuste, ou à reprendre",
        [required("Dites en quelques mots ce que vous contestez."), Length(most=2000)],
    )


class ConsentChangeForm(ReadForm):
    """One purpose and its new answer: the value of the button pressed."""

    purpose = SelectField(
        "Accord", choices=[choice(each.value, each.label) for each in (Purpose.PUBLICATION, *OPTIONAL)]
    )
    answer = SelectField("Réponse", choices=[choice("yes", "Oui"), choice("no", "Non")])

    @property
    def gives_consent(self) -> bool:
        """Whether the wording matters: withdrawing asks for nothing to have been read."""
        return bool(self.answer.data != "no")


class ConsentAgainForm(ReadForm):
    """Consent to publication, given again, with the attestation about the text as it now is."""

    attest = BooleanField(
        Purpose.ATTESTATION.label,
        [required("Cochez cette attestation : sans elle, votre texte ne peut pas paraître.")],
    )

    def __init__(self, testimonial: Testimonial, **options: Any) -> None:
        super().__init__(testimonial, **options)
        self.attest.label.text = Purpose.ATTESTATION.wording(self.article, self.about)


class NewLinkForm(Form):
    """The address to which a new private link goes."""

    email = Address("Votre courriel", "Indiquez le courriel que vous aviez donné.")
