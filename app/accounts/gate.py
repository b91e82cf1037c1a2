"""The gate: checks each request against the permissions table; an endpoint without a line in it is closed to all."""

import re
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from flask import Flask, Response, current_app, g, redirect, render_template, request, session, url_for
from flask_login import AnonymousUserMixin, LoginManager, current_user
from sqlalchemy import column, select, table, union_all
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.wrappers import Response as BaseResponse

from app.accounts import authentication, passkeys, sessions
from app.accounts.forms import FIELD, CodeForm, ConfirmForm, IdentityForm, SignInForm
from app.accounts.models import User
from app.accounts.permissions import PUBLIC, SETUP_ENDPOINTS, AccessLevel, Parameter, permission_of
from app.accounts.queries import ARTICLES
from app.accounts.sessions import EditorSession
from app.audit import Actor
from app.db import SAFE_METHODS, db
from app.tokens import Token
from app.web import ViewResult

# One slash, then no other; no backslash, nor any of the signs that browsers strip.
OWN_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")
SEND_AGAIN = 307  # the browser sends the fields of its POST again, the carried form among them


def sign_in_page(form: SignInForm, notice: str | None = None) -> str:
    return render_template("accounts/sign_in.html", form=form, notice=notice, options=passkey_options())


def second_factor_page(form: CodeForm) -> str:
    return render_template("accounts/second_factor.html", form=form, options=passkey_options())


def confirm_page(form: ConfirmForm) -> str:
    return render_template("accounts/confirm.html", form=form, options=passkey_options())


def passkey_options() -> str | None:
    return passkeys.sign_in_options() if passkeys.passkeys_possible() else None


def lead_back(form: IdentityForm, otherwise: str) -> BaseResponse:
    return redirect(own_path(form.next.data) or url_for(otherwise), SEND_AGAIN if form.carried.data else 303)


def own_path(target: str | None) -> str | None:
    """Return a path of this site; a `next` that names another site is dropped."""
    return target if target and OWN_PATH.fullmatch(target) else None


# Secrets, which are typed again, and the fields of those pages themselves.
NEVER_CARRIED = frozenset({"csrf_token", "password", "current", "code", "credential", "next", FIELD})
# Its claims: the account, the moment in seconds, the path of the form, its fields.
CARRIED_FORM = Token("kept-form", claims=(int, int, str, list))
CARRIED_PERIOD = 12 * 3600  # seconds: as long as a session may be idle
LONGEST = 192 * 1024  # bytes of the field: three quarters of the longest request


class CarriedFormRefused(Exception):
    """The carried form is another account's, another page's, too old or forged; nothing of it is shown."""


class CarriedFormTooLong(Exception):
    """The typed text is too long to travel; the browser still has it."""


def carry_form(owner: int, path: str, typed: MultiDict[str, str]) -> str:
    """Sign what `owner` typed in the form at `path`; return an empty string if that is nothing but secrets."""
    fields = [[name, value] for name, value in typed.items(multi=True) if name not in NEVER_CARRIED]
    token = CARRIED_FORM.make(owner, int(time.time()), path, fields) if fields else ""
    if len(token) > LONGEST:
        raise CarriedFormTooLong
    return token


def restore_form(token: str, owner: int, path: str) -> ImmutableMultiDict[str, str]:
    """Return the fields that `owner` typed in the form at `path`; raise `CarriedFormRefused` for any other token."""
    signed_owner, signed_at, signed_path, fields = CARRIED_FORM.read(token)
    if (signed_owner, signed_path) != (owner, path) or signed_at < time.time() - CARRIED_PERIOD:
        raise CarriedFormRefused
    return ImmutableMultiDict((name, value) for name, value in fields)


