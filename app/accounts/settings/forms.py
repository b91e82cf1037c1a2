"""The forms of « Mon compte »."""

from typing import Any

from wtforms import Field, HiddenField, PasswordField
from wtforms.validators import Length, Regexp, ValidationError

from app.accounts import passwords, team
from app.accounts.forms import IdentityForm, refuse_weak
from app.accounts.models import User
from app.db import db
from app.forms import Address, Form, Line, required

MAX_NAME = Length(max=60, message="Ce nom est trop long : 60 signes suffisent.")


class PasswordForm(Form):
    """The current password, and the new one."""

    current = PasswordField("Mot de passe actuel", [required("Indiquez votre mot de passe actuel.")])
    password = PasswordField("Nouveau mot de passe", [required("Choisissez un nouveau mot de passe.")])

    def __init__(self, owner: User, **options: Any) -> None:
        super().__init__(**options)
        self.owner = owner

    def validate_current(self, field: Field) -> None:
        if not passwords.matches(self.owner.password_hash, field.data or ""):
            raise ValidationError("Ce n’est pas votre mot de passe actuel.")

    def validate_password(self, field: Field) -> None:
        refuse_weak(self.owner, field)


class EmailForm(Form):
    """A new address."""

    email = Address("Nouvelle adresse", "Indiquez la nouvelle adresse.")

    def validate_email(self, field: Field) -> None:
        if team.is_taken(db.session(), field.data or ""):
            raise ValidationError("Cette adresse a déjà un compte. Indiquez-en une autre.")


class TotpForm(IdentityForm):
    """The first code of an authenticator app that has read the QR code."""

    code = Line("Code à six chiffres", [required("Recopiez les six chiffres que montre votre application.")])


class NewPasskeyForm(IdentityForm):
    """The browser's new credential, as JSON, and its owner's name for it."""

    name = Line("Nom de cette clé", [required("Donnez-lui un nom, par exemple celui de l’appareil."), MAX_NAME])
    credential = HiddenField()

    def validate_credential(self, field: Field) -> None:
        if self.name.data and not field.data:
            self.name.errors = ["Votre navigateur n’a créé aucune clé. Réessayez, ou utilisez une application."]
            raise ValidationError("Aucune clé.")


class EndForm(Form):
    """The session to end; empty: all the others."""

    number = HiddenField(validators=[Regexp(r"[0-9]{0,9}\Z", message="Cette connexion n’existe pas.")])
