"""Passkeys (WebAuthn level 2): a key per site that a device uses for its owner alone; nothing to type or to phish.

A passkey asks its device for a fingerprint or a code, and so is two factors at once. The challenge in a page is
signed and dated, and spent when it is answered: nothing is stored to make one.
"""

import json
import secrets
import time
from ipaddress import ip_address
from urllib.parse import urlsplit

import webauthn
from flask import current_app
from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app import security
from app.accounts import attempts, factors
from app.accounts.models import Passkey, User
from app.audit import Actor, AuditEvent, Kind
from app.db import now

GOOD_FOR = 12 * 3600  # seconds: a page may stay open as long as a session may rest

ENTRY, NEW = "entry", "new"


class PasskeyRefused(Exception):
    """What the browser sent is not the answer of a passkey that we know to a question that we asked."""


def site() -> tuple[str, str]:
    """Return the site passkeys belong to, and the origin they are used from."""
    address = urlsplit(current_app.config["PUBLIC_URL"])
    return address.hostname or "", f"{address.scheme}://{address.netloc}"


def are_possible() -> bool:
    """Say whether passkeys can exist here: a site needs a name, and TLS unless that name is localhost."""
    host, origin = site()
    try:
        ip_address(host)
    except ValueError:
        return host == "localhost" or origin.startswith("https:")
    return False


def challenge(purpose: str) -> bytes:
    """Return a new question, which says by itself what it is for and when it was asked."""
    return security.sign("passkey", [purpose, int(time.time()), secrets.token_urlsafe(16)]).encode()


def question_answered(session: Session, credential: str, purpose: str) -> bytes:
    """Return the question an answer is to; raise `PasskeyRefused` if it is not ours, too old, or answered before."""
    try:
        told = json.loads(credential)["response"]["clientDataJSON"]
        question = bytes(parse_client_data_json(base64url_to_bytes(told)).challenge)
        asked_for, asked_at, _ = security.read("passkey", question.decode())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, WebAuthnException, security.LinkRefused):
        raise PasskeyRefused from None
    if asked_for != purpose or asked_at < time.time() - GOOD_FOR:
        raise PasskeyRefused
    if not attempts.is_first(session, "challenge", question.decode()):
        raise PasskeyRefused
    return question


def entry_options() -> str:
    """Return what the browser needs to sign someone in with a passkey, as JSON."""
    host, _ = site()
    options = webauthn.generate_authentication_options(
        rp_id=host, challenge=challenge(ENTRY), user_verification=UserVerificationRequirement.REQUIRED
    )
    return webauthn.options_to_json(options)


def new_options(user: User) -> str:
    """Return what the browser needs to make a passkey for an editor, as JSON."""
    host, _ = site()
    options = webauthn.generate_registration_options(
        rp_id=host,
        rp_name=factors.ISSUER,
        user_name=user.email,
        user_display_name=user.name,
        user_id=security.keyed("passkey-owner", str(user.id)),
        challenge=challenge(f"{NEW} {user.id}"),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=base64url_to_bytes(each.credential_id)) for each in user.passkeys
        ],
    )
    return webauthn.options_to_json(options)


def add(session: Session, user: User, credential: str, name: str) -> None:
    """Make a new passkey the user's; raise `PasskeyRefused` if the browser's answer does not hold."""
    question = question_answered(session, credential, f"{NEW} {user.id}")
    host, origin = site()
    try:
        made = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=question,
            expected_rp_id=host,
            expected_origin=origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise PasskeyRefused from None
    credential_id = bytes_to_base64url(made.credential_id)
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
    factors.tell(session, user, "Une clé d’accès vient d’y être ajoutée.")


def remove(session: Session, user: User, passkey: Passkey) -> None:
    """Forget a passkey; its owner is told."""
    user.passkeys.remove(passkey)
    session.add(AuditEvent.of(Kind.PASSKEY_REMOVED, Actor.editor(user.id), account_id=user.id))
    factors.tell(session, user, "Une clé d’accès vient d’en être retirée.")


def owner(session: Session, credential: str) -> User:
    """Return the editor a passkey's answer proves; raise `PasskeyRefused` if it proves nobody who may enter."""
    question = question_answered(session, credential, ENTRY)
    passkey = session.scalar(with_credential(str(json.loads(credential).get("id"))).with_for_update(of=Passkey))
    if passkey is None or not passkey.user.is_active:
        raise PasskeyRefused
    host, origin = site()
    try:
        answer = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=question,
            expected_rp_id=host,
            expected_origin=origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise PasskeyRefused from None
    passkey.sign_count = answer.new_sign_count
    passkey.used_at = now()
    return passkey.user


def with_credential(credential_id: str) -> Select[Passkey]:
    """Select the passkey of a credential."""
    return select(Passkey).where(Passkey.credential_id == credential_id)
