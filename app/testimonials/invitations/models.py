"""Invitation: an organisation invited to testify beside an article, kept for a year with its address; refusals of any.

Its `mark` begins the key of the form that its link opens: a text sent with that key is an answer, and no row says which
text. Whether the text may be published is told nowhere here.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, Select, delete, select
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column, relationship

from app import erasure_journal, tokens
from app.articles.models import Article
from app.db import Base, now, upsert
from app.forms import mailbox
from app.french import plain
from app.links import Link
from app.testimonials.periods import months

PURPOSE = "invitation"


class InvitationUnknown(Exception):
    """An invitation's link is unknown or forged."""


# Its claims: the mark of the invitation, the digest of the invited address.
INVITATION = Link("invitation", "invited.open_form", claims=(str, str), refused=InvitationUnknown)


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


def refusal_of(session: Session, digest: str) -> InvitationRefusal | None:
    return session.get(InvitationRefusal, digest)


def refusals_by(session: Session, address: str) -> Sequence[InvitationRefusal]:
    selected = select(InvitationRefusal).where(InvitationRefusal.digest.in_(known_digests(address)))
    return session.scalars(selected.order_by(InvitationRefusal.at)).all()


def refuses_invitations(session: Session, address: str) -> bool:
    return bool(refusals_by(session, address))


# A key is an UUID of version 8 (RFC 9562): its first 18 signs are the mark of the invitation, the others are drawn.
MARK, VERSION, OF_INVITATION = slice(18), 14, "8"


def new_mark() -> str:
    """Return the beginning of the keys of one invitation: 60 random bits."""
    drawn = str(uuid.uuid4())[MARK]
    return drawn[:VERSION] + OF_INVITATION + drawn[VERSION + 1 :]


class Invitation(MappedAsDataclass, Base, kw_only=True):
    """An organisation that was invited. One row an address, for all articles: nobody is written to twice."""

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    mark: Mapped[str] = mapped_column(unique=True, init=False, default_factory=new_mark)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), init=False)
    article: Mapped[Article] = relationship(repr=False)
    email: Mapped[str] = mapped_column(unique=True, repr=False)
    organisation: Mapped[str]
    department_code: Mapped[str | None] = mapped_column(ForeignKey("department.code"))
    invited_at: Mapped[datetime] = mapped_column(index=True, default_factory=now)
    reminded_at: Mapped[datetime | None] = mapped_column(default=None)
    answered_at: Mapped[datetime | None] = mapped_column(default=None)

    def new_key(self) -> str:
        """Return the key of a form that answers this invitation: who hands the letter on takes nobody's place."""
        return f"{self.mark}{str(uuid.uuid4())[18:]}"


def record_answer(session: Session, key: str) -> None:
    """Record that an invitation is answered, if the key of a text that arrives is one's; the first date stays."""
    invitation = by_mark(session, key[MARK]) if key[VERSION : VERSION + 1] == OF_INVITATION else None
    if invitation is not None:
        invitation.answered_at = invitation.answered_at or now()


def by_link(session: Session, token: str) -> Invitation | None:
    """Return the invitation of a link; None once it is erased. Raise `InvitationUnknown` for any other token."""
    mark, _ = INVITATION.read(token)
    invitation = by_mark(session, mark)  # for a refused token too: it takes the same time
    INVITATION.require(token)
    return invitation


def invited_address(token: str) -> str:
    """Return the digest of the invited address of a link, though the invitation may be gone."""
    return str(INVITATION.require(token)[1])


def by_mark(session: Session, mark: str) -> Invitation | None:
    return session.scalar(select(Invitation).where(Invitation.mark == mark))


def invitations_of(email: str) -> Select[Invitation]:
    return select(Invitation).where(Invitation.email == email)


def latest_invitations(session: Session) -> Sequence[Invitation]:
    invitations = session.scalars(select(Invitation).order_by(Invitation.id))
    return sorted(invitations, key=lambda each: (-each.invited_at.timestamp(), plain(each.organisation)))


def erase_invitation(session: Session, invitation: Invitation) -> None:
    """Erase an invitation before its time; the erasure journal repeats it after a restored backup."""
    erasure_journal.append_entry(session, invitation.mark)
    session.delete(invitation)


def erase_named_invitation(session: Session, mark: str) -> bool:
    """Delete an invitation that a restored backup has brought back; return whether there was one."""
    return session.scalar(delete(Invitation).where(Invitation.mark == mark).returning(Invitation.id)) is not None


def delete_old_invitations(session: Session) -> int:
    """Delete the invitations of a year ago, with their addresses; return how many. The caller commits."""
    old = delete(Invitation).where(Invitation.invited_at <= now() - months("INVITATION_PERIOD"))
    return len(session.scalars(old.returning(Invitation.id)).all())
