"""Passkeys (WebAuthn level 2): a key per site, in the user's device; nothing to type or to phish.

The device asks for a fingerprint or a PIN, so a passkey is two factors at once. The challenge in a page is signed
and dated, and used up by its answer: making one stores nothing. webauthn is imported where there is a signature to
verify: it brings 13 MB of cryptography.
"""

import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, request
from itsdangerous import BadData, base64_decode, base64_encode
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app import tokens
from app.accounts import login_attempts, second_factor
from app.accounts.models import Passkey, User
from app.audit import Actor, AuditEvent, Kind
from app.db import now
from app.tokens import Token

# Its claims: what it is for, when it was made, in seconds, and what makes it the only one.
CHALLENGE = Token("passkey", claims=(str, int, str))
CHALLENGE_PERIOD = 12 * 3600  # seconds: as long as a session may be idle
SIGN_IN, REGISTRATION = "entry", "new"
TIMEOUT = 60_000  # milliseconds, for the browser to wait for the device
# Ed25519, ECDSA and RSA, each with SHA-256, by their numbers in IANA's COSE registry.
ALGORITHMS = (-8, -7, -257)


class PasskeyRefused(Exception):
    """The browser's credential is malformed, unknown, or answers no challenge of ours."""


def relying_party() -> tuple[str, str]:
    address = urlsplit(current_app.config["PUBLIC_URL"])
    return address.hostname or "", f"{address.scheme}://{address.netloc}"


def passkeys_possible() -> bool:
    """Whether passkeys can exist here: a site needs a name, and TLS unless that name is localhost.

    Under another name of the same site, browsers refuse them.
    """
    host, origin = relying_party()
    if request.host != urlsplit(origin).netloc:
        return False
    try:
        ip_address(host)
    except ValueError:
        return host == "localhost" or origin.startswith("https:")
    return False


def new_challenge(purpose: str) -> bytes:
    return CHALLENGE.make(purpose, int(time.time()), secrets.token_urlsafe(16)).encode()


def answered_challenge(session: Session, credential: str, purpose: str) -> bytes:
    """Return the challenge of a credential; raise `PasskeyRefused` if it is not ours, too old or used."""
    try:
        client_data = json.loads(credential)["response"]["clientDataJSON"]
        challenge = base64_decode(json.loads(base64_decode(client_data))["challenge"])
        signed_purpose, signed_at, _ = CHALLENGE.read(challenge.decode())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, BadData):
        raise PasskeyRefused from None
    is_ours = signed_purpose == purpose and signed_at >= time.time() - CHALLENGE_PERIOD
    if not is_ours or not login_attempts.is_first_attempt(session, "challenge", challenge.decode()):
        raise PasskeyRefused
    return challenge


def sign_in_options() -> str:
    challenge = base64_encode(new_challenge(SIGN_IN)).decode()
    site = {"timeout": TIMEOUT, "rpId": relying_party()[0], "userVerification": "required"}
    return json.dumps({"challenge": challenge, **site})


def registration_options(user: User) -> str:
    """Return the options to create a passkey: `PublicKeyCredentialCreationOptionsJSON`."""
    owner_handle = tokens.lasting_digest("passkey-owner", str(user.id))
    device = {"residentKey": "required", "requireResidentKey": True, "userVerification": "required"}
    return json.dumps(
        {
            "rp": {"id": relying_party()[0], "name": current_app.config["SITE_NAME"]},
            "user": {"id": base64_encode(owner_handle).decode(), "name": user.email, "displayName": user.name},
            "challenge": base64_encode(new_challenge(f"{REGISTRATION} {user.id}")).decode(),
            "pubKeyCredParams": [{"type": "public-key", "alg": algorithm} for algorithm in ALGORITHMS],
            "timeout": TIMEOUT,
            "excludeCredentials": [{"type": "public-key", "id": each.credential_id} for each in user.passkeys],
            "authenticatorSelection": device,
            "attestation": "none",
        }
    )


def add_passkey(session: Session, user: User, credential: str, name: str) -> None:
    """Add a new passkey to an account; raise `PasskeyRefused` if the credential is invalid."""
    import webauthn

    expected = expectations(answered_challenge(session, credential, f"{REGISTRATION} {user.id}"))
    with invalid_refused():
        verified = webauthn.verify_registration_response(credential=credential, **expected)
    credential_id = base64_encode(verified.credential_id).decode()
    if session.scalar(with_credential(credential_id)) is not None:
        raise PasskeyRefused
    public_key, sign_count = verified.credential_public_key, verified.sign_count
    user.passkeys.append(Passkey(name=name, credential_id=credential_id, public_key=public_key, sign_count=sign_count))
    session.add(AuditEvent.of(Kind.PASSKEY_ADDED, Actor.editor(user.id), account_id=user.id))
    second_factor.notify_owner(session, user, "Une clé d’accès vient d’y être ajoutée.")


def remove_passkey(session: Session, user: User, passkey: Passkey) -> None:
    user.passkeys.remove(passkey)
    session.add(AuditEvent.of(Kind.PASSKEY_REMOVED, Actor.editor(user.id), account_id=user.id))
    second_factor.notify_owner(session, user, "Une clé d’accès vient d’en être retirée.")


def user_by_passkey(session: Session, credential: str) -> User:
    """Return the active user whose passkey signed a credential; raise `PasskeyRefused` without one."""
    import webauthn

    expected = expectations(answered_challenge(session, credential, SIGN_IN))
    passkey = session.scalar(with_credential(str(json.loads(credential).get("id"))).with_for_update(of=Passkey))
    if passkey is None or not passkey.user.is_active:
        raise PasskeyRefused
    expected |= {"credential_public_key": passkey.public_key, "credential_current_sign_count": passkey.sign_count}
    with invalid_refused():
        verified = webauthn.verify_authentication_response(credential=credential, **expected)
    passkey.sign_count = verified.new_sign_count
    passkey.used_at = now()
    return passkey.user


def expectations(challenge: bytes) -> dict[str, Any]:
    host, origin = relying_party()
    site = {"expected_rp_id": host, "expected_origin": origin}
    return {"expected_challenge": challenge, **site, "require_user_verification": True}


@contextmanager
def invalid_refused() -> Iterator[None]:
    """Raise `PasskeyRefused` for what the library raises: a signature that does not hold, a malformed answer."""
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        yield
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise PasskeyRefused from None


def with_credential(credential_id: str) -> Select[Passkey]:
    return select(Passkey).where(Passkey.credential_id == credential_id)
