"""Sign-in and sign-out, the second factor, and the pages of the links sent to editors."""

from flask import Blueprint, current_app, g, redirect, render_template, request, session, url_for
from flask_login import login_user, logout_user
from werkzeug.wrappers import Response

from app.accounts import account_links, authentication, passkeys, sessions, team
from app.accounts.account_links import AccountLink, LinkKind
from app.accounts.forms import (
    CodeForm,
    ConfirmForm,
    ForgottenForm,
    IdentityForm,
    NewPasswordForm,
    PasskeyForm,
    SignInForm,
)
from app.accounts.gate import (
    SESSION_KEY,
    confirm_page,
    current_editor,
    current_session,
    device_cookie,
    lead_back,
    own_path,
    second_factor_page,
    sign_in_page,
    signed_in,
)
from app.accounts.models import User
from app.audit import Actor, AuditEvent, Kind
from app.db import db, now
from app.forms import ButtonForm
from app.web import ViewResult, commit_and_show

blueprint = Blueprint("accounts", __name__)

PENDING_KEY = "pending"
FAREWELL_KEY = "farewell"
CSRF_FIELD = "csrf_token"
DEVICE_AGE = 365 * 24 * 3600  # seconds

SIGN_IN_REFUSED = (
    "Ce courriel et ce mot de passe ne vont pas ensemble, ou trop d’essais viennent d’être faits. "
    "Vérifiez-les, puis réessayez ; au besoin, attendez un quart d’heure."
)
CODE_REFUSED = (
    "Ce code n’est pas, ou n’est plus, le bon : chacun ne sert qu’une fois. Attendez le suivant, puis réessayez ; "
    "après plusieurs essais, attendez un quart d’heure."
)
CONFIRMATION_REFUSED = (
    "Ce n’est pas votre mot de passe, ou trop d’essais viennent d’être faits. Réessayez dans quelques minutes."
)

# Notices above the sign-in form, by the query string's `apres`.
NOTICES = {
    "mot-de-passe": "Votre mot de passe est enregistré. Vous pouvez vous connecter.",
    "adresse": "Votre compte a maintenant sa nouvelle adresse. Connectez-vous avec elle.",
    "une-adresse": "C’est noté. Il reste à confirmer depuis l’autre adresse, par le lien que nous y avons envoyé.",
}


@blueprint.route("/connexion", methods=["GET", "POST"])
def sign_in() -> ViewResult:
    """Sign an editor in; unknown, wrong, disabled and too many attempts get one answer."""
    form, notice = SignInForm(), NOTICES.get(request.args.get("apres", ""))
    if form.is_sent():
        email, typed, network = form.email.data or "", form.password.data or "", request.remote_addr or ""
        user = authentication.check_password(db.session(), email, typed, device=device_cookie(), network=network)
        if user is not None:
            return complete_sign_in(user, form) if not user.has_second_factor else ask_code(user, form)
        db.session.commit()
        form.password.errors = [SIGN_IN_REFUSED]
    return sign_in_page(form, notice), 422 if form.errors else 200


def ask_code(user: User, form: IdentityForm, *, farewell: str | None = None) -> ViewResult:
    """Ask for the second factor: on its page, or here if a form has to be carried on."""
    end_current_session()
    db.session.commit()
    if farewell is not None:
        session[FAREWELL_KEY] = farewell
    session[PENDING_KEY] = authentication.pending_claims(user)
    if form.carried.data:
        return second_factor_page(CodeForm.leading_to(form.next.data, form.carried.data))
    return redirect(url_for("accounts.second_factor", next=own_path(form.next.data)), 303)


@blueprint.route("/connexion/second-facteur", methods=["GET", "POST"])
def second_factor() -> ViewResult:
    """Ask for a code after the password, or for the password again once ten minutes have passed."""
    user, form = authentication.pending_user(db.session(), session.get(PENDING_KEY)), CodeForm()
    if user is None and form.carried.data:
        return sign_in_page(SignInForm.leading_to(form.next.data, form.carried.data))
    if user is None:
        return redirect(url_for("accounts.sign_in"), 303)
    if form.is_sent():
        if authentication.check_code(db.session(), user, form.code.data or "", device=device_cookie()):
            return complete_sign_in(user, form, farewell=session.get(FAREWELL_KEY))
        db.session.commit()
        form.code.data, form.code.errors = "", [CODE_REFUSED]
    return second_factor_page(form), 422 if form.errors else 200


@blueprint.post("/connexion/cle-d-acces")
def passkey() -> ViewResult:
    form = PasskeyForm()
    if not form.is_sent():
        raise passkeys.PasskeyRefused
    return complete_sign_in(passkeys.user_by_passkey(db.session(), form.credential.data or ""), form)


