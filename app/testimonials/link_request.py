"""LinkRequest: an address from which a private link was asked for, kept until the deliverer answers it.

Each request stores the same row, so that its time tells nothing; `private_page.links` looks the address up.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Numbered, now
from app.kept import Kept, Term

# A link that comes later than this would surprise its author: the deliverer was stopped, or a backup restored.
ANSWERED_WITHIN = timedelta(days=1)


class LinkRequest(Numbered, Base, kw_only=True):
    """One request. Its address was typed, by anyone, and perhaps nobody has written from it."""

    __tablename__ = "link_request"

    email: Mapped[str] = mapped_column(index=True, repr=False)
    asked_at: Mapped[datetime] = mapped_column(default_factory=now)


KEPT = Kept(
    model=LinkRequest,
    owner=LinkRequest.email,
    act=("old requests for a link", "suppression d’anciennes demandes de lien"),
    terms=[
        Term(
            "Courriel indiqué pour retrouver un lien privé",
            "au plus, le temps d’y répondre, qu’un texte nous en soit venu ou non",
            ANSWERED_WITHIN,
            LinkRequest.asked_at,
        )
    ],
)


def ask_for_link(session: Session, email: str) -> None:
    session.add(LinkRequest(email=email))


def waiting_requests(session: Session) -> Sequence[int]:
    return session.scalars(select(LinkRequest.id).order_by(LinkRequest.id)).all()


def take_request(session: Session, request_id: int) -> str | None:
    """Delete a request with the other requests of the address, which one e-mail answers; return the address.

    None if another deliverer has the request, or if every request is too old to be answered.
    """
    asked = select(LinkRequest.email).where(LinkRequest.id == request_id).scalar_subquery()
    waiting = select(LinkRequest).where(LinkRequest.email == asked).with_for_update(skip_locked=True)
    requests = session.scalars(waiting).all()
    for each in requests:
        session.delete(each)
    return next((each.email for each in requests if now() - each.asked_at < ANSWERED_WITHIN), None)


def delete_requests(session: Session, email: str) -> None:
    session.execute(delete(LinkRequest).where(LinkRequest.email == email))
