"""« Mon compte »: an editor's own password, address, second factor, sessions; its forms."""

from typing import Any

from flask import Blueprint, abort, current_app, redirect, render_template, request, session, url_for
from wtforms import Field, HiddenField, PasswordField
from wtforms.validators import Length, Regexp, ValidationError

from app.accounts import passkeys, passwords, queries, second_factor, sessions, team
from app.accounts.bound_identities import unbind_identities
from app.accounts.forms import FIELD, IdentityForm, refuse_weak
from app.accounts.gate import current_session, lead_back, own_path, signed_in
from app.accounts.models import User
from app.accounts.team import ActRefused
from app.audit import Actor
from app.db import db
from app.forms import Address, ButtonForm, Form, Line, required
from app.web import ViewResult, commit_and_show
from app.web.qr_code import draw_qr_code

blueprint = Blueprint("settings", __name__, url_prefix="/mon-compte")

# In the browser's signed cookie: the nonce of a new authenticator, until a code proves it.
TOTP_NONCE_KEY = "totp"

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


@blueprint.get("")
def account() -> ViewResult:
    user, here = signed_in(), current_session()
    opened = sessions.sessions_of(db.session(), user)
    articles = queries.titles_of(db.session(), user.scope)
    return render_template("settings/account.html", user=user, sessions=opened, here=here, articles=articles)


@blueprint.route("/mot-de-passe", methods=["GET", "POST"])
def password() -> ViewResult:
    form = PasswordForm(signed_in())
    if not form.is_sent():
        return render_template("settings/password.html", form=form), 422 if form.errors else 200
    team.choose_password(db.session(), signed_in(), form.password.data or "", but=current_session().id)
    return commit_and_show(url_for("settings.account"))


@blueprint.route("/courriel", methods=["GET", "POST"])
def email() -> ViewResult:
    """Start a change of address: both addresses have to confirm."""
    form = EmailForm()
    if not form.is_sent():
        return render_template("settings/email.html", form=form, sent=False), 422 if form.errors else 200
    team.request_new_address(db.session(), signed_in(), form.email.data or "")
    db.session.commit()
    return render_template("settings/email.html", form=form, sent=True)


@blueprint.route("/second-facteur", methods=["GET", "POST"])
def set_up_second_factor() -> ViewResult:
    """Set up an authenticator: its QR code, then a code to prove that it was read."""
    has_code = "code" in request.form
    form = TotpForm() if has_code else TotpForm.leading_to(request.form.get("next"), request.form.get(FIELD))
    nonce = session.setdefault(TOTP_NONCE_KEY, second_factor.new_nonce())
    if has_code and form.is_sent():
        if second_factor.set_up_totp(db.session(), signed_in(), str(nonce), form.code.data or ""):
            session.pop(TOTP_NONCE_KEY)
            return after_setup(signed_in(), form)
        form.code.errors = ["Ce n’est pas le code de maintenant. Attendez le suivant, puis recopiez-le."]
    return second_factor_page(form)


def second_factor_page(form: IdentityForm) -> ViewResult:
    """Render the page of second factors; one of its two forms may carry errors."""
    user = signed_in()
    nonce = session.setdefault(TOTP_NONCE_KEY, second_factor.new_nonce())
    secret = second_factor.new_secret(user, str(nonce))
    size, path = draw_qr_code(second_factor.otpauth_uri(user, secret))
    page = render_template(
        "settings/second_factor.html",
        user=user,
        form=form,
        totp=form if isinstance(form, TotpForm) else TotpForm(formdata=None),
        passkey=form if isinstance(form, NewPasskeyForm) else NewPasskeyForm(formdata=None),
        required=current_app.config["REQUIRE_SECOND_FACTOR"],
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        size=size,
        path=path,
        options=passkeys.registration_options(user) if passkeys.passkeys_possible() else None,
    )
    return page, 422 if form.errors else 200


def after_setup(user: User, form: IdentityForm) -> ViewResult:
    """Commit, then go back; with a first factor come recovery codes, shown once, which lead back too."""
    if user.recovery_codes_left:
        db.session.commit()
        return lead_back(form, otherwise="settings.account")
    return recovery_codes_page(user, form.next.data, form.carried.data)


@blueprint.post("/cles")
def passkey() -> ViewResult:
    form = NewPasskeyForm()
    if not form.is_sent():
        return second_factor_page(form)
    passkeys.add_passkey(db.session(), signed_in(), form.credential.data or "", form.name.data or "")
    return after_setup(signed_in(), form)


@blueprint.post("/cles/<int(max=2147483647):number>/retirer")
def passkey_removal(number: int) -> ViewResult:
    """Remove a passkey, unless a second factor is required and this is the only one."""
    user = signed_in()
    removed = next((passkey for passkey in user.passkeys if passkey.id == number), None) or abort(404)
    if ButtonForm().is_sent():
        if current_app.config["REQUIRE_SECOND_FACTOR"] and user.has_one_passkey_only:
            raise ActRefused
        passkeys.remove_passkey(db.session(), user, removed)
    return commit_and_show(url_for("settings.set_up_second_factor"))


@blueprint.post("/identite/delier")
def identity_removal() -> ViewResult:
    """Unbind the identity that opens this account, and end its other sessions: it may have opened them."""
    user = signed_in()
    if ButtonForm().is_sent() and user.identities:
        by = Actor.editor(user.id)
        unbind_identities(db.session(), user, by)
        sessions.end_sessions(db.session(), by, user, but=current_session().id)
    return commit_and_show(url_for("settings.account"))


@blueprint.post("/codes-de-secours")
def recovery_codes() -> ViewResult:
    if not ButtonForm().is_sent() or not signed_in().has_second_factor:
        return redirect(url_for("settings.account"), 303)
    return recovery_codes_page(signed_in())


def recovery_codes_page(user: User, next_path: str | None = None, carried: str | None = None) -> str:
    """Create ten codes and render the only page that shows them: no URL leads back to it."""
    codes = second_factor.new_recovery_codes(db.session(), user)
    db.session.commit()
    return render_template("settings/recovery_codes.html", codes=codes, next=own_path(next_path), carried=carried)


@blueprint.post("/connexions")
def ending() -> ViewResult:
    """End one session, or all but the present one."""
    form = EndForm()
    if form.is_sent():
        user, here = signed_in(), current_session()
        only = int(form.number.data) if form.number.data else None
        sessions.end_sessions(db.session(), Actor.editor(user.id), user, only=only, but=None if only else here.id)
    return commit_and_show(url_for("settings.account"))
