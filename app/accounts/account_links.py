"""Links sent to editors: invitation, new password, change of address.

A link is signed when its e-mail is rendered: neither the link nor anything it could be made from is in the database.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from app.accounts import queries
from app.accounts.models import User
from app.accounts.queries import keep_former_address
from app.audit import Actor, AuditEvent, Kind
from app.db import Base, Numbered, enum_by_value, is_read_only, new_public_id, now
from app.kept import Kept, Term
from app.labelled_enum import LabelledEnum
from app.links import Link
from app.tokens import LinkRefused

ACCOUNT = Link("account-link", "accounts.link")
RETENTION = timedelta(days=30)  # after the link has expired


class LinkKind(LabelledEnum):
    """The one thing a link is good for; the label is the title of its page."""

    INVITATION = "invitation", "Bienvenue dans l’équipe"
    RESET = "reset", "Choisir un nouveau mot de passe"
    LEAVE_ADDRESS = "leave_address", "Quitter cette adresse"
    TAKE_ADDRESS = "take_address", "Confirmer cette adresse"


class AccountLinkRefused(LinkRefused):
    """The link is forged, used, replaced or expired; the page does not say which."""


class AccountLink(Numbered, Base, kw_only=True):
    """A link that was sent; `email` is the new address, where the link confirms one."""

    __tablename__ = "account_link"

    public_id: Mapped[str] = mapped_column(unique=True, init=False, default_factory=new_public_id)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    user: Mapped[User] = relationship(init=False, repr=False)
    purpose: Mapped[LinkKind] = mapped_column(enum_by_value(LinkKind))
    email: Mapped[str | None] = mapped_column(default=None)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def is_open(self) -> bool:
        return self.used_at is None and self.expires_at > now() and self.user.is_active


KEPT = Kept(
    model=AccountLink,
    act=("old account links", "suppression d’anciens liens de compte"),
    terms=[
        Term(
            "Invitation, lien de mot de passe ou de changement d’adresse",
            "après sa fin",
            RETENTION,
            AccountLink.expires_at,
        )
    ],
)


def invitation_facts(session: Session, user: User) -> dict[str, Any]:
    """Return who invites somebody (nobody, where a command did), and to which articles, by title; None for all."""
    invited = select(AuditEvent.user_id).where(AuditEvent.kind == Kind.INVITED, AuditEvent.account_id == user.id)
    inviter = session.scalar(invited.order_by(AuditEvent.id.desc()).limit(1))
    name = session.scalar(select(User.name).where(User.id == inviter)) or ""
    return {"inviter": name, "is_admin": user.is_admin, "articles": queries.titles_of(session, user.scope)}


def void_links(session: Session, user: User, *purposes: LinkKind) -> None:
    selected = select(AccountLink).where(AccountLink.user_id == user.id, AccountLink.used_at.is_(None))
    for link in session.scalars(selected.where(AccountLink.purpose.in_(purposes))):
        link.expires_at = min(link.expires_at, now())


def by_token(session: Session, token: str) -> AccountLink:
    """Return the open link of a token, locked unless the request is read-only; raise `AccountLinkRefused`."""
    [public_id] = ACCOUNT.read(token)
    selected = select(AccountLink).where(AccountLink.public_id == public_id)
    link = session.scalar(selected if is_read_only() else selected.with_for_update())
    if link is None or not link.is_open:
        raise AccountLinkRefused
    return link


def confirm_address(session: Session, link: AccountLink) -> bool:
    """Use one of the two links of a change of address; return whether both are used, so that the address has changed.

    Raises `AccountLinkRefused` if another account has taken the address meanwhile, even at the same instant.
    """
    link.used_at = now()
    session.flush()
    is_used = AccountLink.used_at.is_not(None), AccountLink.expires_at > now()
    same_change = AccountLink.user_id == link.user_id, AccountLink.email == link.email
    used = session.scalars(select(AccountLink.purpose).where(*same_change, *is_used))
    if set(used) < {LinkKind.LEAVE_ADDRESS, LinkKind.TAKE_ADDRESS}:
        return False
    try:
        with session.begin_nested():
            keep_former_address(link.user)
            link.user.email = str(link.email)
    except IntegrityError:
        raise AccountLinkRefused from None
    void_links(session, link.user, LinkKind.RESET)
    session.add(AuditEvent.of(Kind.ADDRESS_CHANGED, Actor.editor(link.user_id), account_id=link.user_id))
    return True
