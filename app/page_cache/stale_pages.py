"""Stale pages: cached pages sent while the database is away, for as long as the owner allows (`STALE_PAGES`).

What could be read of a page's stamp last must be its own, and no older than that. Whatever this process has changed,
or tried to, since it read the stamp ends that: it never sends a page with words that it knows to be withdrawn.
"""

from time import monotonic

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from app.page_cache.store import CachedPage


class Commits:
    """The commits of this process: the sessions where one is under way, and when the last ended, well or not."""

    def __init__(self) -> None:
        self.under_way: set[int] = set()
        self.ended_at = 0.0


COMMITS = Commits()


@event.listens_for(Session, "before_commit")
def note_beginning(session: Session) -> None:
    COMMITS.under_way.add(id(session))


@event.listens_for(Session, "after_transaction_end")
def note_end(session: Session, transaction: SessionTransaction) -> None:
    """Note the end of a commit, also of one whose outcome is unknown: the database may have gone away midway."""
    if transaction.parent is None and id(session) in COMMITS.under_way:
        COMMITS.ended_at = monotonic()
        COMMITS.under_way.discard(id(session))


class LastStamps:
    """The stamp of each scope as it was last read, and when."""

    def __init__(self, patience: int) -> None:
        self.patience = patience  # seconds
        self.read: dict[int, tuple[str | None, float]] = {}

    def note(self, scope: int, stamp: str | None, asked_at: float) -> None:
        if self.patience:
            self.read[scope] = stamp, asked_at

    def age(self, page: CachedPage) -> int | None:
        """Return for how long nothing has been known of a page, in seconds; None where it may not be sent."""
        stamp, asked_at = self.read.get(page.scope, (None, 0.0))
        is_current = stamp is not None and stamp == page.stamp
        if not is_current or COMMITS.under_way or asked_at <= COMMITS.ended_at:
            return None
        age = monotonic() - asked_at
        return int(age) if age <= self.patience else None
