"""The second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for when it is lost."""

import base64
import hmac
import secrets
import time

import pyotp
from flask import current_app
from sqlalchemy.orm import Session

from app import tokens
from app.accounts import mails, passwords
from app.accounts.models import RecoveryCode, User
from app.audit import Actor, AuditEvent, Kind
from app.db import now
from app.mail import outbox

SECRET_LENGTH = 20  # bytes
TIME_STEP = 30  # seconds
DRIFT = 1  # steps, either way: tolerance for the telephone's clock
RECOVERY_CODES = 10
# Crockford's alphabet without digits: no look-alikes; 10 signs make 45 bits.
ALPHABET = "abcdefghjkmnpqrstvwxyz"
CODE_LENGTH = 10  # signs


def new_nonce() -> str:
    return secrets.token_hex(16)


def new_secret(user: User, nonce: str) -> str:
    """Return the secret of an authenticator that is being set up, in Base32: 160 bits.

    It is derived from a nonce that waits in the browser's cookie, which is signed, and can be read: so is no secret.
    """
    return base64.b32encode(tokens.lasting_digest("totp", f"{user.id} {nonce}")[:SECRET_LENGTH]).decode()


def otpauth_uri(user: User, secret: str) -> str:
    return pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=current_app.config["SITE_NAME"])


def matching_counter(secret: str, code: str, *, after: int | None) -> int | None:
    """Return the time step of a code, if it is later than the last one used: a code is good once."""
    totp = pyotp.TOTP(secret)
    present = int(time.time()) // TIME_STEP
    for counter in range(present - DRIFT, present + DRIFT + 1):
        expected = totp.generate_otp(counter).encode()
        if (after is None or counter > after) and hmac.compare_digest(expected, code.encode()):
            return counter
    return None


def redeem_code(user: User, code: str) -> bool:
    """Check a code of either kind, and use it up. The caller holds the lock of the user's row."""
    signs = "".join(sign for sign in code.casefold() if sign.isalnum())
    if signs.isdecimal() and signs.isascii():
        counter = matching_counter(user.totp_secret, signs, after=user.totp_counter) if user.totp_secret else None
        user.totp_counter = user.totp_counter if counter is None else counter
        return counter is not None
    for recovery_code in user.recovery_codes if len(signs) == CODE_LENGTH else ():
        if recovery_code.used_at is None and passwords.matches(recovery_code.code_hash, signs):
            recovery_code.used_at = now()
            return True
    return False


def set_up_totp(session: Session, user: User, nonce: str, code: str) -> bool:
    """Associate an authenticator with the user if it gives the present code; return whether it did."""
    secret = new_secret(user, nonce)
    counter = matching_counter(secret, "".join(code.split()), after=None)
    if counter is None:
        return False
    user.totp_secret, user.totp_counter = secret, counter
    session.add(AuditEvent.of(Kind.SECOND_FACTOR_SET, Actor.editor(user.id), account_id=user.id))
    notify_owner(session, user, "Une application d’authentification vient d’y être associée.")
    return True


def new_recovery_codes(session: Session, user: User) -> list[str]:
    """Replace the recovery codes and return the new ones, to show once: they are stored as hashes."""
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH)) for _ in range(RECOVERY_CODES)]
    user.recovery_codes = [RecoveryCode(code_hash=passwords.hasher().hash(code)) for code in codes]
    session.add(AuditEvent.of(Kind.RECOVERY_CODES_MADE, Actor.editor(user.id), account_id=user.id))
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def reset_second_factor(session: Session, user: User, by: Actor) -> None:
    user.totp_secret = user.totp_counter = None
    user.passkeys, user.recovery_codes = [], []
    session.add(AuditEvent.of(Kind.SECOND_FACTOR_RESET, by, account_id=user.id))
    notify_owner(session, user, "Votre second facteur vient d’être retiré ; il vous en sera demandé un nouveau.")


def notify_owner(session: Session, user: User, words: str) -> None:
    outbox.enqueue(session, mails.SIGN_IN_CHANGED, to=user.email, words=words, account_link=None)
