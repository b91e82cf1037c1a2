"""Selects over accounts."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.accounts.models import User


def with_email(email: str) -> Select[tuple[User]]:
    """Select the account of an address, which is stored in small letters."""
    return select(User).where(User.email == email)


def names(session: Session) -> dict[int, str]:
    """Return the name of each account; there are a handful."""
    return {user_id: name for user_id, name in session.execute(select(User.id, User.name))}
