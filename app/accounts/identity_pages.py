"""The pages that ask who one is: sign-in, second factor, confirmation; each carries a kept form on."""

import re

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.accounts import passkeys
from app.accounts.forms import CodeForm, ConfirmForm, IdentityForm, SignInForm

# One slash, then no other; no backslash, nor any of the signs that browsers strip.
OWN_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")
SEND_AGAIN = 307  # the browser sends the fields of its POST again, the kept form among them


def sign_in_page(form: SignInForm, notice: str | None = None) -> str:
    return render_template("accounts/sign_in.html", form=form, notice=notice, options=passkey_options())


def second_factor_page(form: CodeForm) -> str:
    return render_template("accounts/second_factor.html", form=form, options=passkey_options())


def confirm_page(form: ConfirmForm) -> str:
    return render_template("accounts/confirm.html", form=form, options=passkey_options())


def passkey_options() -> str | None:
    return passkeys.sign_in_options() if passkeys.passkeys_possible() else None


def lead_back(form: IdentityForm, otherwise: str) -> Response:
    return redirect(own_path(form.next.data) or url_for(otherwise), SEND_AGAIN if form.kept.data else 303)


def own_path(target: str | None) -> str | None:
    """Return a path of this site; a `next` that names another site is dropped."""
    return target if target and OWN_PATH.fullmatch(target) else None
