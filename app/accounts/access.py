"""The gate: every route is closed to strangers unless it is named here."""

from typing import cast

from flask import Flask, redirect, request, url_for
from flask_login import LoginManager, current_user
from werkzeug.wrappers import Response

from app.accounts.models import User
from app.db import SAFE_METHODS, db

PUBLIC = frozenset(
    {
        "accounts.sign_in",
        "privacy.your_data",
        "publication.article",
        "publication.home",
        "publication.testimonial",
        "testimonials.confirm",
        "testimonials.erase",
        "testimonials.new_link",
        "testimonials.private",
        "testimonials.receipt",
        "testimonials.withdraw",
        "testimonials.write",
    }
)


class NotPermitted(Exception):
    """The person is known, and may not do this."""


def init_app(app: Flask) -> None:
    """Close the house, then let in who has an account."""
    login = LoginManager(app)
    login.user_loader(load)
    app.before_request(keep_out_strangers)


def load(user_id: str) -> User | None:
    """Return the account of a session; read anew at each request, so that a disabled one ends at once."""
    user = db.session.get(User, int(user_id)) if user_id.isdecimal() else None
    return user if user is not None and user.is_active else None


def keep_out_strangers() -> Response | None:
    """Send whoever is not signed in to the sign-in page, except on the public pages."""
    if request.endpoint is None or request.endpoint in PUBLIC or current_user.is_authenticated:
        return None
    wanted = request.full_path.rstrip("?") if request.method in SAFE_METHODS else None
    return redirect(url_for("accounts.sign_in", next=wanted))


def signed_in() -> User:
    """Return the editor of this request; raise `NotPermitted` where nobody is signed in."""
    if not current_user.is_authenticated:
        raise NotPermitted
    return cast(User, current_user._get_current_object())  # noqa: SLF001  # Flask-Login's way out of its proxy
