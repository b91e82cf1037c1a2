"""The gate: who may open which page stands in one table (rights.py); what stands nowhere is closed to all."""

from urllib.parse import urlsplit, urlunsplit

from flask import Flask, Response, current_app, g, redirect, request, session, url_for
from flask_login import AnonymousUserMixin, LoginManager, current_user
from werkzeug.wrappers import Response as AnyResponse

from app.accounts import sessions
from app.accounts.models import User
from app.accounts.permissions import PUBLIC, RIGHTS, SETTING_UP, Who
from app.accounts.sessions import EditorSession
from app.db import SAFE_METHODS, db

# Where the browser's cookie keeps the identifier of its session.
SESSION_KEY = "key"

# What is no public page even before one has signed in.
PRIVATE_BLUEPRINTS = frozenset({"accounts", "settings", "team"})


class NotPermitted(Exception):
    """The person is known, and may not do this."""


def init_app(app: Flask) -> None:
    """Close the house, then let in who has an account."""
    login = LoginManager(app, add_context_processor=False)  # it would look someone up for each template of a page
    app.jinja_env.globals["visitor"] = current_editor
    login.user_loader(load_user)
    app.before_request(check_permission)
    app.after_request(forbid_caching)


def load_user(user_id: str) -> User | None:
    """Return whose session the browser is in; read anew at each request, so that what has ended ends at once."""
    found = sessions.find_session(db.session(), str(session.get(SESSION_KEY, "")))
    if found is None or str(found.user_id) != user_id:
        return None
    g.editor_session = found
    return found.user


def check_permission() -> AnyResponse | None:
    """Turn away whoever may not open a page: to where they can become someone who may, or with a refusal."""
    if request.endpoint is None or request.endpoint in PUBLIC:
        return None
    editor = current_editor()
    if editor is None:
        return redirect(url_for("accounts.sign_in", next=requested_page()))
    needed = RIGHTS.get(request.endpoint)
    if needed is None:
        raise NotPermitted
    required = current_app.config["REQUIRE_SECOND_FACTOR"] and request.endpoint not in SETTING_UP
    if required and not editor.has_second_factor:
        return redirect(url_for("settings.set_up_second_factor"))
    if needed.who is Who.ADMIN:
        signed_in_admin()
    typed = needed.lengthy and request.method not in SAFE_METHODS
    if needed.fresh and not typed and not current_session().is_fresh:
        return redirect(url_for("accounts.confirm", next=requested_page() or referring_page()), 303)
    return None


def requested_page() -> str | None:
    """Return the page asked for, to come back to; what was to be sent is not sent again."""
    return request.full_path.rstrip("?") if request.method in SAFE_METHODS else None


def referring_page() -> str | None:
    """Return the page of ours that sent the present request."""
    address = urlsplit(request.referrer or "")
    return urlunsplit(("", "", address.path, address.query, "")) if address.netloc == request.host else None


def forbid_caching(response: Response) -> Response:
    """Keep what an editor is shown out of every cache, and let the idle period begin again: Flask dates the cookie."""
    known = current_editor() is not None
    if known:
        session.modified = True
    if known or request.blueprint in PRIVATE_BLUEPRINTS:
        response.headers["Cache-Control"] = "no-store"
    return response


def current_editor() -> User | None:
    """Return the editor of this request, or None for everyone else; whose session is empty is nobody we know."""
    if not session:
        return None
    user = current_user._get_current_object()  # noqa: SLF001  # Flask-Login's way out of its proxy
    return user if isinstance(user, User) else None


def forget_editor() -> None:
    """Go on as a stranger's request: where the database is away, nobody can say whose it is."""
    g._login_user = AnonymousUserMixin()  # noqa: SLF001  # where Flask-Login keeps whom it has found


def signed_in() -> User:
    """Return the editor of this request; raise `NotPermitted` where nobody is signed in."""
    user = current_editor()
    if user is None:
        raise NotPermitted
    return user


def signed_in_admin() -> User:
    """Return the admin of this request; raise `NotPermitted` for everyone else."""
    user = signed_in()
    if not user.is_admin:
        raise NotPermitted
    return user


def current_session() -> EditorSession:
    """Return the session of this request; raise `NotPermitted` where nobody is signed in."""
    signed_in()
    found: EditorSession = g.editor_session
    return found
