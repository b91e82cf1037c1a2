"""The client of an OpenID provider: discovery, authorization code, tokens. The only importer of authlib and requests.

Every answer is bounded in time and size, no redirection is followed, and two threads of a process at most wait for the
provider: one that is slow delays those who sign in by it, and nobody else.
"""

import hmac
import json
import re
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlencode

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.claims import ClaimsOption
from authlib.oidc.core import CodeIDToken
from flask import current_app
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.exceptions import ReadTimeout, RequestException
from urllib3.exceptions import HTTPError
from werkzeug.datastructures import MultiDict

from app.accounts.identities.proofs import LEEWAY, Failure, ProvedIdentity, SignInRequest, past_moment, usual_address
from app.patience import given_within
from config import IdentityProvider

PATIENCE = 3  # seconds, for a connection and for each part of an answer
LONGEST_ANSWER = 6  # seconds, for the whole of one, once its headers are there
LONGEST_ACT = 20  # seconds, for all that is asked at one step of a sign-in
LARGEST_ANSWER = 256 * 1024  # bytes
CHUNK = 16 * 1024  # bytes
KEPT_PERIOD = 3600  # seconds
LONGEST_HINT = 2_000  # signs: with the rest of the session a cookie holds 4,096
TURNS = 2  # threads of one process

# Signatures that only the provider can make: a shared secret would let whoever reads our settings make them too.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]

# The value of `amr` for several factors (RFC 8176).
SEVERAL_FACTORS = "mfa"

SUBJECT = re.compile(r"[ -~]{1,255}")  # OpenID Connect Core 1.0, 2

CODE = re.compile(r"[a-z_ ]{1,40}")  # of an error (RFC 6749, 5.2), or our own words

Result = TypeVar("Result")
Proved = ProvedIdentity | Failure


class Unavailable(Exception):
    """The provider is down, slow, or answers what no provider would."""


class Unproved(Exception):
    """The answer is not that of the request, or proves nothing."""


# What a provider that is away, and a document of another shape than the standard's, lead to.
UNAVAILABLE = (
    Unavailable,
    RequestException,
    HTTPError,
    TimeoutError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
)