def complete_sign_in(
    user: User,
    form: IdentityForm,
    *,
    proved_at: int | None = None,
    two_factors: bool = False,
    farewell: str | None = None,
) -> Response:
    """Open a session with a new identifier, end the one before, and remember this browser.

    `farewell`: what names one's session at the identity provider by which one signs in; empty if nothing does.
    """
    end_current_session()
    authentication.reset_failures(db.session(), user, device_cookie())
    agent = request.user_agent.string
    opened = sessions.open_session(db.session(), user, agent, proved_at=proved_at, two_factors=two_factors)
    session[SESSION_KEY] = opened
    if farewell is not None:
        session[FAREWELL_KEY] = farewell
    login_user(user)
    db.session.add(AuditEvent.of(Kind.SIGNED_IN, Actor.editor(user.id)))
    db.session.commit()
    response = lead_back(form, otherwise="queue.index")
    response.set_cookie(
        current_app.config["DEVICE_COOKIE_NAME"],
        authentication.device_cookie(user, device_cookie()),
        max_age=DEVICE_AGE,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return response


def end_current_session() -> None:
    if current_editor() is not None:
        db.session.delete(current_session())
    session.clear()
    g.pop(CSRF_FIELD, None)  # the token of a page rendered from here on is that of the new cookie


@blueprint.route("/connexion/confirmer", methods=["GET", "POST"])
def confirm() -> ViewResult:
    """Ask a signed-in editor for their password again, before sensitive acts."""
    form = ConfirmForm()
    if form.is_sent():
        if authentication.reauthenticate(db.session(), signed_in(), form.password.data or ""):
            session[SESSION_KEY] = sessions.renew_session(current_session())
            db.session.commit()
            return lead_back(form, otherwise="settings.account")
        db.session.commit()
        form.password.errors = [CONFIRMATION_REFUSED]
    return confirm_page(form), 422 if form.errors else 200


@blueprint.post("/deconnexion")
def sign_out() -> Response:
    """End the session: its cookie, even copied before, opens nothing more."""
    if ButtonForm().is_sent():
        db.session.add(AuditEvent.of(Kind.SIGNED_OUT, Actor.editor(signed_in().id)))
        db.session.delete(current_session())
        db.session.commit()
        logout_user()
        farewell = session.get(FAREWELL_KEY)
        session.clear()
        if farewell is not None:
            session[FAREWELL_KEY] = farewell
            return redirect(url_for("identity.farewell"), 303)
    return redirect(url_for("publication.home"), 303)


@blueprint.route("/connexion/mot-de-passe-oublie", methods=["GET", "POST"])
def forgotten() -> ViewResult:
    """Send a link to choose a new password; the response is the same for known and unknown addresses."""
    form = ForgottenForm()
    if not form.is_sent():
        return render_template("accounts/forgotten.html", form=form, sent=False), 422 if form.errors else 200
    authentication.request_reset(db.session(), form.email.data or "", network=request.remote_addr or "")
    db.session.commit()
    return render_template("accounts/forgotten.html", form=form, sent=True)


@blueprint.route("/connexion/lien/<token>", methods=["GET", "POST"])
def link(token: str) -> ViewResult:
    """Show the page of a link, and act on its POST only: mail gateways follow links (product rule 5)."""
    opened = account_links.by_token(db.session(), token)
    chooses_password = opened.purpose in {LinkKind.INVITATION, LinkKind.RESET}
    return choose_password(opened, token) if chooses_password else confirm_address(opened, token)


def choose_password(opened: AccountLink, token: str) -> ViewResult:
    form = NewPasswordForm(opened.user)
    if not form.is_sent():
        return link_page(opened, token, form), 422 if form.errors else 200
    opened.used_at = now()
    team.choose_password(db.session(), opened.user, form.password.data or "")
    db.session.commit()
    session.clear()
    return redirect(url_for("accounts.sign_in", apres="mot-de-passe"), 303)


def confirm_address(opened: AccountLink, token: str) -> ViewResult:
    """Confirm one of the two addresses of a change; the second confirmation makes it."""
    form = ButtonForm()
    if not form.is_sent():
        return link_page(opened, token, form), 422 if form.errors else 200
    changed = account_links.confirm_address(db.session(), opened)
    return commit_and_show(url_for("accounts.sign_in", apres="adresse" if changed else "une-adresse"))


def link_page(opened: AccountLink, token: str, form: NewPasswordForm | ButtonForm) -> str:
    invited = opened.user.is_invited and opened.purpose is LinkKind.INVITATION
    invitation = account_links.invitation_facts(db.session(), opened.user) if invited else None
    return render_template("accounts/link.html", link=opened, token=token, form=form, invitation=invitation)
