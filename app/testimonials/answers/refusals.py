"""Refusals of invitations: digests of the addresses that asked not to be invited to answer any more (decision 0043)."""

from datetime import datetime

from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column

from app.db import Base, now, upsert
from app.tokens import keyed_digest


class InvitationRefusal(MappedAsDataclass, Base, kw_only=True):
    """An address to which no invitation leaves any more, by its keyed digest: it is recognised, and cannot be read."""

    __tablename__ = "invitation_refusal"

    digest: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default_factory=now)


def invited_digest(address: str) -> str:
    return keyed_digest("invitation", address).hex()


def refuse_invitations(session: Session, digest: str) -> None:
    """Store a refusal, once: the first one's date stays. The caller commits."""
    insert = upsert(InvitationRefusal, session.get_bind().dialect.name)
    session.execute(insert.on_conflict_do_nothing(), [{"digest": digest, "at": now()}])


def refusal_of(session: Session, digest: str) -> InvitationRefusal | None:
    return session.get(InvitationRefusal, digest)


def refuses_invitations(session: Session, address: str) -> bool:
    return refusal_of(session, invited_digest(address)) is not None
