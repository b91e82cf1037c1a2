"""Sign-in: the password, then the second factor, each with a budget of attempts; every refusal reads the same."""

import secrets
import time
from ipaddress import ip_network
from typing import Any

from sqlalchemy.orm import Session

from app import tokens
from app.accounts import mails, passwords, queries, second_factor
from app.accounts.login_attempts import AttemptBudget, attempt_key
from app.accounts.models import User, authenticated
from app.audit import SYSTEM, Actor, AuditEvent, Kind
from app.mail import outbox
from app.tokens import Token
from app.web.rate_limits import parse_address

# A browser that has signed in: its claims are the account, and what makes it the only one.
DEVICE = Token("device", claims=(int, str))
PENDING_PERIOD = 10 * 60  # seconds between the password and the second factor


def check_password(session: Session, email: str, password: str, *, device: str, network: str) -> User | None:
    """Return the user if the password is theirs, else None: unknown, wrong, disabled, too many attempts look the same.

    Every call computes one hash and locks one budget. `device` is the browser's cookie, `network` its address.
    """
    user = session.scalar(queries.with_email(email))
    if user is not None and is_known_device(device, user):
        keys = [attempt_key("device", device)]
    else:
        keys = [attempt_key("account", email), attempt_key("network", network_prefix(network))]
    budget = AttemptBudget(session, keys)
    spent = budget.is_spent
    authenticated_user = authenticated(None if spent else user, password)
    if authenticated_user is None:
        if not spent:
            budget.draw()
        session.add(AuditEvent.of(Kind.SIGN_IN_FAILED, SYSTEM, account_id=user.id if user else None))
        return None
    if passwords.hasher().check_needs_rehash(authenticated_user.password_hash):
        authenticated_user.set_password(password)
    return authenticated_user


def pending_claims(user: User) -> list[Any]:
    return [user.id, int(time.time()), credentials_fingerprint(user)]


def pending_user(session: Session, claims: object) -> User | None:
    """Return the user whose second factor is awaited; None if the claims are too old or the password has changed."""
    match claims:
        case [int(user_id), int(signed_at), str(fingerprint)] if signed_at > time.time() - PENDING_PERIOD:
            user = session.get(User, user_id)
            is_same = user is not None and user.is_active and fingerprint == credentials_fingerprint(user)
            return user if is_same else None
        case _:
            return None


def check_code(session: Session, user: User, code: str, *, device: str) -> bool:
    """Check and use up a code of the second factor; after a few failures one must wait."""
    budget = AttemptBudget(session, [attempt_key("factor", device if is_known_device(device, user) else str(user.id))])
    # Of two uses of one code at once, the second waits here, and is refused.
    locked = session.get_one(User, user.id, with_for_update=True, populate_existing=True)
    if not budget.is_spent and second_factor.redeem_code(locked, code):
        budget.restore()
        return True
    if not budget.is_spent:
        budget.draw()
    session.add(AuditEvent.of(Kind.SECOND_FACTOR_FAILED, SYSTEM, account_id=user.id))
    return False


def reset_failures(session: Session, user: User, device: str) -> None:
    known = is_known_device(device, user)
    AttemptBudget(session, [attempt_key("device", device) if known else attempt_key("account", user.email)]).restore()


def reauthenticate(session: Session, user: User, password: str) -> bool:
    budget = AttemptBudget(session, [attempt_key("again", str(user.id))])
    spent = budget.is_spent
    matches = passwords.matches("" if spent else user.password_hash, password)
    if matches:
        budget.restore()
        session.add(AuditEvent.of(Kind.IDENTITY_CONFIRMED, Actor.editor(user.id)))
    else:
        if not spent:
            budget.draw()
        session.add(AuditEvent.of(Kind.SIGN_IN_FAILED, SYSTEM, account_id=user.id))
    return matches


def request_reset(session: Session, email: str, *, network: str) -> None:
    """Have the deliverer look for the account, and send a link to it; after a few requests one must wait."""
    keys = [attempt_key("reset", email), attempt_key("reset-network", network_prefix(network))]
    budget = AttemptBudget(session, keys)
    account_id = session.scalar(queries.with_email(email).with_only_columns(User.id))
    session.add(AuditEvent.of(Kind.RESET_ASKED, SYSTEM, account_id=account_id))
    if not budget.is_spent:
        budget.draw()
        outbox.enqueue(session, mails.PASSWORD_RESET, to=email)


def device_cookie(user: User, cookie: str) -> str:
    known = DEVICE.read(cookie) if is_known_device(cookie, user) else None
    return DEVICE.make(*(known or (user.id, secrets.token_urlsafe(16))))


def is_known_device(cookie: str, user: User) -> bool:
    return account_of_device(cookie) == user.id


def account_of_device(cookie: str) -> int | None:
    account_id, _ = DEVICE.read(cookie)
    return account_id or None


def network_prefix(network: str) -> str:
    """Return an IPv4 address whole, an IPv6 one as its /64: one subscriber has all of a /64."""
    address = parse_address(network)
    return str(ip_network(f"{address}/64", strict=False)) if address.version == 6 else str(address)  # noqa: PLR2004  # IPv6


def credentials_fingerprint(user: User) -> str:
    return tokens.lasting_digest("pending", f"{user.password_hash} {user.totp_secret}").hex()[:16]
