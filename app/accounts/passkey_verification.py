"""Verification of passkey signatures: the only importer of webauthn.

It brings 13 MB of cryptography, so `passkeys.py` imports it where there is a signature to verify.
"""

import webauthn
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.registration.verify_registration_response import VerifiedRegistration

from app.accounts.models import Passkey

# Errors of the library for an invalid or malformed answer.
INVALID = (WebAuthnException, ValueError, KeyError, TypeError)


def verify_registration(credential: str, challenge: bytes, host: str, origin: str) -> VerifiedRegistration | None:
    """Return a device's new key; None if its answer to the challenge is invalid."""
    try:
        return webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=host,
            expected_origin=origin,
            require_user_verification=True,
        )
    except INVALID:
        return None


def verify_authentication(
    credential: str, challenge: bytes, passkey: Passkey, host: str, origin: str
) -> VerifiedAuthentication | None:
    """Return the verified answer of a passkey's device; None if it is invalid."""
    try:
        return webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=host,
            expected_origin=origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except INVALID:
        return None
