"""Passkeys (WebAuthn level 2): a key per site that a device uses for its owner alone; nothing to type or to phish.

A passkey asks its device for a fingerprint or a code, and so is two factors at once. The challenge in a page is
signed and dated, and spent when it is answered: nothing is stored to make one.
"""

import json
import secrets
import time
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import current_app
from itsdangerous import BadData, base64_decode, base64_encode
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app import tokens
from app.accounts import login_attempts, second_factor
from app.accounts.models import Passkey, User
from app.audit import Actor, AuditEvent, Kind
from app.db import now

CHALLENGE_PERIOD = 12 * 3600  # seconds: a page may stay open as long as a session may rest

SIGN_IN, REGISTRATION = "entry", "new"

PATIENCE = 60_000  # milliseconds: how long the browser waits for the device
# Ed25519, ECDSA and RSA, each with SHA-256, by their numbers in IANA's COSE registry: what `signatures` can verify.
ALGORITHMS = (-8, -7, -257)


class PasskeyRefused(Exception):
    """What the browser sent is not the answer of a passkey that we know to a question that we asked."""


def relying_party() -> tuple[str, str]:
    """Return the site passkeys belong to, and the origin they are used from."""
    address = urlsplit(current_app.config["PUBLIC_URL"])
    return address.hostname or "", f"{address.scheme}://{address.netloc}"


def passkeys_possible() -> bool:
    """Say whether passkeys can exist here: a site needs a name, and TLS unless that name is localhost."""
    host, origin = relying_party()
    try:
        ip_address(host)
    except ValueError:
        return host == "localhost" or origin.startswith("https:")
    return False


def challenge(purpose: str) -> bytes:
    """Return a new question, which says by itself what it is for and when it was asked."""
    return tokens.sign_token("passkey", [purpose, int(time.time()), secrets.token_urlsafe(16)]).encode()


def answered_challenge(session: Session, credential: str, purpose: str) -> bytes:
    """Return the question an answer is to; raise `PasskeyRefused` if it is not ours, too old, or answered before."""
    try:
        told = json.loads(credential)["response"]["clientDataJSON"]
        question = base64_decode(json.loads(base64_decode(told))["challenge"])
        asked_for, asked_at, _ = tokens.read_token("passkey", question.decode())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, BadData, tokens.LinkRefused):
        raise PasskeyRefused from None
    if asked_for != purpose or asked_at < time.time() - CHALLENGE_PERIOD:
        raise PasskeyRefused
    if not login_attempts.is_first_attempt(session, "challenge", question.decode()):
        raise PasskeyRefused
    return question


def sign_in_options() -> str:
    """Return what the browser needs to sign someone in with a passkey: `PublicKeyCredentialRequestOptionsJSON`."""
    host, _ = relying_party()
    return json.dumps(
        {
            "challenge": base64_encode(challenge(SIGN_IN)).decode(),
            "timeout": PATIENCE,
            "rpId": host,
            "userVerification": "required",
        }
    )


def registration_options(user: User) -> str:
    """Return what the browser needs to make a passkey for an editor: `PublicKeyCredentialCreationOptionsJSON`."""
    host, _ = relying_party()
    owner_handle = tokens.keyed_digest("passkey-owner", str(user.id))
    return json.dumps(
        {
            "rp": {"id": host, "name": second_factor.ISSUER},
            "user": {"id": base64_encode(owner_handle).decode(), "name": user.email, "displayName": user.name},
            "challenge": base64_encode(challenge(f"{REGISTRATION} {user.id}")).decode(),
            "pubKeyCredParams": [{"type": "public-key", "alg": algorithm} for algorithm in ALGORITHMS],
            "timeout": PATIENCE,
            "excludeCredentials": [{"type": "public-key", "id": each.credential_id} for each in user.passkeys],
            "authenticatorSelection": {
                "residentKey": "required",
                "requireResidentKey": True,
                "userVerification": "required",
            },
            "attestation": "none",
        }
    )


def add_passkey(session: Session, user: User, credential: str, name: str) -> None:
    """Make a new passkey the user's; raise `PasskeyRefused` if the browser's answer does not hold."""
    from app.accounts.passkey_verification import verify_registration

    question = answered_challenge(session, credential, f"{REGISTRATION} {user.id}")
    made = verify_registration(credential, question, *relying_party())
    if made is None:
        raise PasskeyRefused
    credential_id = base64_encode(made.credential_id).decode()
    if session.scalar(with_credential(credential_id)) is not None:
        raise PasskeyRefused
    user.passkeys.append(
        Passkey(
            name=name,
            credential_id=credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
        )
    )
    session.add(AuditEvent.of(Kind.PASSKEY_ADDED, Actor.editor(user.id), account_id=user.id))
    second_factor.notify_owner(session, user, "Une clé d’accès vient d’y être ajoutée.")


def remove_passkey(session: Session, user: User, passkey: Passkey) -> None:
    """Forget a passkey; its owner is told."""
    user.passkeys.remove(passkey)
    session.add(AuditEvent.of(Kind.PASSKEY_REMOVED, Actor.editor(user.id), account_id=user.id))
    second_factor.notify_owner(session, user, "Une clé d’accès vient d’en être retirée.")


def owner_of(session: Session, credential: str) -> User:
    """Return the editor a passkey's answer proves; raise `PasskeyRefused` if it proves nobody who may enter."""
    from app.accounts.passkey_verification import verify_authentication

    question = answered_challenge(session, credential, SIGN_IN)
    passkey = session.scalar(with_credential(str(json.loads(credential).get("id"))).with_for_update(of=Passkey))
    if passkey is None or not passkey.user.is_active:
        raise PasskeyRefused
    signed = verify_authentication(credential, question, passkey, *relying_party())
    if signed is None:
        raise PasskeyRefused
    passkey.sign_count = signed.new_sign_count
    passkey.used_at = now()
    return passkey.user


def with_credential(credential_id: str) -> Select[Passkey]:
    """Select the passkey of a credential."""
    return select(Passkey).where(Passkey.credential_id == credential_id)
