"""AddressRequest: an address about which everything kept was asked for; its letter's link opens it for twelve hours.

A request for any address stores a row and a letter: nothing is looked up, so that neither the page nor its
time tells whether anything is kept (decision 0016). The answer goes to the address alone, be it « nothing »: its owner
may know whether data about them are kept (GDPR, articles 12.6 and 15.1).
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app import french
from app.db import Base, Numbered, is_read_only, new_public_id, now
from app.kept import Kept, Term
from app.links import Link
from app.mail import outbox
from app.privacy import mails
from app.tokens import LinkRefused

ADDRESS = Link("address", "address.kept")
OPENS_FOR = timedelta(hours=12)


class AddressRequest(Numbered, Base, kw_only=True):
    """One request. Its address was typed, by anyone; its link names `public_id`, never the address."""

    __tablename__ = "address_request"

    public_id: Mapped[str] = mapped_column(unique=True, init=False, default_factory=new_public_id)
    email: Mapped[str] = mapped_column(index=True, repr=False)
    asked_at: Mapped[datetime] = mapped_column(default_factory=now)

    @property
    def ends_at(self) -> datetime:
        return KEPT.end_of(self)


KEPT = Kept(
    model=AddressRequest,
    owner=AddressRequest.email,
    act=("old requests about an address", "suppression d’anciennes demandes au sujet d’une adresse"),
    terms=[
        Term(
            "Courriel indiqué pour voir tout ce que nous gardons d’une adresse",
            "au plus, le temps que le lien envoyé s’ouvre, que nous en gardions quelque chose ou non",
            OPENS_FOR,
            AddressRequest.asked_at,
        )
    ],
)


def ask_for_data(session: Session, email: str) -> None:
    """Store a request and the letter with its link, unless one waits to leave. The caller commits."""
    if outbox.is_waiting(session, mails.ADDRESS_DATA, email):
        return
    request = AddressRequest(email=email)
    session.add(request)
    asked, until = request.public_id, french.instant(request.ends_at)
    outbox.enqueue(session, mails.ADDRESS_DATA, to=email, address_request=asked, until=until)


def by_address_link(session: Session, token: str) -> AddressRequest:
    """Return the request of a link, locked in a POST; raise `LinkRefused` for any other token, after the same work."""
    [public_id] = ADDRESS.read(token)
    selected = select(AddressRequest).where(AddressRequest.public_id == public_id, KEPT.is_within())
    request = session.scalar(selected if is_read_only() else selected.with_for_update())
    if request is None:
        raise LinkRefused
    return request
