"""The second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for when it is lost."""

import base64
import hmac
import secrets
import time

import pyotp
from sqlalchemy.orm import Session

from app import tokens
from app.accounts import passwords
from app.accounts.models import RecoveryCode, User
from app.audit import Actor, AuditEvent, Kind
from app.db import now
from app.mail import outbox
from app.mail.messages import Message

ISSUER = "En regard"
STEP = 30  # seconds
DRIFT = 1  # steps: how far a telephone's clock may be off, either way
QUIET = 4  # modules of white around a QR code (ISO/IEC 18004)

RECOVERY_CODES = 10
# Crockford's alphabet less the digits: nothing that reads as something else, 10 signs make 45 bits.
ALPHABET = "abcdefghjkmnpqrstvwxyz"
CODE_LENGTH = 10  # signs


def new_nonce() -> str:
    """Return what a new authenticator's secret is made from."""
    return secrets.token_hex(16)


def secret_of(user: User, nonce: str) -> str:
    """Return the secret an authenticator app holds, in Base32: 160 bits, made from SECRET_KEY and stored nowhere."""
    return base64.b32encode(tokens.keyed_digest("totp", f"{user.id} {nonce}")[:20]).decode()


def otpauth_uri(user: User, nonce: str) -> str:
    """Return the secret as the address that authenticator apps read."""
    return pyotp.TOTP(secret_of(user, nonce)).provisioning_uri(name=user.email, issuer_name=ISSUER)


def draw_code(address: str) -> tuple[int, str]:
    """Return a QR code: its size in modules, and its dark ones as the data of an SVG path.

    What draws it is loaded here (docs/decisions/0012): an editor sets up an authenticator once.
    """
    import segno

    matrix = [list(row) for row in segno.make(address, error="m").matrix_iter(border=QUIET)]
    runs = []
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            start = x
            while x < len(row) and row[x]:
                x += 1
            if x > start:
                runs.append(f"M{start} {y}h{x - start}v1h-{x - start}z")
            x += 1
    return len(matrix), "".join(runs)


def counter_of(secret: str, code: str, *, after: int | None) -> int | None:
    """Return the time step whose code this is, if it is later than the last one used: a code is good once."""
    totp = pyotp.TOTP(secret)
    present = int(time.time()) // STEP
    for counter in range(present - DRIFT, present + DRIFT + 1):
        if (after is None or counter > after) and hmac.compare_digest(
            totp.generate_otp(counter).encode(), code.encode()
        ):
            return counter
    return None


def accepts(user: User, code: str) -> bool:
    """Say whether a code proves the user, and use it up. The caller holds the user's row."""
    signs = "".join(sign for sign in code.casefold() if sign.isalnum())
    if signs.isdecimal() and signs.isascii():
        return accepts_totp(user, signs)
    return len(signs) == CODE_LENGTH and accepts_recovery(user, signs)


def accepts_totp(user: User, code: str) -> bool:
    """Say whether six digits are the authenticator's of now, not used yet; use them up."""
    if user.totp_nonce is None:
        return False
    counter = counter_of(secret_of(user, user.totp_nonce), code, after=user.totp_counter)
    if counter is None:
        return False
    user.totp_counter = counter
    return True


def accepts_recovery(user: User, code: str) -> bool:
    """Say whether a code is one of the ten, not used yet; use it up."""
    for each in user.recovery_codes:
        if each.used_at is None and passwords.matches(each.code_hash, code):
            each.used_at = now()
            return True
    return False


def set_up_totp(session: Session, user: User, nonce: str, code: str) -> bool:
    """Make an authenticator the user's if it gives the code of now; say whether it did."""
    counter = counter_of(secret_of(user, nonce), "".join(code.split()), after=None)
    if counter is None:
        return False
    user.totp_nonce, user.totp_counter = nonce, counter
    session.add(AuditEvent.of(Kind.SECOND_FACTOR_SET, Actor.editor(user.id), account_id=user.id))
    notify_owner(session, user, "Une application d’authentification vient d’y être associée.")
    return True


def new_recovery_codes(session: Session, user: User) -> list[str]:
    """Replace the recovery codes, and return the new ones: they are shown once, and kept as hashes."""
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH)) for _ in range(RECOVERY_CODES)]
    user.recovery_codes = [RecoveryCode(code_hash=passwords.hasher().hash(code)) for code in codes]
    session.add(AuditEvent.of(Kind.RECOVERY_CODES_MADE, Actor.editor(user.id), account_id=user.id))
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def reset_second_factor(session: Session, user: User, by: Actor) -> None:
    """Take every second factor away, for whoever has lost theirs; the owner is told."""
    user.totp_nonce = user.totp_counter = None
    user.passkeys, user.recovery_codes = [], []
    session.add(AuditEvent.of(Kind.SECOND_FACTOR_RESET, by, account_id=user.id))
    notify_owner(session, user, "Votre second facteur vient d’être retiré ; il vous en sera demandé un nouveau.")


def notify_owner(session: Session, user: User, words: str) -> None:
    """Write to the owner what has changed in how they sign in."""
    outbox.enqueue(session, Message.SIGN_IN_CHANGED, to=user.email, words=words, account_link=None)
