"""Letting someone in: the password, then the second factor, each within a budget; one answer whatever is wrong."""

import secrets
import time
from ipaddress import ip_network
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import tokens
from app.accounts import passwords, queries, second_factor, team
from app.accounts.login_attempts import AttemptBudget, attempt_key
from app.accounts.models import User, authenticated
from app.audit import SYSTEM, Actor, AuditEvent, Kind
from app.tokens import LinkRefused
from app.web.rate_limits import parse_address

PENDING_PERIOD = 10 * 60  # seconds between the password and the second factor


def check_password(session: Session, email: str, password: str, *, device: str, network: str) -> User | None:
    """Return whose password it is, or None: unknown, wrong, disabled or too many attempts, nobody is told which.

    In every case one hash is computed and one budget held. `device` is the browser's cookie, `network` its address.
    """
    user = session.scalar(queries.with_email(email))
    known = user is not None and is_known_device(device, user)
    keys = (
        [attempt_key("device", device)]
        if known
        else [attempt_key("account", email), attempt_key("network", prefix(network))]
    )
    budget = AttemptBudget(session, keys)
    if budget.is_spent:
        passwords.matches("", password)
        entering = None
    else:
        entering = authenticated(user, password)
        if entering is None:
            budget.draw()
    if entering is None:
        session.add(AuditEvent.of(Kind.SIGN_IN_FAILED, SYSTEM, account_id=user.id if user else None))
        return None
    if passwords.hasher().check_needs_rehash(entering.password_hash):
        entering.set_password(password)
    return entering


def sign_pending(user: User) -> list[Any]:
    """Return what a browser keeps, in its signed cookie, between the password and the second factor."""
    return [user.id, int(time.time()), fingerprint(user)]


def pending_user(session: Session, kept: object) -> User | None:
    """Return whose second factor is awaited; None if nobody's, too long ago, or if the password has changed."""
    match kept:
        case [int(number), int(asked_at), str(seen)] if asked_at > time.time() - PENDING_PERIOD:
            user = session.get(User, number)
            return user if user is not None and user.is_active and fingerprint(user) == seen else None
        case _:
            return None


def check_code(session: Session, user: User, code: str, *, device: str) -> bool:
    """Say whether a code is the user's second factor, and use it up; a few errors, then one must wait."""
    budget = AttemptBudget(session, [attempt_key("factor", device if is_known_device(device, user) else str(user.id))])
    holder = session.scalars(locked_user(user.id)).one()
    if not budget.is_spent and second_factor.accepts(holder, code):
        budget.restore()
        return True
    if not budget.is_spent:
        budget.draw()
    session.add(AuditEvent.of(Kind.SECOND_FACTOR_FAILED, SYSTEM, account_id=user.id))
    return False


def reset_failures(session: Session, user: User, device: str) -> None:
    """Forget the passwords that failed, once all that is asked of a user has been proved: by code or passkey too."""
    AttemptBudget(
        session,
        [attempt_key("device", device) if is_known_device(device, user) else attempt_key("account", user.email)],
    ).restore()


def reauthenticate(session: Session, user: User, password: str) -> bool:
    """Say whether an editor who is signed in gives their password once more."""
    budget = AttemptBudget(session, [attempt_key("again", str(user.id))])
    spent = budget.is_spent
    matching = passwords.matches("" if spent else user.password_hash, password)
    if matching:
        budget.restore()
        session.add(AuditEvent.of(Kind.IDENTITY_CONFIRMED, Actor.editor(user.id)))
    else:
        if not spent:
            budget.draw()
        session.add(AuditEvent.of(Kind.SIGN_IN_FAILED, SYSTEM, account_id=user.id))
    return matching


def ask_reset(session: Session, email: str, *, network: str) -> None:
    """Write a link to choose a new password, if the address has an account; a few times, then one must wait."""
    budget = AttemptBudget(session, [attempt_key("reset", email), attempt_key("reset-network", prefix(network))])
    user = session.scalar(queries.with_email(email))
    session.add(AuditEvent.of(Kind.RESET_ASKED, SYSTEM, account_id=user.id if user else None))
    if budget.is_spent:
        return
    budget.draw()
    if user is not None and user.is_active:
        team.send_account_link(session, user)


def device_of(user: User, present: str) -> str:
    """Return the cookie by which a browser is known again as its editor's: the one it has, or a new one."""
    return (
        present if is_known_device(present, user) else tokens.sign_token("device", [user.id, secrets.token_urlsafe(16)])
    )


def is_known_device(device: str, user: User) -> bool:
    """Say whether a browser carries the cookie of one in which this user has signed in before."""
    try:
        return tokens.read_token("device", device)[:1] == [user.id]
    except LinkRefused:
        return False


def prefix(network: str) -> str:
    """Return what counts as one address: an IPv4 one, or the /64 that one subscriber has of IPv6."""
    address = parse_address(network)
    return str(ip_network(f"{address}/64", strict=False)) if address.version == 6 else str(address)  # noqa: PLR2004  # IPv6


def fingerprint(user: User) -> str:
    """Return what changes with the user's password and second factor."""
    return tokens.keyed_digest("pending", f"{user.password_hash} {user.totp_nonce}").hex()[:16]


def locked_user(number: int) -> Any:
    """Select an account, held until the transaction ends: of two uses of one code, the second comes after."""
    return select(User).where(User.id == number).with_for_update().execution_options(populate_existing=True)
