"""The forms of signing in and out."""

from wtforms import EmailField, HiddenField, PasswordField

from app.forms import Form, asked, tidy_email


class SignInForm(Form):
    """Who is there?"""

    email = EmailField("Courriel", [asked("Indiquez le courriel de votre compte.")], filters=[tidy_email])
    password = PasswordField("Mot de passe", [asked("Indiquez votre mot de passe.")])
    next = HiddenField()


class SignOutForm(Form):
    """Nothing to fill in: the button, and the proof that it is ours."""
