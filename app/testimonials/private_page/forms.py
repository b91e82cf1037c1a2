"""Forms of the private page. A button with nothing to fill in is a plain `Form`."""

from wtforms import BooleanField, HiddenField, SelectField

from app.forms import Address, Form, Prose, Signs, choice, required
from app.testimonials.consent import Purpose
from app.testimonials.private_page.consent_changes import CHANGEABLE_PURPOSES


class SignForm(Form):
    """The signature of a proof: `seen` is the digest of the version shown."""

    seen = HiddenField()


class ContestForm(Form):
    """The author's objection to a decision or a correction."""

    words = Prose(
        "Ce qui vous paraît injuste, ou à reprendre",
        [required("Dites en quelques mots ce que vous contestez."), Signs(most=2000)],
    )


class ConsentChangeForm(Form):
    """One purpose and its new answer: the value of the button pressed."""

    purpose = SelectField("Accord", choices=[choice(purpose.value, purpose.label) for purpose in CHANGEABLE_PURPOSES])
    answer = SelectField("Réponse", choices=[choice("yes", "Oui"), choice("no", "Non")])


class ConsentAgainForm(Form):
    """Consent to publication, given again, with the attestation about the text as it now is."""

    attest = BooleanField(
        Purpose.ATTESTATION.wording,
        [required("Cochez cette attestation : sans elle, votre texte ne peut pas paraître.")],
    )


class NewLinkForm(Form):
    """The address to which a new private link goes."""

    email = Address("Votre courriel", "Indiquez le courriel que vous aviez donné.")