SESSION_KEY = "key"  # of the session's identifier in the browser's cookie
# Pages behind the gate that carry a form on to another page; any other takes a form of its own, or refuses it.
CARRIERS = frozenset({"accounts.confirm", "settings.set_up_second_factor", "settings.passkey"})
PRIVATE_BLUEPRINTS = frozenset({"accounts", "identity", "settings", "team"})  # never cached, even before signing in
# Where authors act: they write, sign, consent and withdraw.
ACTS_OF_AUTHORS = (
    "/articles/<slug>/temoigner",
    "/mon-temoignage/<token>",
    "/question/<token>/recue",
    "/repondre/<token>",
    "/vos-donnees/mon-adresse/<token>/effacer",
)


# By name: their models stand above accounts, or beside.
TESTIMONIALS = table("testimonial", column("article_id"), column("public_id"))
FORMER_SLUGS = table("former_slug", column("article_id"), column("slug"))
# Where the article of an address is found. A former slug redirects to the present one, and so would tell it.
NAMED_ARTICLES: Mapping[Parameter, Sequence[tuple[Any, Any]]] = {
    "slug": [(ARTICLES.c.id, ARTICLES.c.slug), (FORMER_SLUGS.c.article_id, FORMER_SLUGS.c.slug)],
    "public_id": [(TESTIMONIALS.c.article_id, TESTIMONIALS.c.public_id)],
}


class NotPermitted(Exception):
    """The user is known, and may not do this."""


class SignedInAtDesk(Exception):
    """An author's act was sent from a browser that is signed in at the desk (product rule 13)."""


class NotTheirArticle(NotPermitted):
    """The page is about an article that others edit."""


def init_app(app: Flask) -> None:
    login = LoginManager(app, add_context_processor=False)  # it would load the user for each template of a page
    app.jinja_env.globals["visitor"] = current_editor
    login.user_loader(load_user)
    app.before_request(check_permission)
    app.after_request(forbid_caching)


def load_user(user_id: str) -> User | None:
    """Return the user of the browser's session, read at each request: a session that has ended ends at once."""
    editor_session = sessions.find_session(db.session(), str(session.get(SESSION_KEY, "")))
    if editor_session is None or str(editor_session.user_id) != user_id:
        return None
    g.editor_session = editor_session
    return editor_session.user


def check_permission() -> ViewResult | None:
    """Redirect to sign-in, second factor or confirmation where one is lacking; raise `NotPermitted` for a refusal.

    Raises `SignedInAtDesk` for an author's act.
    """
    if request.endpoint is None:
        return None
    if request.endpoint in PUBLIC:
        check_author()
        return None
    editor = current_editor()
    if editor is None:
        return ask_sign_in()
    permission = permission_of(request.endpoint)
    if permission is None:
        raise NotPermitted
    needs_factor = current_app.config["REQUIRE_SECOND_FACTOR"] and request.endpoint not in SETUP_ENDPOINTS
    if needs_factor and not (editor.has_second_factor or current_session().two_factors):
        return ask_second_factor(editor)
    if permission.level is AccessLevel.ADMIN:
        signed_in_admin()
    if permission.names is not None and editor.scope is not None:
        check_article(editor, permission.names)
    is_asked = permission.fresh == "open" or (permission.fresh and request.method not in SAFE_METHODS)
    if is_asked and not current_session().is_fresh:
        return ask_confirmation(editor)
    if FIELD in request.form and not carries_on():
        request.form = restore_form(request.form[FIELD], editor.id, request.path)
    return None


def check_author() -> None:
    """Raise `SignedInAtDesk` where an author's act comes from an editor's browser."""
    is_act = request.method not in SAFE_METHODS and str(request.url_rule).startswith(ACTS_OF_AUTHORS)
    if is_act and current_editor() is not None:
        raise SignedInAtDesk


def check_article(editor: User, names: Parameter) -> None:
    """Raise `NotTheirArticle` where the address names an article that others edit; the view knows what is nowhere."""
    named = (request.view_args or {})[names]
    article_id = db.session.scalar(
        union_all(*(select(each).where(name == named) for each, name in NAMED_ARTICLES[names]))
    )
    if article_id is not None and not editor.edits(article_id):
        raise NotTheirArticle


