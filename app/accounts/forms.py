"""The forms of signing in and out, and of choosing a password."""

from typing import Any, Self

from wtforms import EmailField, Field, HiddenField, PasswordField
from wtforms.validators import ValidationError

from app.accounts import passwords
from app.accounts.models import User
from app.forms import Form, Line, required, tidy_email

FIELD = "kept"  # the posted name of a form carried on by the pages that ask who one is


class IdentityForm(Form):
    """A form that asks who one is: the page to come back to, and what was typed there."""

    next = HiddenField()
    carried = HiddenField(name=FIELD)

    @classmethod
    def leading_to(cls, path: str | None, carried: str | None) -> Self:
        form = cls(formdata=None)
        form.next.data, form.carried.data = path, carried
        return form


class SignInForm(IdentityForm):
    """E-mail and password."""

    email = EmailField("Courriel", [required("Indiquez le courriel de votre compte.")], filters=[tidy_email])
    password = PasswordField("Mot de passe", [required("Indiquez votre mot de passe.")])


class CodeForm(IdentityForm):
    """A code of the second factor."""

    code = Line("Code", [required("Recopiez le code que montre votre application, ou l’un de vos codes de secours.")])


class PasskeyForm(IdentityForm):
    """The browser's answer for a passkey, as JSON."""

    credential = HiddenField(validators=[required("Votre navigateur n’a présenté aucune clé d’accès.")])


class ConfirmForm(IdentityForm):
    """The password again, of a signed-in editor."""

    password = PasswordField("Mot de passe", [required("Indiquez votre mot de passe.")])


class ForgottenForm(Form):
    """The address to send a link to."""

    email = EmailField("Courriel", [required("Indiquez le courriel de votre compte.")], filters=[tidy_email])


class NewPasswordForm(Form):
    """A first or new password, chosen by a link."""

    password = PasswordField("Nouveau mot de passe", [required("Choisissez un mot de passe.")])

    def __init__(self, owner: User, **options: Any) -> None:
        super().__init__(**options)
        self.owner = owner

    def validate_password(self, field: Field) -> None:
        refuse_weak(self.owner, field)


def refuse_weak(owner: User, field: Field) -> None:
    """Raise `ValidationError` for a weak password, with advice."""
    if weakness := passwords.weakness(field.data or "", own=(owner.email, owner.name)):
        raise ValidationError(weakness)
