"""InvitationRefusal: who wants no invitation any more, to testify or to answer a testimonial."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column

from app import erasure_journal, tokens
from app.db import Base, now, upsert
from app.forms import mailbox

PURPOSE = "invitation"
UNKNOWN = (
    "Il est incomplet : copiez-le en entier depuis le courriel reçu. S’il n’ouvre toujours rien, demandez une autre "
    "invitation à qui vous l’a transmis."
)


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
    """Store a refusal, once, and in the journal of erasures: a restored backup keeps to it. The caller commits."""
    if store_refusal(session, digest):
        erasure_journal.append_entry(session, digest, erasure_journal.REFUSED)


def store_refusal(session: Session, digest: str) -> bool:
    """Store a refusal; return whether there was none: the first one's date stays."""
    insert = upsert(InvitationRefusal, session.get_bind().dialect.name).values(digest=digest, at=now())
    stored = insert.on_conflict_do_nothing().returning(InvitationRefusal.digest)
    return session.scalar(stored) is not None


def refusals_by(session: Session, address: str) -> Sequence[InvitationRefusal]:
    selected = select(InvitationRefusal).where(InvitationRefusal.digest.in_(known_digests(address)))
    return session.scalars(selected.order_by(InvitationRefusal.at)).all()
