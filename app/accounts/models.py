"""User, Role, ArticleEditor: editors' accounts, what they edit; RecoveryCode, Passkey, BoundIdentity: credentials."""

from datetime import datetime
from typing import Any

from flask_login import UserMixin
from sqlalchemy import BigInteger, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column, relationship

from app.accounts import passwords
from app.db import Base, Numbered, enum_by_value, now
from app.labelled_enum import LabelledEnum

# The ids of the articles that somebody edits; None for all, those to come included.
Scope = frozenset[int] | None


class Role(LabelledEnum):
    """The rights of an account."""

    EDITOR = "editor", "éditrice ou éditeur"
    ADMIN = "admin", "administration"


def owned(**options: str) -> Any:
    """Return a relationship to rows that go with their account."""
    return relationship(init=False, default_factory=list, cascade="all, delete-orphan", repr=False, **options)  # type: ignore[arg-type]  # by name


class User(Numbered, UserMixin, Base, kw_only=True):
    """An editor's account. Colleagues and authors read its `name`."""

    __tablename__ = "user_account"

    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[Role] = mapped_column(enum_by_value(Role), default=Role.EDITOR)
    password_hash: Mapped[str] = mapped_column(default="", repr=False)
    disabled_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(default_factory=now)
    edits_all: Mapped[bool] = mapped_column(default=True)
    # Keyed digests of the addresses that it has left, separated by spaces: they are recognised, and cannot be read.
    former_addresses: Mapped[str] = mapped_column(default="", server_default="", repr=False)
    totp_secret: Mapped[str | None] = mapped_column(default=None, repr=False)  # of the authenticator app, in Base32
    totp_counter: Mapped[int | None] = mapped_column(default=None)

    passkeys: Mapped[list["Passkey"]] = owned(order_by="Passkey.id", back_populates="user")
    recovery_codes: Mapped[list["RecoveryCode"]] = owned(order_by="RecoveryCode.id")
    identities: Mapped[list["BoundIdentity"]] = owned(order_by="BoundIdentity.id", back_populates="user")
    articles: Mapped[list["ArticleEditor"]] = owned(order_by="ArticleEditor.article_id")

    @property
    def is_active(self) -> bool:
        return self.disabled_at is None

    @property
    def is_admin(self) -> bool:
        return self.role is Role.ADMIN

    @property
    def scope(self) -> Scope:
        """The articles whose testimonials this account may open; `queries.within` narrows a query to them."""
        if self.is_admin or self.edits_all:
            return None
        return frozenset(each.article_id for each in self.articles)

    def edits(self, article_id: int) -> bool:
        return self.scope is None or article_id in self.scope

    @property
    def is_invited(self) -> bool:
        """Whether the invitation has not been answered yet: there is no password."""
        return not self.password_hash

    @property
    def has_second_factor(self) -> bool:
        return self.totp_secret is not None or bool(self.passkeys)

    @property
    def has_one_passkey_only(self) -> bool:
        return self.totp_secret is None and len(self.passkeys) == 1

    @property
    def recovery_codes_left(self) -> int:
        return sum(code.used_at is None for code in self.recovery_codes)

    def set_password(self, password: str) -> None:
        self.password_hash = passwords.hasher().hash(password)


class ArticleEditor(MappedAsDataclass, Base, kw_only=True):
    """An article given to an account that does not edit them all."""

    __tablename__ = "article_editor"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True, init=False)
    article_id: Mapped[int] = mapped_column(
        ForeignKey("article.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )


class RecoveryCode(Numbered, Base, kw_only=True):
    """One of ten single-use codes for a lost telephone, stored as a hash."""

    __tablename__ = "recovery_code"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True, init=False)
    code_hash: Mapped[str] = mapped_column(repr=False)
    used_at: Mapped[datetime | None] = mapped_column(default=None)


class Passkey(Numbered, Base, kw_only=True):
    """The public half of a device's key."""

    __tablename__ = "passkey"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True, init=False)
    user: Mapped[User] = relationship(init=False, back_populates="passkeys", repr=False)
    name: Mapped[str]
    credential_id: Mapped[str] = mapped_column(unique=True)
    public_key: Mapped[bytes] = mapped_column(repr=False)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    added_at: Mapped[datetime] = mapped_column(default_factory=now)
    used_at: Mapped[datetime | None] = mapped_column(default=None)


class BoundIdentity(Numbered, Base, kw_only=True):
    """An identity of an OpenID Connect provider that opens an account: `issuer` and `subject` alone name somebody."""

    __tablename__ = "bound_identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"), UniqueConstraint("user_id", "issuer"))

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), init=False)
    user: Mapped[User] = relationship(init=False, back_populates="identities", repr=False)
    issuer: Mapped[str]
    subject: Mapped[str] = mapped_column(repr=False)
    bound_at: Mapped[datetime] = mapped_column(default_factory=now)
    used_at: Mapped[datetime] = mapped_column(default_factory=now)


def authenticated(user: User | None, password: str) -> User | None:
    """Return the user if the password is theirs and the account is open; takes as long without a user."""
    matches = passwords.matches(user.password_hash if user else "", password)
    return user if matches and user is not None and user.is_active else None
