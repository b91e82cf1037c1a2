"""« Mon compte »: password, address, second factor, sessions."""

from flask import Blueprint, abort, current_app, redirect, render_template, session, url_for
from werkzeug.wrappers import Response

from app.accounts import passkeys, second_factor, sessions, team
from app.accounts.gate import current_session, signed_in
from app.accounts.models import User
from app.accounts.settings.forms import ButtonForm, EmailForm, EndForm, NewPasskeyForm, PasswordForm, TotpForm
from app.accounts.team import ActRefused
from app.audit import Actor
from app.db import db
from app.forms import Form

blueprint = Blueprint("settings", __name__, url_prefix="/mon-compte")

Page = str | tuple[str, int] | Response

# Where the browser's signed cookie keeps what a new authenticator's secret is made from, until a code proves it.
NONCE_KEY = "totp"


@blueprint.get("")
def account() -> Page:
    """Show an editor their account."""
    return render_template(
        "settings/account.html",
        user=signed_in(),
        sessions=sessions.sessions_of(db.session(), signed_in()),
        here=current_session(),
    )


@blueprint.route("/mot-de-passe", methods=["GET", "POST"])
def password() -> Page:
    """Change the password; the other sessions end."""
    form = PasswordForm(signed_in())
    if not form.is_sent():
        return render_template("settings/password.html", form=form), 422 if form.errors else 200
    team.choose_password(db.session(), signed_in(), form.password.data or "", but=current_session().id)
    db.session.commit()
    return redirect(url_for("settings.account"), 303)


@blueprint.route("/courriel", methods=["GET", "POST"])
def email() -> Page:
    """Begin to move the account to another address: both have to confirm."""
    form = EmailForm()
    if not form.is_sent():
        return render_template("settings/email.html", form=form, sent=False), 422 if form.errors else 200
    team.ask_new_address(db.session(), signed_in(), form.email.data or "")
    db.session.commit()
    return render_template("settings/email.html", form=form, sent=True)


@blueprint.route("/second-facteur", methods=["GET", "POST"])
def set_up_second_factor() -> Page:
    """Set an authenticator up: its QR code, then the code that proves it was read."""
    form = TotpForm()
    nonce = session.setdefault(NONCE_KEY, second_factor.new_nonce())
    if not form.is_sent():
        return second_factor_page(form)
    if not second_factor.set_up_totp(db.session(), signed_in(), str(nonce), form.code.data or ""):
        form.code.errors = ["Ce n’est pas le code de maintenant. Attendez le suivant, puis recopiez-le."]
        return second_factor_page(form)
    session.pop(NONCE_KEY)
    return secured(signed_in())


def second_factor_page(form: Form) -> Page:
    """Return the page where second factors are set up, with one of its two forms to mend or none."""
    user = signed_in()
    nonce = session.setdefault(NONCE_KEY, second_factor.new_nonce())
    size, path = second_factor.draw_code(second_factor.otpauth_uri(user, nonce))
    secret = second_factor.secret_of(user, nonce)
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


def secured(user: User) -> Page:
    """End what setting up a factor began: the first one comes with recovery codes, shown once."""
    if user.recovery_codes_left:
        db.session.commit()
        return redirect(url_for("settings.account"), 303)
    return recovery_codes_page(user)


@blueprint.post("/cles")
def passkey() -> Page:
    """Keep a passkey that the browser has just made."""
    form = NewPasskeyForm()
    if not form.is_sent():
        return second_factor_page(form)
    passkeys.add_passkey(db.session(), signed_in(), form.credential.data or "", form.name.data or "")
    return secured(signed_in())


@blueprint.post("/cles/<int(max=2147483647):number>/retirer")
def passkey_removal(number: int) -> Page:
    """Forget a passkey, unless it is the one second factor of somebody who needs one."""
    user = signed_in()
    removed = next((each for each in user.passkeys if each.id == number), None) or abort(404)
    if ButtonForm().is_sent():
        if current_app.config["REQUIRE_SECOND_FACTOR"] and user.has_one_passkey_only:
            raise ActRefused
        passkeys.remove_passkey(db.session(), user, removed)
        db.session.commit()
    return redirect(url_for("settings.set_up_second_factor"), 303)


@blueprint.post("/codes-de-secours")
def recovery_codes() -> Page:
    """Replace the recovery codes, and show the new ones: this once."""
    if not ButtonForm().is_sent() or not signed_in().has_second_factor:
        return redirect(url_for("settings.account"), 303)
    return recovery_codes_page(signed_in())


def recovery_codes_page(user: User) -> str:
    """Make ten codes, and return the one page that ever shows them: no address leads back to it."""
    codes = second_factor.new_recovery_codes(db.session(), user)
    db.session.commit()
    return render_template("settings/recovery_codes.html", codes=codes)


@blueprint.post("/connexions")
def ending() -> Page:
    """End one session, or all but the present one."""
    form = EndForm()
    if form.is_sent():
        user, here = signed_in(), current_session()
        only = int(form.number.data) if form.number.data else None
        sessions.end_sessions(db.session(), Actor.editor(user.id), user, only=only, but=None if only else here.id)
        db.session.commit()
    return redirect(url_for("settings.account"), 303)
