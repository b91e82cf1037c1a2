"""AddressForm: the address about which everything kept is asked for."""

from app.forms import Address, Form


class AddressForm(Form):
    """The address to which the link goes."""

    email = Address("Votre courriel", "Indiquez le courriel dont vous voulez voir les données.")
