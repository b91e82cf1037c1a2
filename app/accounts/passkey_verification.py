"""Verification of what passkeys sign (WebAuthn): the only importer of webauthn.

It brings 13 MB of cryptography with it, so `passkeys.py` loads it when there is a signature to verify, and not before.
"""

import webauthn
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.registration.verify_registration_response import VerifiedRegistration

from app.accounts.models import Passkey

# What the library raises of an answer that does not hold, or is none.
WRONG = (WebAuthnException, ValueError, KeyError, TypeError)


def verify_registration(credential: str, question: bytes, host: str, origin: str) -> VerifiedRegistration | None:
    """Return the key that a device has just made for a host; None if its answer to the question does not hold."""
    try:
        return webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=question,
            expected_rp_id=host,
            expected_origin=origin,
            require_user_verification=True,
        )
    except WRONG:
        return None


def verify_authentication(
    credential: str, question: bytes, passkey: Passkey, host: str, origin: str
) -> VerifiedAuthentication | None:
    """Return what the device of a passkey signed for a host; None if its answer to the question does not hold."""
    try:
        return webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=question,
            expected_rp_id=host,
            expected_origin=origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except WRONG:
        return None
