"""What the devices of passkeys sign, verified: the only importer of webauthn.

It brings 13 MB of cryptography with it, so `passkeys.py` loads it when there is a signature to verify, and not before.
"""

import webauthn
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.registration.verify_registration_response import VerifiedRegistration

from app.accounts.models import Passkey
from app.accounts.passkeys import PasskeyRefused, site

# What the library raises of an answer that does not hold, or is none.
WRONG = (WebAuthnException, ValueError, KeyError, TypeError)


def of_new(credential: str, question: bytes) -> VerifiedRegistration:
    """Return the key a device has just made; raise `PasskeyRefused` if its answer to the question does not hold."""
    host, origin = site()
    try:
        return webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=question,
            expected_rp_id=host,
            expected_origin=origin,
            require_user_verification=True,
        )
    except WRONG:
        raise PasskeyRefused from None


def of_known(credential: str, question: bytes, passkey: Passkey) -> VerifiedAuthentication:
    """Return what the device of a passkey signed; raise `PasskeyRefused` if its answer does not hold."""
    host, origin = site()
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
        raise PasskeyRefused from None
