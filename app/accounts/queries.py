"""Selects over accounts."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.accounts.models import Role, User


def with_email(email: str) -> Select[User]:
    """Select the account of an address, which is stored in small letters."""
    return select(User).where(User.email == email)


def names_by_id(session: Session) -> dict[int, str]:
    """Return the name of each account; there are a handful."""
    return dict(session.execute(select(User.id, User.name)).all())


def active_admins() -> Select[User]:
    """Select the admins who can act: their account is open, and they have answered their invitation."""
    return (
        select(User)
        .where(User.role == Role.ADMIN, User.disabled_at.is_(None), User.password_hash != "")
        .order_by(User.id)
    )


def team_members() -> Select[User]:
    """Select every account, by name, the closed ones last."""
    return select(User).order_by(User.disabled_at.is_not(None), User.name, User.id)
