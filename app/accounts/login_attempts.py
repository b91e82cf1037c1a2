"""Failed attempts, counted by account, browser and network, with delays that grow: a password guesser's budget.

Each browser that has signed in before has a signed cookie and its own budget (OWASP, « device cookies »): a stranger
who fails on an editor's address delays strangers, never the editor's own browser. The rows are in the database, so that
all workers count together. Their keys are keyed digests: no address can be read from them, and those of the network
change every day (`web.rate_limits`): its failures are forgotten at midnight, an account's are not.
"""

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column

from app import tokens
from app.db import Base, now, upsert
from app.kept import Kept, Term
from app.web.rate_limits import daily_name

FORGOTTEN_AFTER = timedelta(days=1)
LONGEST_DELAY = 15 * 60  # seconds
LONGEST_EXPONENT = 12

# Failures without a delay, by kind of attempt.
FREE_ATTEMPTS = {"account": 5, "device": 10, "network": 20, "factor": 5, "again": 5, "reset": 3, "reset-network": 20}
# Kinds whose subject is an address of the network.
OF_NETWORK = frozenset({"network", "reset-network"})


class Attempts(MappedAsDataclass, Base, kw_only=True):
    """The failures of one key, and the time of the next attempt it allows."""

    __tablename__ = "attempts"

    key: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime] = mapped_column(default_factory=now)
    free_at: Mapped[datetime] = mapped_column(default_factory=now)


KEPT = Kept(
    model=Attempts,
    act=("old attempts to sign in", "suppression d’anciennes tentatives de connexion"),
    terms=[Term("Tentative de connexion manquée", "après la dernière", FORGOTTEN_AFTER, Attempts.last_at)],
)


def attempt_key(kind: str, subject: str) -> str:
    if kind in OF_NETWORK:
        return daily_name(kind, subject)
    return f"{kind}:{tokens.lasting_digest('attempts', subject).hex()[:32]}"


class AttemptBudget:
    """The budget of one attempt: the rows of its keys, locked until the transaction ends, so that none slips past."""

    def __init__(self, session: Session, keys: Collection[str]) -> None:
        self.rows = [lock_attempts(session, each) for each in sorted(keys)]

    @property
    def is_spent(self) -> bool:
        return any(row.free_at > now() for row in self.rows)

    def draw(self) -> None:
        """Count a failure; past the free ones the next attempt waits 2, 4, 8 … seconds, up to a quarter of an hour."""
        for row in self.rows:
            row.failures += 1
            row.last_at = now()
            excess = row.failures - FREE_ATTEMPTS[row.key.partition(":")[0]]
            if excess > 0:
                delay = min(2 ** min(excess, LONGEST_EXPONENT), LONGEST_DELAY)
                row.free_at = now() + timedelta(seconds=delay)

    def restore(self) -> None:
        for row in self.rows:
            if not row.key.startswith("network:"):
                row.failures = 0
                row.free_at = now()


def lock_attempts(session: Session, key: str) -> Attempts:
    """Return the row of a key, inserted if needed, and locked."""
    insert = upsert(Attempts, session.get_bind().dialect.name).values(key=key, failures=0, last_at=now(), free_at=now())
    session.execute(insert.on_conflict_do_nothing(index_elements=["key"]))
    row = session.get_one(Attempts, key, with_for_update=True, populate_existing=True)
    if row.last_at < now() - FORGOTTEN_AFTER:
        row.failures = 0
    return row


def is_first_attempt(session: Session, kind: str, value: str) -> bool:
    """Record the use of a single-use random value; return whether the use is the first, under any of the keys."""
    row = lock_attempts(session, f"{kind}:{hashlib.sha256(value.encode()).hexdigest()[:32]}")
    row.failures += 1
    row.last_at = now()
    return row.failures == 1
