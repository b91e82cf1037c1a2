"""Forms of the private page."""

from wtforms import BooleanField, HiddenField, SelectField

from app.forms import Address, Form, Prose, Signs, choice, required
from app.testimonials.consent import Purpose
from app.testimonials.private_page.consent_changes import CHANGEABLE_PURPOSES


class SignForm(Form):
    """The signature of a proof: `seen` is the digest of what was shown."""

    seen = HiddenField()


class ContestForm(Form):
    """Why a decision, or a correction, does not suit its author."""

    words = Prose(
        "Ce qui vous paraît injuste, ou à reprendre",
        [required("Dites en quelques mots ce que vous contestez."), Signs(most=2000)],
    )


class ConsentChangeForm(Form):
    """One purpose, and what its author now says of it: the button pressed is the answer."""

    purpose = SelectField("Accord", choices=[choice(purpose.value, purpose.label) for purpose in CHANGEABLE_PURPOSES])
    answer = SelectField("Réponse", choices=[choice("yes", "Oui"), choice("no", "Non")])


class ConsentAgainForm(Form):
    """Consent to publication, given again: the attestation goes with it, of this text as it now is."""

    attest = BooleanField(
        Purpose.ATTESTATION.wording,
        [required("Cochez cette attestation : sans elle, votre texte ne peut pas paraître.")],
    )


class NewLinkForm(Form):
    """Where to send a new private link."""

    email = Address("Votre courriel", "Indiquez le courriel que vous aviez donné.")
