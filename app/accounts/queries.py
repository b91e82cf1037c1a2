"""Selects over accounts."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.accounts.models import User


def with_email(email: str) -> Select[User]:
    """Select the account of an address, which is stored in small letters."""
    return select(User).where(User.email == email)


def names(session: Session) -> dict[int, str]:
    """Return the name of each account; there are a handful."""
    return dict(session.execute(select(User.id, User.name)).all())
