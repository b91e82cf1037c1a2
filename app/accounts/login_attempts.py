"""Attempts that failed, counted by what they were made on and from, with a delay that grows: a guesser's budget.

Each browser that has signed in before carries a signed cookie and has a budget of its own (OWASP, « device
cookies »), so that a stranger who fails on an editor's address delays strangers, never the editor's own browser.
Rows live in the database: every worker and machine counts together. Keys are keyed digests: neither an address of
the network nor an e-mail can be read from them.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column

from app import tokens
from app.db import Base, now, upsert

FORGOTTEN_AFTER = timedelta(days=1)
LONGEST_DELAY = 15 * 60  # seconds
LONGEST_EXPONENT = 12

# How many failures cost nothing, by what is counted.
FREE_ATTEMPTS = {"account": 5, "device": 10, "network": 20, "factor": 5, "again": 5, "reset": 3, "reset-network": 20}


class Attempts(MappedAsDataclass, Base, kw_only=True):
    """How often one thing failed, and until when it is not tried again."""

    __tablename__ = "attempts"

    key: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime] = mapped_column(default_factory=now)
    free_at: Mapped[datetime] = mapped_column(default_factory=now)


def attempt_key(kind: str, of: str) -> str:
    """Return the key under which attempts of one kind are counted."""
    return f"{kind}:{tokens.keyed_digest('attempts', of).hex()[:32]}"


class AttemptBudget:
    """What one attempt draws on: the rows of its keys, held until the transaction ends, so that none slips past."""

    def __init__(self, session: Session, keys: Collection[str]) -> None:
        self.rows = [lock_attempts(session, each) for each in sorted(keys)]

    @property
    def is_spent(self) -> bool:
        """Say whether one must wait."""
        return any(row.free_at > now() for row in self.rows)

    def draw(self) -> None:
        """Count a failure; past the free ones, the next attempt waits 2, 4, 8 … seconds, up to a quarter of an hour."""
        for row in self.rows:
            row.failures += 1
            row.last_at = now()
            over = row.failures - FREE_ATTEMPTS[row.key.partition(":")[0]]
            if over > 0:
                delay = min(2 ** min(over, LONGEST_EXPONENT), LONGEST_DELAY)
                row.free_at = now() + timedelta(seconds=delay)

    def restore(self) -> None:
        """Forget the failures: whoever was trying has proved who they are."""
        for row in self.rows:
            if not row.key.startswith("network:"):
                row.failures = 0
                row.free_at = now()


def lock_attempts(session: Session, named: str) -> Attempts:
    """Return the row of a key, made if needed, and ours until the transaction ends."""
    made = upsert(Attempts, session.get_bind().dialect.name).values(key=named, failures=0, last_at=now(), free_at=now())
    session.execute(made.on_conflict_do_nothing(index_elements=["key"]))
    row = session.get_one(Attempts, named, with_for_update=True, populate_existing=True)
    if row.last_at < now() - FORGOTTEN_AFTER:
        row.failures = 0
    return row


def is_first_attempt(session: Session, kind: str, of: str) -> bool:
    """Say whether something good for one use is used for the first time, and note that it is."""
    row = lock_attempts(session, attempt_key(kind, of))
    row.failures += 1
    row.last_at = now()
    return row.failures == 1


def delete_old_attempts(session: Session) -> None:
    """Delete what no longer counts. The caller commits."""
    session.execute(delete(Attempts).where(Attempts.last_at < now() - FORGOTTEN_AFTER))
