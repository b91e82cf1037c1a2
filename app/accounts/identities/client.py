"""Client of an OpenID provider: authlib's Flask integration, and the checks that it leaves out.

The only importer of authlib and requests. Every answer is bounded in time and size, no redirection is followed, and two
threads of a process at most wait for the provider: one that is slow delays those who sign in by it, and nobody else.
"""

import json
import re
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from authlib.integrations.requests_client import OAuth2Session
from flask import current_app, session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError
from werkzeug.datastructures import MultiDict

from app.accounts.bound_identities import LEEWAY, Failure, ProvedIdentity, is_recent, past_moment, usual_address
from app.timeouts import given_within
from config import IdentityProvider

PATIENCE = 3  # seconds, for a turn, a connection, and each part of an answer
LONGEST_ANSWER = 5  # seconds, for the whole of one; a sign-in asks for five at most
LARGEST_ANSWER = 256 * 1024  # bytes
CACHE_PERIOD = 3600  # seconds, of what the provider says of itself, and of its keys
LONGEST_HINT = 2_000  # signs: with the rest of the session a cookie holds 4,096
TURNS = threading.BoundedSemaphore(2)  # threads of one process

REQUEST_KEY = "identity-request"  # in the browser's signed cookie

# Signatures that only the provider can make: a shared secret would let any reader of our settings make them too.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]

# Any other member of the metadata would be an option of authlib's session.
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "end_session_endpoint")

SUBJECT = re.compile(r"[ -~]{1,255}")  # OpenID Connect Core 1.0, 2
CODE = re.compile(r"[a-z_ ]{1,40}")  # of an error (RFC 6749, 5.2), or our own words

Asked = ParamSpec("Asked")
Result = TypeVar("Result")


class Unavailable(Exception):
    """The provider is slow, or answers what no provider would."""


class Unproved(Exception):
    """The answer is not that of the request, or proves nothing."""


UNPROVED = (Unproved, JoseError, AuthlibBaseError)
# What a provider that is away, and a document of another shape than the standard's, lead to.
UNAVAILABLE = (Unavailable, HTTPError, OSError, RuntimeError, ValueError, LookupError, TypeError, AttributeError)


class BoundedAdapter(HTTPAdapter):
    """Reads whole answers: the time-outs of requests bound each part only."""

    def send(self, request: PreparedRequest, *_arguments: Any, **options: Any) -> Response:
        if not TURNS.acquire(timeout=PATIENCE):
            raise Unavailable("others wait for it")
        # One that is late keeps its turn: threads that wait for the provider stay few.
        return given_within(LONGEST_ANSWER, lambda: self.whole_answer(request, options), TURNS.release)

    def whole_answer(self, request: PreparedRequest, options: Mapping[str, Any]) -> Response:
        response = super().send(request, **{**options, "timeout": PATIENCE, "stream": True})
        body = response.raw.read(LARGEST_ANSWER + 1, decode_content=True)
        response.close()
        if len(body) > LARGEST_ANSWER:
            raise Unavailable("it answers too much")
        response._content = body  # noqa: SLF001  # where requests keeps what it has read
        return response


def bounded_session(**options: Any) -> OAuth2Session:
    session = OAuth2Session(**options)
    session.max_redirects = 0
    session.adapters.clear()
    session.mount(f"{options['issuer'].partition(':')[0]}://", BoundedAdapter())
    return session


def attempted(act: Callable[Asked, Result]) -> Callable[Asked, Result | Failure]:
    """Return an act that gives its result, or why there is none, which is logged for the owner."""

    @wraps(act)
    def attempt(*arguments: Asked.args, **options: Asked.kwargs) -> Result | Failure:
        try:
            return act(*arguments, **options)
        except (*UNPROVED, *UNAVAILABLE) as error:
            failure = Failure.UNPROVED if isinstance(error, UNPROVED) else Failure.UNAVAILABLE
            current_app.logger.warning("the identity provider: %s (%s)", failure.value, described(error))
            return failure

    return attempt


