"""The second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for when it is lost."""

import base64
import hmac
import secrets
import time
from collections import Counter
from collections.abc import Sequence
from itertools import groupby

import pyotp
from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import tokens
from app.accounts import passwords
from app.accounts.models import RecoveryCode, User
from app.audit import Actor, AuditEvent, Kind
from app.db import now
from app.mail import outbox
from app.mail.messages import Message

SECRET_LENGTH = 20  # bytes
TIME_STEP = 30  # seconds
DRIFT = 1  # steps, either way: tolerance for the telephone's clock
QUIET_ZONE = 4  # modules around a QR code (ISO/IEC 18004)
RECOVERY_CODES = 10
# Crockford's alphabet without digits: no look-alikes; 10 signs make 45 bits.
ALPHABET = "abcdefghjkmnpqrstvwxyz"
CODE_LENGTH = 10  # signs


def new_nonce() -> str:
    return secrets.token_hex(16)


def totp_secret(user: User, nonce: str, key: str | None = None) -> str:
    """Return the secret of a new authenticator, in Base32: 160 bits, derived from a key, the newest by default."""
    return base64.b32encode(derived_bits(user, nonce, key)).decode()


def derived_bits(user: User, nonce: str, key: str | None = None) -> bytes:
    return tokens.keyed_digest("totp", f"{user.id} {nonce}", key)[:SECRET_LENGTH]


def stored_secrets(user: User) -> list[str]:
    """Return the secrets that the authenticator of an account may have: one, or one a key where its key is unknown.

    There is none once its key is set no more.
    """
    mask = bytes.fromhex(user.totp_mask) if user.totp_mask else bytes(SECRET_LENGTH)
    keys = [key for key in tokens.secret_keys() if user.totp_key in {None, tokens.key_id(key)}]
    masked = (masked_bits(mask, derived_bits(user, user.totp_nonce or "", key)) for key in keys)
    return [base64.b32encode(each).decode() for each in masked]


def seal_secret(user: User, secret: str) -> None:
    """Store an authenticator's secret so that it rests on the newest key, with a nonce that no other key was given.

    What is stored is the difference between the secret and what the key derives from the nonce.
    """
    user.totp_nonce, user.totp_key = new_nonce(), tokens.key_id(tokens.secret_keys()[0])
    user.totp_mask = masked_bits(base64.b32decode(secret), derived_bits(user, user.totp_nonce)).hex()


def renew_secrets(session: Session) -> int:
    """Have every authenticator whose key is set rest on the newest; return how many are moved. The caller commits.

    One whose key is unknown is left for its next code to tell, unless there is one key alone.
    """
    newest = tokens.key_id(tokens.secret_keys()[0])
    resting = select(User).where(User.totp_nonce.is_not(None), User.totp_key.is_distinct_from(newest))
    moved = 0
    for user in session.scalars(resting.order_by(User.id).with_for_update()):
        candidates = stored_secrets(user)
        if len(candidates) == 1:
            seal_secret(user, candidates[0])
            moved += 1
    return moved


def count_by_key(session: Session) -> Counter[str | None]:
    """Return how many authenticators rest on each key, by its short name; by None where it is unknown."""
    selected = select(User.totp_key, func.count()).where(User.totp_nonce.is_not(None)).group_by(User.totp_key)
    return Counter(dict(session.execute(selected).all()))


def masked_bits(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def otpauth_uri(user: User, nonce: str) -> str:
    return pyotp.TOTP(totp_secret(user, nonce)).provisioning_uri(
        name=user.email, issuer_name=current_app.config["SITE_NAME"]
    )


def draw_qr_code(uri: str) -> tuple[int, str]:
    """Return a QR code: its size in modules, and its dark modules as the data of an SVG path.

    segno is imported here (docs/decisions/0009): an editor sets up an authenticator once.
    """
    import segno

    matrix = [list(row) for row in segno.make(uri, error="m").matrix_iter(border=QUIET_ZONE)]
    runs = []
    for y, row in enumerate(matrix):
        start = 0
        for is_dark, modules in groupby(row):
            width = len(list(modules))
            if is_dark:
                runs.append(f"M{start} {y}h{width}v1h-{width}z")
            start += width
    return len(matrix), "".join(runs)


def matching_counter(secret: str, code: str, *, after: int | None) -> int | None:
    """Return the time step of a code, if it is later than the last one used: a code is good once."""
    totp = pyotp.TOTP(secret)
    present = int(time.time()) // TIME_STEP
    for counter in range(present - DRIFT, present + DRIFT + 1):
        expected = totp.generate_otp(counter).encode()
        if (after is None or counter > after) and hmac.compare_digest(expected, code.encode()):
            return counter
    return None


def matching_secret(candidates: Sequence[str], code: str, *, after: int | None) -> tuple[str, int] | None:
    """Return the secret that gave a code, and the code's time step; None if none of them did."""
    counters = ((each, matching_counter(each, code, after=after)) for each in candidates)
    return next(((each, counter) for each, counter in counters if counter is not None), None)


def redeem_code(user: User, code: str) -> bool:
    """Check a code of either kind, and use it up. The caller holds the lock of the user's row."""
    signs = "".join(sign for sign in code.casefold() if sign.isalnum())
    if signs.isdecimal() and signs.isascii():
        return redeem_totp(user, signs)
    return len(signs) == CODE_LENGTH and redeem_recovery_code(user, signs)


def redeem_totp(user: User, code: str) -> bool:
    if user.totp_nonce is None:
        return False
    matching = matching_secret(stored_secrets(user), code, after=user.totp_counter)
    if matching is None:
        return False
    secret, user.totp_counter = matching
    if user.totp_key != tokens.key_id(tokens.secret_keys()[0]):
        seal_secret(user, secret)
    return True


def redeem_recovery_code(user: User, code: str) -> bool:
    for recovery_code in user.recovery_codes:
        if recovery_code.used_at is None and passwords.matches(recovery_code.code_hash, code):
            recovery_code.used_at = now()
            return True
    return False


def set_up_totp(session: Session, user: User, nonce: str, code: str) -> bool:
    """Associate an authenticator with the user if it gives the present code; return whether it did."""
    shown = [totp_secret(user, nonce, key) for key in tokens.secret_keys()]  # a key may have been added meanwhile
    matching = matching_secret(shown, "".join(code.split()), after=None)
    if matching is None:
        return False
    secret, user.totp_counter = matching
    seal_secret(user, secret)
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
    """Remove every second factor of a user who has lost theirs; they get an e-mail."""
    user.totp_nonce = user.totp_mask = user.totp_key = user.totp_counter = None
    user.passkeys, user.recovery_codes = [], []
    session.add(AuditEvent.of(Kind.SECOND_FACTOR_RESET, by, account_id=user.id))
    notify_owner(session, user, "Votre second facteur vient d’être retiré ; il vous en sera demandé un nouveau.")


def notify_owner(session: Session, user: User, words: str) -> None:
    outbox.enqueue(session, Message.SIGN_IN_CHANGED, to=user.email, words=words, account_link=None)
