"""The forms of signing in and out, and of choosing a password."""

from typing import Any

from wtforms import EmailField, Field, HiddenField, PasswordField
from wtforms.validators import ValidationError

from app.accounts import team
from app.accounts.models import User
from app.forms import Form, Line, required, tidy_email


class SignInForm(Form):
    """Who is there?"""

    email = EmailField("Courriel", [required("Indiquez le courriel de votre compte.")], filters=[tidy_email])
    password = PasswordField("Mot de passe", [required("Indiquez votre mot de passe.")])
    next = HiddenField()


class SignOutForm(Form):
    """Nothing to fill in: the button, and the proof that it is ours."""


class CodeForm(Form):
    """The second factor, typed."""

    code = Line("Code", [required("Recopiez le code que montre votre application, ou l’un de vos codes de secours.")])
    next = HiddenField()


class PasskeyForm(Form):
    """What a passkey answered, as the browser tells it."""

    credential = HiddenField(validators=[required("Votre navigateur n’a présenté aucune clé d’accès.")])
    next = HiddenField()


class ConfirmForm(Form):
    """The password, once more."""

    password = PasswordField("Mot de passe", [required("Indiquez votre mot de passe.")])
    next = HiddenField()


class ForgottenForm(Form):
    """Where to write."""

    email = EmailField("Courriel", [required("Indiquez le courriel de votre compte.")], filters=[tidy_email])


class NewPasswordForm(Form):
    """A password for an account."""

    password = PasswordField("Nouveau mot de passe", [required("Choisissez un mot de passe.")])

    def __init__(self, owner: User, **options: Any) -> None:
        super().__init__(**options)
        self.owner = owner

    def validate_password(self, field: Field) -> None:
        """Refuse what is too short, too long, or among the first to be guessed."""
        refuse_weak(self.owner, field)


class ConfirmAddressForm(Form):
    """Nothing to fill in: the link has said it all; the button does it."""


def refuse_weak(owner: User, field: Field) -> None:
    """Raise `ValidationError` with what to do, for a password that does not suit its owner."""
    if why := team.password_weakness(owner, field.data or ""):
        raise ValidationError(why)
