"""Addresses of the desk, present and former: nobody alone puts words under a name (product rule 13)."""

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column

from app.accounts.models import User
from app.db import Base
from app.mail.mailbox import mailbox
from app.tokens import known_digests, named_digest

PURPOSE = "former-address"


class FormerAddress(MappedAsDataclass, Base, kw_only=True):
    """An address that an account had, by its keyed digest: it is recognised, and cannot be read."""

    __tablename__ = "former_address"

    digest: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)


def keep_former_address(session: Session, user: User) -> None:
    """Keep the digest of the address that an account is about to leave. The caller commits."""
    session.merge(FormerAddress(digest=named_digest(PURPOSE, mailbox(user.email)), user_id=user.id))


def former_accounts(session: Session, address: str) -> set[int]:
    """Return the ids of the accounts whose address this was."""
    digests = known_digests(PURPOSE, mailbox(address))
    return {*session.scalars(select(FormerAddress.user_id).where(FormerAddress.digest.in_(digests)))}


def is_of_desk(session: Session, address: str) -> bool:
    """Whether an address is, or was, that of an account, open or closed, however it is spelt."""
    typed = mailbox(address)
    return typed in map(mailbox, session.scalars(select(User.email))) or bool(former_accounts(session, address))
