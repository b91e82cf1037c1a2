"""Refusals of invitations, to testify or to answer: digests of the addresses that asked for no more (decision 0043)."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column

from app.db import Base, now, upsert
from app.tokens import key_id, keyed_digest, secret_keys


class InvitationUnknown(Exception):
    """An invitation's link is unknown or forged."""


class InvitationRefusal(MappedAsDataclass, Base, kw_only=True):
    """An address to which no invitation leaves any more, by its keyed digest: it is recognised, and cannot be read."""

    __tablename__ = "invitation_refusal"

    digest: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default_factory=now)


def invited_digest(address: str, key: str | None = None) -> str:
    """Return the digest of an address by a key, the newest by default, after the short name of that key."""
    key = key or secret_keys()[0]
    return f"{key_id(key)}:{keyed_digest('invitation', address, key).hex()}"


def known_digests(address: str) -> list[str]:
    """Return the digests of an address by each key, also without the key's name: the oldest rows have none."""
    digests = [invited_digest(address, key) for key in secret_keys()]
    return digests + [each.partition(":")[2] for each in digests]


def refuse_invitations(session: Session, digest: str) -> None:
    """Store a refusal, once: the first one's date stays. The caller commits."""
    insert = upsert(InvitationRefusal, session.get_bind().dialect.name)
    session.execute(insert.on_conflict_do_nothing(), [{"digest": digest, "at": now()}])


def refusal_of(session: Session, digest: str) -> InvitationRefusal | None:
    return session.get(InvitationRefusal, digest)


def refusals_by(session: Session, address: str) -> Sequence[InvitationRefusal]:
    selected = select(InvitationRefusal).where(InvitationRefusal.digest.in_(known_digests(address)))
    return session.scalars(selected.order_by(InvitationRefusal.at)).all()


def count_refusals_by_key(session: Session) -> Counter[str | None]:
    """Return how many refusals rest on each key, by its short name; by None where it is unknown."""
    names = (digest.partition(":") for digest in session.scalars(select(InvitationRefusal.digest)))
    return Counter(name if rest else None for name, _, rest in names)


def refuses_invitations(session: Session, address: str) -> bool:
    return bool(refusals_by(session, address))
