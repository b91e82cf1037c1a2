"""Refusals of invitations, to testify or to answer: digests of the addresses that asked for no more (decision 0043)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column

from app import tokens
from app.db import Base, now, upsert
from app.mail.mailbox import mailbox

PURPOSE = "invitation"


class InvitationUnknown(Exception):
    """An invitation's link is unknown or forged."""


class InvitationRefusal(MappedAsDataclass, Base, kw_only=True):
    """An address to which no invitation leaves any more, by its keyed digest: it is recognised, and cannot be read."""

    __tablename__ = "invitation_refusal"

    digest: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default_factory=now)


def invited_digest(address: str) -> str:
    """Return the digest of an address's mailbox: who refuses is not written to under another spelling."""
    return tokens.named_digest(PURPOSE, mailbox(address))


def known_digests(address: str) -> list[str]:
    """Return the stored digests that an address may have: of its mailbox, or as it was typed, the oldest rows."""
    return [digest for text in {mailbox(address), address} for digest in tokens.known_digests(PURPOSE, text)]


def refuse_invitations(session: Session, digest: str) -> None:
    """Store a refusal, once: the first one's date stays. The caller commits."""
    insert = upsert(InvitationRefusal, session.get_bind().dialect.name)
    session.execute(insert.on_conflict_do_nothing(), [{"digest": digest, "at": now()}])


def refusal_of(session: Session, digest: str) -> InvitationRefusal | None:
    return session.get(InvitationRefusal, digest)


def refusals_by(session: Session, address: str) -> Sequence[InvitationRefusal]:
    selected = select(InvitationRefusal).where(InvitationRefusal.digest.in_(known_digests(address)))
    return session.scalars(selected.order_by(InvitationRefusal.at)).all()


def refuses_invitations(session: Session, address: str) -> bool:
    return bool(refusals_by(session, address))