class ProviderClient:
    """The client of one provider, with what it has read of it: kept an hour, the keys read anew for an unknown one."""

    def __init__(self, settings: IdentityProvider) -> None:
        self.settings = settings
        self.turns = threading.BoundedSemaphore(TURNS)
        self.kept: dict[str, tuple[float, dict[str, Any]]] = {}

    def address(self, asked: SignInRequest, redirect_uri: str) -> str | Failure:
        """Return the address of the provider's page that asks somebody who they are."""
        return self.attempt(lambda: self.composed_address(asked, redirect_uri))

    def proved(self, asked: SignInRequest | None, answer: MultiDict[str, str], redirect_uri: str) -> Proved:
        """Exchange the provider's answer for the identity that it proves."""
        return self.attempt(lambda: self.exchanged(asked, answer, redirect_uri))

    def farewell(self, hint: str, redirect_uri: str) -> str | Failure:
        """Return the address that ends somebody's session at the provider; empty where it has none."""
        return self.attempt(lambda: self.composed_farewell(hint, redirect_uri))

    def fault(self) -> str:
        """Ask the provider what it says of itself, and for its keys; return why it cannot be used, if it cannot."""
        try:
            self.keys()
        except (*UNAVAILABLE, JoseError) as error:
            return described(error)
        return ""

    def attempt(self, act: Callable[[], Result]) -> Result | Failure:
        """Return what an act gives, or why it does not, which is logged for the owner."""
        failure, reason = Failure.UNAVAILABLE, "others wait for it"
        if self.turns.acquire(timeout=PATIENCE):
            try:
                # One that is late keeps its turn: threads that wait for the provider stay few.
                return given_within(LONGEST_ACT, act, self.turns.release)
            except (Unproved, JoseError, AuthlibBaseError) as error:
                failure, reason = Failure.UNPROVED, described(error)
            except UNAVAILABLE as error:
                reason = described(error)
        current_app.logger.warning("the identity provider: %s (%s)", failure.value, reason)
        return failure

    def composed_address(self, asked: SignInRequest, redirect_uri: str) -> str:
        metadata = self.metadata()
        extra = {"code_verifier": asked.verifier} if self.settings.pkce else {}
        extra |= {"state": asked.state, "nonce": asked.nonce, **self.requested_factors(metadata)}
        with self.session(redirect_uri) as session:
            return str(session.create_authorization_url(metadata["authorization_endpoint"], **extra)[0])

    def requested_factors(self, metadata: Mapping[str, Any]) -> dict[str, str]:
        """Return the parameter that asks for two factors, or for the levels set; none where nobody asks."""
        levels = list(self.settings.acr_values)
        if metadata.get("claims_parameter_supported"):
            acr = {"acr": {"essential": True, "values": levels}} if levels else {}
            amr = {"amr": {"essential": True}} if self.settings.second_factor else {}
            return {"claims": json.dumps({"id_token": acr | amr})} if acr or amr else {}
        return {"acr_values": " ".join(levels)} if levels else {}

    def exchanged(self, asked: SignInRequest | None, answer: MultiDict[str, str], redirect_uri: str) -> ProvedIdentity:
        if asked is None or not hmac.compare_digest(asked.state.encode(), answer.get("state", "").encode()):
            raise Unproved("state")
        if answer.get("iss", self.settings.issuer) != self.settings.issuer:  # RFC 9207
            raise Unproved("iss")
        if not answer.get("code"):
            raise Unproved("no code")
        metadata = self.metadata()
        extra = {"code_verifier": asked.verifier} if self.settings.pkce else {}
        with self.session(redirect_uri, metadata) as session:
            token = session.fetch_token(metadata["token_endpoint"], code=answer["code"], **extra)
            claims = self.id_token(token, asked.nonce)
            people = claims if "email" in claims else self.people(session, metadata, claims["sub"])
        hint = token["id_token"] if len(token["id_token"]) <= LONGEST_HINT else ""
        return ProvedIdentity(
            issuer=self.settings.issuer,
            subject=claims["sub"],
            email=self.verified_email(people),
            has_two_factors=self.settings.second_factor and self.has_two_factors(claims),
            authenticated_at=past_moment(claims.get("auth_time")),
            proof=secrets.token_urlsafe(16),
            proved_at=int(time.time()),
            next=asked.next,
            hint=hint,
        )

    def id_token(self, token: Mapping[str, Any], nonce: str) -> CodeIDToken:
        """Return the claims of the ID token, all checked (OpenID Connect Core 1.0, 3.1.3.7)."""
        signed = self.verified(token["id_token"])
        options: dict[str, ClaimsOption] = {
            "iss": {"essential": True, "value": self.settings.issuer},
            "aud": {"essential": True, "value": self.settings.client_id},
            "sub": {"essential": True},
            "nonce": {"essential": True, "value": nonce},
        }
        params = {"nonce": nonce, "client_id": self.settings.client_id, "access_token": token["access_token"]}
        claims = CodeIDToken(signed.claims, signed.header, options, params)
        claims.validate(leeway=LEEWAY)
        if not isinstance(claims["sub"], str) or not SUBJECT.fullmatch(claims["sub"]):
            raise Unproved("sub")
        return claims

    def verified(self, text: str) -> jwt.Token:
        """Return a signed token, once its signature is checked by one of the provider's keys."""
        registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
        try:
            return jwt.decode(text, self.keys(), registry=registry)
        except InvalidKeyIdError:  # the provider has changed its keys
            self.kept.pop(self.metadata()["jwks_uri"], None)
            return jwt.decode(text, self.keys(), registry=registry)

    def people(self, session: OAuth2Session, metadata: Mapping[str, Any], subject: str) -> Mapping[str, Any]:
        """Return what the provider tells of somebody at its other address, plain or signed; none where it has none."""
        if not metadata.get("userinfo_endpoint"):
            return {}
        response = session.get(metadata["userinfo_endpoint"])
        response.raise_for_status()
        if response.headers.get("Content-Type", "").partition(";")[0].strip() == "application/jwt":
            claims = self.verified(response.text).claims
            if claims.get("iss", self.settings.issuer) != self.settings.issuer:
                raise Unproved("userinfo iss")
        else:
            claims = response.json()
        if claims["sub"] != subject:
            raise Unproved("userinfo sub")
        return dict(claims)

    def verified_email(self, people: Mapping[str, Any]) -> str:
        """Return an address that the provider has verified, in lower case; else an empty string.

        One that says nothing of it is believed if the owner has said so; one that says no never is.
        """
        says, email = people.get("email_verified"), people.get("email")
        is_verified = says in {True, "true"} or (says is None and self.settings.trusts_email)
        return usual_address(email) if is_verified and isinstance(email, str) else ""

    def has_two_factors(self, claims: Mapping[str, Any]) -> bool:
        """Whether the provider says that somebody proved two factors: by a level that was asked for, or by `amr`."""
        levels = self.settings.acr_values
        return claims.get("acr") in levels if levels else SEVERAL_FACTORS in (claims.get("amr") or [])

    def composed_farewell(self, hint: str, redirect_uri: str) -> str:
        endpoint = self.metadata().get("end_session_endpoint", "")
        known = {"id_token_hint": hint} if hint else {"client_id": self.settings.client_id}
        extra = {"post_logout_redirect_uri": redirect_uri, "state": secrets.token_urlsafe(32)}
        separator = "&" if "?" in endpoint else "?"
        return f"{endpoint}{separator}{urlencode(known | extra)}" if endpoint else ""

    def metadata(self) -> dict[str, Any]:
        """Return what the provider says of itself (OpenID Connect Discovery 1.0)."""
        metadata = self.read(f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration")
        if metadata.get("issuer") != self.settings.issuer:
            raise Unavailable("it names another issuer")
        scheme = self.settings.issuer.partition(":")[0]
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"):
            address = metadata.get(name, "" if name == "userinfo_endpoint" else None)
            if not isinstance(address, str) or (address and not address.startswith((f"{scheme}://", "https://"))):
                raise Unavailable(f"it has no {name}")
        return metadata

    def keys(self) -> KeySet:
        return KeySet.import_key_set(self.read(self.metadata()["jwks_uri"]))  # type: ignore[arg-type]  # checked there

    def read(self, address: str) -> dict[str, Any]:
        """Return a document of the provider's, kept for an hour."""
        read_at, document = self.kept.get(address, (0.0, {}))
        if time.monotonic() - read_at > KEPT_PERIOD or not document:
            with self.session() as session:
                response = session.request("GET", address, withhold_token=True)
            response.raise_for_status()
            document = response.json()
            if not isinstance(document, dict):
                raise Unavailable("no document")
            self.kept[address] = time.monotonic(), document
        return document

    def session(self, redirect_uri: str = "", metadata: Mapping[str, Any] | None = None) -> OAuth2Session:
        methods = (metadata or {}).get("token_endpoint_auth_methods_supported") or []
        session = OAuth2Session(
            self.settings.client_id,
            self.settings.client_secret,
            token_endpoint_auth_method="client_secret_post"
            if "client_secret_post" in methods
            else "client_secret_basic",
            scope=" ".join(self.settings.scopes),
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
        )
        session.max_redirects = 0
        for prefix in ("https://", "http://"):
            session.mount(prefix, BoundedAdapter())
        return session


def described(error: Exception) -> str:
    """Return the kind of an error, with our own words or the standard's code: those of others may name somebody."""
    known = str(error) if isinstance(error, Unproved | Unavailable) else str(getattr(error, "error", ""))
    return f"{type(error).__name__} {known}" if CODE.fullmatch(known) else type(error).__name__


class BoundedAdapter(HTTPAdapter):
    """Reads whole answers, within a bound of time and of size: the time-outs of requests bound each part only."""

    def send(self, request: PreparedRequest, *_arguments: Any, **options: Any) -> Response:
        deadline = time.monotonic() + LONGEST_ANSWER
        response = super().send(request, **(options | {"timeout": PATIENCE, "stream": True}))
        body = b""
        while part := response.raw.read1(CHUNK, decode_content=True):
            body += part
            if len(body) > LARGEST_ANSWER or time.monotonic() > deadline:
                response.close()
                raise ReadTimeout(request=request)
        response._content = body  # noqa: SLF001  # where requests keeps what it has read
        return response