def carries_on() -> bool:
    """Whether this page asks who one is, and carries on the form of another page, which it never fills in."""
    path = (own_path(request.form.get("next")) or "").partition("?")[0]
    return request.endpoint in CARRIERS and path != request.path


def ask_sign_in() -> ViewResult:
    carried = carried_form(account_of_browser())
    if not carried:
        return redirect(url_for("accounts.sign_in", next=page_to_return_to()))
    return sign_in_page(SignInForm.leading_to(*carried)), 403


def ask_confirmation(editor: User) -> ViewResult:
    carried = carried_form(editor.id)
    if not carried:
        return redirect(url_for("accounts.confirm", next=page_to_return_to()), 303)
    return confirm_page(ConfirmForm.leading_to(*carried)), 403


def ask_second_factor(editor: User) -> ViewResult:
    """Redirect to the setup of a second factor; a typed form goes by the confirmation, asked there anyway."""
    if FIELD in request.form:
        return redirect(url_for("settings.set_up_second_factor"), SEND_AGAIN)
    if carried_form(editor.id):
        return ask_confirmation(editor)
    return redirect(url_for("settings.set_up_second_factor"))


def carried_form(owner: int | None) -> tuple[str, str] | None:
    """Return the path of the form that `owner` has sent, and what was typed; None without either.

    Nothing is carried for a stranger: another site's form sends no cookie of ours, and shall not fill one of our own.
    """
    carried = request.form.get(FIELD)
    if carried:  # asked once more on the way back
        return request.form.get("next", ""), carried
    path = request.full_path.rstrip("?")
    token = carry_form(owner, request.path, request.form) if owner is not None else ""
    return (path, token) if token else None


def account_of_browser() -> int | None:
    ended = str(session.get("_user_id", ""))
    return int(ended) if ended.isdecimal() else authentication.account_of_device(device_cookie())


def device_cookie() -> str:
    return request.cookies.get(current_app.config["DEVICE_COOKIE_NAME"], "")


def page_to_return_to() -> str | None:
    """Return the page asked for, or the one where a button without fields was pressed: a POST is not repeated."""
    if request.method in SAFE_METHODS:
        return request.full_path.rstrip("?")
    with suppress(ValueError):
        address = urlsplit(request.referrer or "")
        if address.netloc == request.host:
            return urlunsplit(("", "", address.path, address.query, ""))
    return None


def forbid_caching(response: Response) -> Response:
    """Forbid caching of editors' pages, and restart the idle period: Flask dates the cookie."""
    is_editor = current_editor() is not None
    if is_editor:
        session.modified = True
    if is_editor or request.blueprint in PRIVATE_BLUEPRINTS:
        response.headers["Cache-Control"] = "no-store"
    return response


def current_editor() -> User | None:
    """Return the signed-in editor, or None. An empty session needs no query."""
    if not session:
        return None
    user = current_user._get_current_object()  # noqa: SLF001  # Flask-Login's way out of its proxy
    return user if isinstance(user, User) else None


def forget_editor() -> None:
    """Treat the request as a stranger's: without its database, the application cannot tell whose it is."""
    g._login_user = AnonymousUserMixin()  # noqa: SLF001  # where Flask-Login keeps the user


def signed_in() -> User:
    """Return the signed-in editor; raise `NotPermitted` without one."""
    user = current_editor()
    if user is None:
        raise NotPermitted
    return user


def signed_in_admin() -> User:
    """Return the signed-in admin; raise `NotPermitted` for everyone else."""
    user = signed_in()
    if not user.is_admin:
        raise NotPermitted
    return user


def acting_editor() -> Actor:
    """Return the signed-in editor, as events name who acts; raise `NotPermitted` without one."""
    return Actor.editor(signed_in().id)


def acting_admin() -> Actor:
    """Return the signed-in admin, as events name who acts; raise `NotPermitted` for everyone else."""
    return Actor.editor(signed_in_admin().id)


def current_session() -> EditorSession:
    """Return the session of this request; raise `NotPermitted` where nobody is signed in."""
    signed_in()
    editor_session: EditorSession = g.editor_session
    return editor_session
