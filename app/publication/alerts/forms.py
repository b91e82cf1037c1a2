"""AlertForm: the address to which the weekly letter goes."""

from app.forms import Address, Form


class AlertForm(Form):
    """The address of who follows."""

    email = Address("Votre courriel", "Indiquez le courriel où recevoir la lettre.")