class ProviderClient:
    """The client of one provider, with the metadata and the keys read from it; an unknown key has them read again."""

    def __init__(self, settings: IdentityProvider) -> None:
        self.settings = settings
        self.cached: Any = None

    def remote(self) -> Any:
        """Return authlib's client, once what the provider says of itself is read (Discovery 1.0), and fits."""
        if self.cached is None or time.time() - self.cached.server_metadata["_loaded_at"] > CACHE_PERIOD:
            remote = OAuth(current_app).register(
                "identity",
                client_id=self.settings.client_id,
                client_secret=self.settings.client_secret,
                server_metadata_url=f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration",
                # The token of ProConnect lasts a minute, which authlib would count as over.
                client_kwargs={"scope": "openid email", "issuer": self.settings.issuer, "leeway": 0},
            )
            remote.client_cls = bounded_session
            told = remote.load_server_metadata()
            if told["issuer"] != self.settings.issuer:
                raise Unavailable("it names another issuer")
            remote.authorize_params = self.requested_factors(told)
            if "S256" in told.get("code_challenge_methods_supported", []):
                remote.client_kwargs["code_challenge_method"] = "S256"
            if "client_secret_post" in told.get("token_endpoint_auth_methods_supported", []):
                remote.client_kwargs["token_endpoint_auth_method"] = "client_secret_post"  # noqa: S105  # its name
            endpoints = {name: told[name] for name in ENDPOINTS if told.get(name)}
            if any(each.partition(":")[0] != self.settings.issuer.partition(":")[0] for each in endpoints.values()):
                raise Unavailable("an address has another scheme than its own")
            lasting = {"_loaded_at": told["_loaded_at"], **endpoints}
            remote.server_metadata = {**lasting, "id_token_signing_alg_values_supported": ALGORITHMS}
            self.cached = remote
        return self.cached

    def requested_factors(self, told: Mapping[str, Any]) -> dict[str, str]:
        """Return the parameter that asks for two factors, or for the levels set; none where nobody asks."""
        levels = self.settings.levels
        if not told.get("claims_parameter_supported"):
            return {"acr_values": " ".join(levels)} if levels else {}
        acr = {"acr": {"essential": True, "values": levels}} if levels else {}
        amr = {"amr": {"essential": True}} if self.settings.trusts_mfa else {}
        return {"claims": json.dumps({"id_token": acr | amr})} if acr or amr else {}

    @attempted
    def begin(self, path: str | None, redirect_uri: str) -> str:
        """Return the address of the provider's page that asks somebody who they are; its answer leads to a path."""
        drawn = {name: secrets.token_urlsafe(32) for name in ("state", "nonce")}
        asked = self.remote().create_authorization_url(redirect_uri, **drawn)
        address = str(asked.pop("url"))
        session[REQUEST_KEY] = {**asked, "asked_at": int(time.time()), "next": path or ""}
        return address

    @attempted
    def proved(self, answer: MultiDict[str, str], redirect_uri: str) -> ProvedIdentity:
        """Exchange the provider's answer for the identity that it proves."""
        asked = session.pop(REQUEST_KEY, None)
        if not asked or asked["state"] != answer.get("state") or not is_recent(asked["asked_at"]):
            raise Unproved("state")
        if answer.get("iss", self.settings.issuer) != self.settings.issuer:  # RFC 9207
            raise Unproved("iss")
        if not answer.get("code"):
            raise Unproved("no code")
        token = self.remote().fetch_access_token(
            redirect_uri, code=answer["code"], code_verifier=asked.get("code_verifier")
        )
        claims = self.id_token(token, asked["nonce"])
        people = claims if "email" in claims else self.people(token, claims["sub"])
        return ProvedIdentity(
            issuer=self.settings.issuer,
            subject=claims["sub"],
            email=self.verified_email(people),
            has_two_factors=self.has_two_factors(claims),
            authenticated_at=past_moment(claims.get("auth_time")),
            proof=secrets.token_urlsafe(16),
            proved_at=int(time.time()),
            next=asked["next"],
            hint=token["id_token"] if len(token["id_token"]) <= LONGEST_HINT else "",
        )

    @attempted
    def farewell(self, hint: str, redirect_uri: str) -> str:
        """Return the address that ends somebody's session at the provider; empty where it has none."""
        if "end_session_endpoint" not in self.remote().server_metadata:
            return ""
        known = {"id_token_hint": hint} if hint else {"client_id": self.settings.client_id}
        return str(self.remote().create_logout_url(redirect_uri, **known)["url"])

    def fault(self) -> str:
        """Ask the provider what it says of itself, and for its keys; return why it cannot be used, if it cannot."""
        try:
            self.keys()
        except (*UNPROVED, *UNAVAILABLE) as error:
            return described(error)
        return ""

    def keys(self) -> KeySet:
        return KeySet.import_key_set(self.remote().fetch_jwk_set())

    def id_token(self, token: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        """Return the claims of the ID token, all checked (OpenID Connect Core 1.0, 3.1.3.7)."""
        options = {
            "iss": {"essential": True, "value": self.settings.issuer},
            "aud": {"essential": True, "value": self.settings.client_id},
            "sub": {"essential": True, "validate": lambda _, subject: SUBJECT.fullmatch(subject)},
            "nonce": {"essential": True, "value": nonce},
        }
        claims: Mapping[str, Any] | None = self.remote().parse_id_token(token, nonce, options, leeway=LEEWAY)
        if claims is None:
            raise Unavailable("it gives no token")
        return claims

    def people(self, token: Mapping[str, Any], subject: str) -> Mapping[str, Any]:
        """Return what the provider tells of somebody at its other address, plain or signed; none where it has none."""
        if "userinfo_endpoint" not in self.remote().server_metadata:
            return {}
        response = self.remote().get(self.remote().server_metadata["userinfo_endpoint"], token=token)
        response.raise_for_status()
        if response.headers.get("Content-Type", "").partition(";")[0].strip() == "application/jwt":
            registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
            claims = jwt.decode(response.text, self.keys(), registry=registry).claims
        else:
            claims = response.json()
        if claims["sub"] != subject or claims.get("iss", self.settings.issuer) != self.settings.issuer:
            raise Unproved("userinfo")
        return dict(claims)

    def verified_email(self, people: Mapping[str, Any]) -> str:
        """Return an address that the provider has verified, in lower case; else an empty string.

        One that says nothing of it is believed if the owner has said so; one that says no never is.
        """
        says, email = people.get("email_verified"), people.get("email")
        is_verified = says in {True, "true"} or (says is None and self.settings.trusts_email)
        return usual_address(email) if is_verified and isinstance(email, str) else ""

    def has_two_factors(self, claims: Mapping[str, Any]) -> bool:
        """Whether the provider says that somebody proved two factors (RFC 8176), or gives a level that counts."""
        says_so = self.settings.trusts_mfa and "mfa" in (claims.get("amr") or [])
        return says_so or claims.get("acr") in self.settings.levels


def described(error: Exception) -> str:
    """Return the kind of an error, with our own words or the standard's code: those of others may name somebody."""
    known = str(error) if isinstance(error, Unproved | Unavailable) else str(getattr(error, "error", ""))
    return f"{type(error).__name__} {known}" if CODE.fullmatch(known) else type(error).__name__
