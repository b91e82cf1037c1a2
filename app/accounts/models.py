"""User and Role: the few people who have an account."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from flask_login import UserMixin
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column

from app.db import Base, by_value, now

# 19 MiB a hash: the default profile (64 MiB) times a few threads is a memory risk on a small machine.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

# Verified when the account is unknown, so that the answer takes as long as for a known one.
NOBODY = HASHER.hash("nobody's password")


class Role(StrEnum):
    """What an account is for."""

    EDITOR = "editor"
    ADMIN = "admin"

    @property
    def label(self) -> str:
        """Return the word people read."""
        return ROLE_LABELS[self]


ROLE_LABELS: Mapping[Role, str] = {Role.EDITOR: "éditrice ou éditeur", Role.ADMIN: "administration"}


class User(MappedAsDataclass, UserMixin, Base, kw_only=True):
    """An editor's account. `name` is what colleagues and authors read."""

    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[Role] = mapped_column(by_value(Role), default=Role.EDITOR)
    password_hash: Mapped[str] = mapped_column(default="", repr=False)
    disabled_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(default_factory=now)

    @property
    def is_active(self) -> bool:
        """Say whether the account may be used; Flask-Login asks at every request."""
        return self.disabled_at is None

    def set_password(self, password: str) -> None:
        """Keep a new password, as an argon2id hash only."""
        self.password_hash = HASHER.hash(password)


def authenticated(user: User | None, password: str) -> User | None:
    """Return the user if the password is theirs and the account is open; takes as long for nobody as for somebody."""
    try:
        HASHER.verify(user.password_hash if user else NOBODY, password)
    except (VerifyMismatchError, InvalidHashError):
        return None
    return user if user is not None and user.is_active else None
