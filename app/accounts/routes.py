"""Signing in and out."""

import re

from flask import Blueprint, redirect, render_template, session, url_for
from flask_login import login_user, logout_user
from werkzeug.wrappers import Response

from app.accounts import queries
from app.accounts.access import signed_in
from app.accounts.forms import SignInForm, SignOutForm
from app.accounts.models import authenticated
from app.audit import SYSTEM, Actor, AuditEvent, Kind
from app.db import db

blueprint = Blueprint("accounts", __name__)

# One slash, then no other; no backslash, nor any of the signs that browsers drop on the way.
OWN_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")

REFUSED = "Ce courriel et ce mot de passe ne vont pas ensemble. Vérifiez-les, puis réessayez."


@blueprint.route("/connexion", methods=["GET", "POST"])
def sign_in() -> Response | str | tuple[str, int]:
    """Let an editor in; unknown, wrong and disabled get one answer."""
    form = SignInForm()
    if not form.is_sent():
        return render_template("accounts/sign_in.html", form=form), 422 if form.errors else 200
    user = authenticated(db.session.scalar(queries.with_email(form.email.data or "")), form.password.data or "")
    if user is None:
        db.session.add(AuditEvent.of(Kind.SIGN_IN_FAILED, SYSTEM))
        db.session.commit()
        form.password.errors = [REFUSED]
        return render_template("accounts/sign_in.html", form=form), 422
    session.clear()
    login_user(user)
    db.session.add(AuditEvent.of(Kind.SIGNED_IN, Actor.editor(user.id)))
    db.session.commit()
    return redirect(own_path(form.next.data) or url_for("moderation.queue"), 303)


@blueprint.post("/deconnexion")
def sign_out() -> Response:
    """End the session."""
    form = SignOutForm()
    if form.is_sent():
        db.session.add(AuditEvent.of(Kind.SIGNED_OUT, Actor.editor(signed_in().id)))
        db.session.commit()
        logout_user()
        session.clear()
    return redirect(url_for("publication.home"), 303)


def own_path(target: str | None) -> str | None:
    """Return a path if it is one of ours: a `next` that names another site is dropped."""
    if not target or not OWN_PATH.fullmatch(target):
        return None
    return target
