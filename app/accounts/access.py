"""The gate: every route is closed to strangers unless it is named here."""

from flask import Flask, Response, redirect, request, url_for
from flask_login import LoginManager, current_user
from werkzeug.wrappers import Response as AnyResponse

from app.accounts.models import Role, User
from app.db import SAFE_METHODS, db

PUBLIC = frozenset(
    {
        "accounts.sign_in",
        "drafts.erase",
        "drafts.erased",
        "drafts.keep",
        "drafts.kept",
        "drafts.resume",
        "privacy.my_data",
        "privacy.my_data_file",
        "privacy.your_data",
        "publication.article",
        "publication.charter",
        "publication.home",
        "publication.testimonial",
        "testimonials.accord",
        "testimonials.again",
        "testimonials.amend",
        "testimonials.confirm",
        "testimonials.erase",
        "testimonials.erased",
        "testimonials.new_link",
        "testimonials.object_to",
        "testimonials.private",
        "testimonials.receipt",
        "testimonials.renew",
        "testimonials.sign_proof",
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
    app.after_request(keep_private)


def load(user_id: str) -> User | None:
    """Return the account of a session; read anew at each request, so that a disabled one ends at once."""
    user = db.session.get(User, int(user_id)) if user_id.isdecimal() else None
    return user if user is not None and user.is_active else None


def keep_out_strangers() -> AnyResponse | None:
    """Send whoever is not signed in to the sign-in page, except on the public pages."""
    if request.endpoint is None or request.endpoint in PUBLIC or visitor() is not None:
        return None
    wanted = request.full_path.rstrip("?") if request.method in SAFE_METHODS else None
    return redirect(url_for("accounts.sign_in", next=wanted))


def keep_private(response: Response) -> Response:
    """Keep what an editor is shown out of every cache."""
    if visitor() is not None:
        response.headers["Cache-Control"] = "no-store"
    return response


def visitor() -> User | None:
    """Return the editor of this request, or None for everyone else."""
    user = current_user._get_current_object()  # noqa: SLF001  # Flask-Login's way out of its proxy
    return user if isinstance(user, User) else None


def signed_in() -> User:
    """Return the editor of this request; raise `NotPermitted` where nobody is signed in."""
    user = visitor()
    if user is None:
        raise NotPermitted
    return user


def administrator() -> User:
    """Return the admin of this request; raise `NotPermitted` for everyone else."""
    user = signed_in()
    if user.role is not Role.ADMIN:
        raise NotPermitted
    return user
