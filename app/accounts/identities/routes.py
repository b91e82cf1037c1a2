"""Sign-in by an identity provider: to its page, back from it, then a button that opens the account.

To it one is led by a link: a form may not lead elsewhere (`form-action`). Back from it, nothing changes before the
button is pressed: the request that brings the answer is a GET (product rule 5).
"""

from typing import TYPE_CHECKING, Any

from flask import Blueprint, abort, current_app, redirect, render_template, request, session, url_for

from app.accounts.bound_identities import Failure, ProvedIdentity, user_of_identity
from app.accounts.forms import IdentityForm, SignInForm
from app.accounts.gate import own_path, sign_in_page
from app.accounts.routes import FAREWELL_KEY, ask_code, complete_sign_in
from app.db import db
from app.web import ViewResult
from config import IdentityProvider

if TYPE_CHECKING:
    from app.accounts.identities.client import ProviderClient

blueprint = Blueprint("identity", __name__, url_prefix="/connexion/identite")

EXTENSION = "identity-provider"
PROVED_KEY = "identity"  # in the browser's signed cookie

IDENTITY_REFUSED = (
    "Cette identité n’ouvre aucun compte ici. Connectez-vous avec votre mot de passe, ou demandez à une personne de "
    "l’administration de vérifier l’adresse de votre compte."
)


@blueprint.get("")
def begin() -> ViewResult:
    address = client().begin(own_path(request.args.get("next")), site_url("identity.answer"))
    return failure_page(address) if isinstance(address, Failure) else redirect(address)


@blueprint.get("/retour")
def answer() -> ViewResult:
    """Verify what the provider answers, and take its code out of the address bar."""
    proved = client().proved(request.args, site_url("identity.answer"))
    if isinstance(proved, Failure):
        return failure_page(proved)
    session[PROVED_KEY] = proved.claims
    return redirect(url_for("identity.proceed"), 303)


@blueprint.route("/continuer", methods=["GET", "POST"])
def proceed() -> ViewResult:
    """Open the account of the proved identity, bound at its first use."""
    name, form, proved = settings().name, IdentityForm(), ProvedIdentity.of(session.get(PROVED_KEY))
    if proved is None:
        return redirect(url_for("accounts.sign_in"), 303)
    if not form.is_sent():
        return render_template("identity/proceed.html", form=form, name=name, email=proved.email)
    session.pop(PROVED_KEY)
    user, form.next.data = user_of_identity(db.session(), proved, name), proved.next
    if user is None:
        db.session.commit()
        return sign_in_page(SignInForm(formdata=None), IDENTITY_REFUSED), 403
    if user.has_second_factor and not proved.has_two_factors:
        return ask_code(user, form, farewell=proved.hint)
    at, two_factors = proved.authenticated_at, proved.has_two_factors
    return complete_sign_in(user, form, proved_at=at, two_factors=two_factors, farewell=proved.hint)


@blueprint.get("/fin")
def farewell() -> ViewResult:
    """Say that one is signed out here, and lead to where one is still signed in."""
    return render_template("identity/farewell.html", name=settings().name)


@blueprint.get("/terminer")
def end() -> ViewResult:
    address = client().farewell(str(session.pop(FAREWELL_KEY, "")), site_url("accounts.sign_in"))
    return failure_page(address) if isinstance(address, Failure) else redirect(address or url_for("accounts.sign_in"))


def failure_page(failure: Failure) -> tuple[str, int]:
    return sign_in_page(SignInForm(formdata=None), failure.label), failure.code


def site_url(endpoint: str, **values: Any) -> str:
    """Return an address of ours as it is registered at the provider: the host of the request does not count."""
    return str(current_app.config["PUBLIC_URL"]) + url_for(endpoint, **values)


def settings() -> IdentityProvider:
    """Return the settings of the provider; 404 where there is none."""
    provider: IdentityProvider | None = current_app.config["IDENTITY_PROVIDER"]
    return provider or abort(404)


def client() -> "ProviderClient":
    """Return the process's client of the provider, which alone imports authlib and requests; 404 without one."""
    provider = settings()
    cached = current_app.extensions.get(EXTENSION)
    if cached is None or cached.settings is not provider:
        from app.accounts.identities.client import ProviderClient

        cached = current_app.extensions[EXTENSION] = ProviderClient(provider)
    found: ProviderClient = cached
    return found
