"""Invitation: an organisation invited to testify beside an article, kept for a year with its address; refusals of any.

Its `mark` begins the key of the form that its link opens: a text sent with that key is an answer, and no row says which
text. Whether the text may be published is told nowhere here.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from app.articles.models import Article
from app.db import Base, Numbered, now
from app.french import plain
from app.kept import Kept, Term
from app.links import Link
from app.testimonials.changes import Changes
from app.testimonials.refusals import UNKNOWN

# Its claims: the mark of the invitation, the digest of the invited address.
INVITATION = Link("invitation", "invited.open_form", claims=(str, str), advice=UNKNOWN)


# A key is an UUID of version 8 (RFC 9562): its first 18 signs are the mark of the invitation, the others are drawn.
MARK, VERSION, OF_INVITATION = slice(18), 14, "8"


def new_mark() -> str:
    """Return the beginning of the keys of one invitation: 60 random bits."""
    drawn = str(uuid.uuid4())[MARK]
    return drawn[:VERSION] + OF_INVITATION + drawn[VERSION + 1 :]


class Invitation(Numbered, Base, kw_only=True):
    """An organisation that was invited. One row an address, for all articles: nobody is written to twice."""

    __tablename__ = "invitation"

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


KEPT = Kept(
    model=Invitation,
    name=Invitation.mark,
    owner=Invitation.email,
    act=("old invitations", "suppression d’anciennes invitations"),
    terms=[
        Term(
            "Adresse, nom et département d’une organisation invitée à raconter son expérience",
            "après l’invitation, ou jusqu’à ce qu’elle demande à ne plus être invitée",
            "INVITATION_PERIOD",
            Invitation.invited_at,
        )
    ],
)


def record_answers(session: Session, changes: Changes) -> None:
    """Record that invitations are answered, by the keys of the texts that arrive; the first date stays."""
    keys = [each.submission_key or "" for each in changes.added]
    marks = [key[MARK] for key in keys if key[VERSION : VERSION + 1] == OF_INVITATION]
    if marks:
        table: Any = Invitation.__table__
        is_first = Invitation.mark.in_(marks), Invitation.answered_at.is_(None)
        session.execute(table.update().where(*is_first).values(answered_at=now()))


def by_link(session: Session, token: str) -> Invitation | None:
    """Return the invitation of a link; None once it is erased. Raise `LinkUnknown` for any other token."""
    mark, _ = INVITATION.read(token)
    invitation = by_mark(session, mark)  # for a refused token too: it takes the same time
    INVITATION.require(token)
    return invitation


def invited_address(token: str) -> str:
    """Return the digest of the invited address of a link, though the invitation may be gone."""
    return str(INVITATION.require(token)[1])


def by_mark(session: Session, mark: str) -> Invitation | None:
    return session.scalar(select(Invitation).where(Invitation.mark == mark))


def latest_invitations(session: Session) -> Sequence[Invitation]:
    invitations = session.scalars(select(Invitation).order_by(Invitation.id))
    return sorted(invitations, key=lambda each: (-each.invited_at.timestamp(), plain(each.organisation)))
