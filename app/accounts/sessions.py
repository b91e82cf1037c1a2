"""Sessions of editors: a row each, known by the digest of an identifier that only the browser's cookie holds.

What a copied cookie is worth ends with its row: at sign-out, on « terminer », when the account is disabled, changes
role or gets a new password, and after the absolute period. The idle period (PERMANENT_SESSION_LIFETIME) needs no
row: Flask signs the time into the cookie, refuses an older one, and each answer to an editor renews it; so that
looking at a page writes nothing (product rule 5).
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column, relationship

from app.accounts.models import User
from app.audit import Actor, AuditEvent, Kind
from app.db import Base, now

FRESH_FOR = timedelta(minutes=10)

BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


class EditorSession(MappedAsDataclass, Base, kw_only=True):
    """One browser in which an editor is signed in."""

    __tablename__ = "editor_session"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    user: Mapped[User] = relationship(init=False, lazy="joined", innerjoin=True, repr=False)
    digest: Mapped[str] = mapped_column(unique=True, repr=False)
    browser: Mapped[str]
    opened_at: Mapped[datetime] = mapped_column(default_factory=now)
    ends_at: Mapped[datetime]
    proved_at: Mapped[datetime] = mapped_column(default_factory=now)

    @property
    def is_fresh(self) -> bool:
        """Say whether its editor has proved who they are within ten minutes."""
        return self.proved_at > now() - FRESH_FOR


def digest_of(identifier: str) -> str:
    """Return what is kept of an identifier: 256 random bits need no salt."""
    return hashlib.sha256(identifier.encode()).hexdigest()


def open_session(session: Session, user: User, agent: str) -> str:
    """Open a session for a user, and return its identifier, which is kept nowhere."""
    identifier = secrets.token_urlsafe(32)
    ends_at = now() + current_app.config["EDITOR_SESSION_PERIOD"]
    session.add(
        EditorSession(user_id=user.id, digest=digest_of(identifier), browser=browser_named(agent), ends_at=ends_at)
    )
    return identifier


def renew_session(present: EditorSession) -> str:
    """Note that its editor has proved who they are again; return its new identifier, the one before is worth nothing.

    Whoever has copied the cookie does not profit from the proof (ASVS 7.2.4).
    """
    identifier = secrets.token_urlsafe(32)
    present.digest, present.proved_at = digest_of(identifier), now()
    return identifier


def find_session(session: Session, identifier: str) -> EditorSession | None:
    """Return the session of an identifier, with its user as they are now; None if it has ended."""
    selected = select(EditorSession).where(EditorSession.digest == digest_of(identifier), EditorSession.ends_at > now())
    found = session.scalar(selected)
    return found if found is not None and found.user.is_active else None


def sessions_of(session: Session, user: User) -> Sequence[EditorSession]:
    """Return the sessions of a user that have not ended, the last opened first."""
    selected = select(EditorSession).where(EditorSession.user_id == user.id, EditorSession.ends_at > now())
    return session.scalars(selected.order_by(EditorSession.id.desc())).all()


def end_sessions(session: Session, by: Actor, user: User, *, only: int | None = None, but: int | None = None) -> None:
    """End the sessions of a user: all, `only` one, or all `but` one; those that end are written down."""
    for each in sessions_of(session, user):
        if each.id != but and only in {None, each.id}:
            session.delete(each)
            session.add(AuditEvent.of(Kind.SESSION_ENDED, by, account_id=user.id))


def delete_ended_sessions(session: Session) -> None:
    """Delete the sessions past their period. The caller commits."""
    session.execute(delete(EditorSession).where(EditorSession.ends_at < now()))


def browser_named(agent: str) -> str:
    """Return a few words by which its owner knows a browser again."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "Navigateur")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return f"{browser}, {system}" if system else browser
