"""Addresses of the desk, present and former: nobody alone puts words under a name (product rule 13)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.forms import mailbox
from app.tokens import known_digests, named_digest

PURPOSE = "former-address"


def keep_former_address(user: User) -> None:
    """Keep the digest of the address that an account is about to leave. The caller commits."""
    user.former_addresses = f"{user.former_addresses} {named_digest(PURPOSE, mailbox(user.email))}".strip()


def has_or_had(user: User, address: str) -> bool:
    typed = mailbox(address)
    former = user.former_addresses.split()
    return typed == mailbox(user.email) or not set(former).isdisjoint(known_digests(PURPOSE, typed) if former else ())


def is_of_desk(session: Session, address: str) -> bool:
    return any(has_or_had(user, address) for user in session.scalars(select(User)))
