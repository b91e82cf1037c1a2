"""Selects over accounts."""

from typing import Any

from sqlalchemy import ColumnElement, Select, column, or_, select, table
from sqlalchemy.orm import Session, selectinload

from app.accounts.models import ArticleEditor, Role, Scope, User
from app.forms import mailbox
from app.french import by_name
from app.tokens import known_digests, named_digest

PURPOSE = "former-address"


def keep_former_address(user: User) -> None:
    """Keep the digest of the address that an account is about to leave. The caller commits."""
    user.former_addresses = f"{user.former_addresses} {named_digest(PURPOSE, mailbox(user.email))}".strip()


def has_or_had(user: User, address: str) -> bool:
    typed = mailbox(address)
    former = user.former_addresses.split()
    return typed == mailbox(user.email) or not set(former).isdisjoint(known_digests(PURPOSE, typed) if former else ())


def is_of_desk(session: Session, address: str) -> bool:
    return any(has_or_had(user, address) for user in session.scalars(select(User)))


# By name: the models of articles stand beside accounts, which import none of them.
ARTICLES = table("article", column("id"), column("slug"), column("title"))


def with_email(email: str) -> Select[User]:
    """Select the account of an address; addresses are stored in lower case."""
    return select(User).where(User.email == email)


def names_by_id(session: Session) -> dict[int, str]:
    return dict(sorted(session.execute(select(User.id, User.name)), key=by_name))


def able_to_act() -> Select[User]:
    return select(User).where(User.disabled_at.is_(None), User.password_hash != "")


def active_admins() -> Select[User]:
    return able_to_act().where(User.role == Role.ADMIN).order_by(User.id)


def editors_of(article_id: Any) -> Select[User]:
    """Select the accounts that can act on an article, given by its id or by a column of the outer query."""
    given = select(ArticleEditor.user_id).where(ArticleEditor.article_id == article_id).correlate_except(ArticleEditor)
    edits = or_(User.role == Role.ADMIN, User.edits_all, User.id.in_(given))
    return able_to_act().where(edits).correlate_except(User)


def within(scope: Scope, article_id: Any) -> list[ColumnElement[bool]]:
    """Return the condition that narrows a query to somebody's articles; none where they edit them all.

    `article_id` is the column of the query that names an article. All that the desk lists or counts is narrowed here.
    """
    return [] if scope is None else [article_id.in_(sorted(scope))]


def titles_of(session: Session, scope: Scope) -> list[str] | None:
    return None if scope is None else article_names(session, scope, ARTICLES.c.title)


def slugs_of(session: Session, scope: frozenset[int]) -> list[str]:
    return article_names(session, scope, ARTICLES.c.slug)


def article_names(session: Session, scope: frozenset[int], name: Any) -> list[str]:
    return list(session.scalars(select(name).where(*within(scope, ARTICLES.c.id)).order_by(ARTICLES.c.id)))


def team_members(session: Session) -> list[User]:
    members = session.scalars(select(User).options(selectinload(User.articles)).order_by(User.id))
    return sorted(members, key=lambda user: (user.disabled_at is not None, by_name(user)))
