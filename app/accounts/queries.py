"""Selects over accounts."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.accounts.models import Role, User


def with_email(email: str) -> Select[User]:
    """Select the account of an address; addresses are stored in lower case."""
    return select(User).where(User.email == email)


def names_by_id(session: Session) -> dict[int, str]:
    return dict(session.execute(select(User.id, User.name)).all())


def active_admins() -> Select[User]:
    can_act = User.role == Role.ADMIN, User.disabled_at.is_(None), User.password_hash != ""
    return select(User).where(*can_act).order_by(User.id)


def team_members() -> Select[User]:
    return select(User).order_by(User.disabled_at.is_not(None), User.name, User.id)
