"""Editors' sessions: one row each, found by the digest of an identifier that only the browser's cookie holds.

A copied cookie is worth nothing once its row is gone: at sign-out, on « terminer », when the account is disabled,
changes role or gets a new password, and after the absolute period. The idle period (PERMANENT_SESSION_LIFETIME)
needs no row: Flask signs the time into the cookie, refuses an older one, and each response to an editor renews it,
so that opening a page writes nothing (product rule 5).
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from flask import current_app
from sqlalchemy import ForeignKey, false, select
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from app.accounts.models import User
from app.audit import Actor, AuditEvent, Kind
from app.db import Base, Numbered, now
from app.kept import Kept, Term

FRESH_PERIOD = timedelta(minutes=10)

# Names by their marks in a User-Agent, in the order of the search: Edge calls itself Chrome too.
BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
SYSTEMS = {each: each for each in ("Windows", "Android", "iPhone", "iPad")} | {"Mac OS": "Mac", "Linux": "Linux"}


class EditorSession(Numbered, Base, kw_only=True):
    """A browser in which an editor is signed in."""

    __tablename__ = "editor_session"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    user: Mapped[User] = relationship(init=False, lazy="joined", innerjoin=True, repr=False)
    digest: Mapped[str] = mapped_column(unique=True, repr=False)
    browser: Mapped[str]
    opened_at: Mapped[datetime] = mapped_column(default_factory=now)
    ends_at: Mapped[datetime]
    proved_at: Mapped[datetime] = mapped_column(default_factory=now)
    # As the provider says by which it was opened: it counts for the second factor that the account lacks.
    two_factors: Mapped[bool] = mapped_column(default=False, server_default=false())

    @property
    def is_fresh(self) -> bool:
        return self.proved_at > now() - FRESH_PERIOD


KEPT = Kept(
    model=EditorSession,
    act=("ended sessions", "suppression de connexions terminées"),
    terms=[
        Term(
            "Connexion ouverte\u00a0: navigateur et heures",
            "au plus",
            "EDITOR_SESSION_PERIOD",
            EditorSession.ends_at,
            is_end=True,
        )
    ],
)


def digest_of(identifier: str) -> str:
    """Return the stored digest of an identifier: 256 random bits need no salt."""
    return hashlib.sha256(identifier.encode()).hexdigest()


def open_session(
    session: Session, user: User, agent: str, *, proved_at: int | None = None, two_factors: bool = False
) -> str:
    """Open a session; return its identifier; `proved_at`, in seconds: their last proof of identity, None for now."""
    identifier, ends_at = secrets.token_urlsafe(32), now() + current_app.config["EDITOR_SESSION_PERIOD"]
    digest, browser = digest_of(identifier), browser_name(agent)
    opened = EditorSession(user_id=user.id, digest=digest, browser=browser, ends_at=ends_at, two_factors=two_factors)
    if proved_at is not None:
        opened.proved_at = min(datetime.fromtimestamp(proved_at, UTC), now())
    session.add(opened)
    return identifier


def renew_session(editor_session: EditorSession) -> str:
    """Record a new proof of identity, and return the session's new identifier; the old one is void.

    A cookie copied before the proof does not profit from it (ASVS 7.2.4).
    """
    identifier = secrets.token_urlsafe(32)
    editor_session.digest, editor_session.proved_at = digest_of(identifier), now()
    return identifier


def find_session(session: Session, identifier: str) -> EditorSession | None:
    is_open = EditorSession.digest == digest_of(identifier), EditorSession.ends_at > now()
    # What the gate asks of the account comes with it: no page reads it again.
    with_user = joinedload(EditorSession.user, innerjoin=True).joinedload(User.articles)
    editor_session = session.scalars(select(EditorSession).where(*is_open).options(with_user)).unique().one_or_none()
    return editor_session if editor_session is not None and editor_session.user.is_active else None


def sessions_of(session: Session, user: User) -> Sequence[EditorSession]:
    selected = select(EditorSession).where(EditorSession.user_id == user.id, EditorSession.ends_at > now())
    return session.scalars(selected.order_by(EditorSession.id.desc())).all()


def end_sessions(session: Session, by: Actor, user: User, *, only: int | None = None, but: int | None = None) -> None:
    """End the sessions of a user, all, `only` one or all `but` one, with an audit event for each."""
    for editor_session in sessions_of(session, user):
        if editor_session.id != but and only in {None, editor_session.id}:
            session.delete(editor_session)
            session.add(AuditEvent.of(Kind.SESSION_ENDED, by, account_id=user.id))


def browser_name(agent: str) -> str:
    browser = next((name for mark, name in BROWSERS.items() if mark in agent), "Navigateur")
    system = next((name for mark, name in SYSTEMS.items() if mark in agent), "")
    return f"{browser}, {system}" if system else browser
