"""The outbox: a row written in the caller's transaction, and what the delivery loop does with it.

Delivery is three steps, so that no transaction waits for a mail server: claim (the letter is ours for a while),
hand over, settle. A deliverer that dies after its claim leaves a letter that is due again when the claim lapses.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ForeignKey, Select, delete, select
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column

from app.db import Base, by_value, now
from app.mail.compose import compose, new_message_id
from app.mail.messages import Message
from app.mail.transport import NotDelivered, Transport

CLAIM = timedelta(minutes=10)
LONGEST_WAIT = timedelta(hours=6)
MOST_ATTEMPTS = 20  # about three days


class Letter(MappedAsDataclass, Base, kw_only=True):
    """A message to one person; `facts` is what its template needs, never a link; nothing once it has left.

    Due at `due_at`; once that is None it has left (`sent_at`) or was given up, for the reason `last_refusal` gives.
    """

    __tablename__ = "letter"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    message: Mapped[Message] = mapped_column(by_value(Message))
    recipient: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    testimonial_id: Mapped[int | None] = mapped_column(ForeignKey("testimonial.id"), index=True)
    # The database itself forgets a letter with the draft it is about.
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("draft.id", ondelete="CASCADE"), index=True, default=None)
    message_id: Mapped[str] = mapped_column(default_factory=new_message_id)
    written_at: Mapped[datetime] = mapped_column(default_factory=now)
    due_at: Mapped[datetime | None] = mapped_column(index=True, default_factory=now)
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
    attempts: Mapped[int] = mapped_column(default=0)
    last_refusal: Mapped[str | None] = mapped_column(default=None)

    def revive(self) -> None:
        """Make it due again, as if it had not been tried yet; why it was last refused stays until it leaves."""
        self.due_at, self.attempts = now(), 0


def write(session: Session, message: Message, *, to: str, about: int | None = None, **facts: Any) -> Letter:
    """Put a letter in the outbox; it leaves if and only if the caller's transaction is committed."""
    letter = Letter(message=message, recipient=to, facts=facts, testimonial_id=about)
    session.add(letter)
    return letter


def forget(session: Session, testimonial_id: int) -> None:
    """Remove every letter about a testimonial, sent or not: erasing reaches the outbox too."""
    session.execute(delete(Letter).where(Letter.testimonial_id == testimonial_id))


def hold(session: Session, testimonial_id: int, since: datetime, until: datetime) -> None:
    """Keep what was written about a testimonial since a moment from leaving before another."""
    for letter in session.scalars(waiting(testimonial_id).where(Letter.written_at >= since)):
        letter.due_at = until


def call_back(session: Session, testimonial_id: int, since: datetime) -> None:
    """Remove what was written about a testimonial at a moment and is still held: it is true no more.

    What was written later, and is not held, is about something else. What it had superseded is true again, and leaves.
    """
    held = waiting(testimonial_id).where(Letter.written_at >= since, Letter.attempts == 0, Letter.due_at > now())
    for letter in session.scalars(held).all():
        for message, facts in letter.facts.get("superseded", []):
            current = {"generation": letter.facts["generation"]}
            write(session, Message(message), to=letter.recipient, about=testimonial_id, **facts | current)
        session.delete(letter)


def drop(session: Session, testimonial_id: int, untrue: Collection[Message]) -> list[Letter]:
    """Remove what has not left and would tell an author something untrue; return what is removed."""
    with session.no_autoflush:  # the act that makes it untrue is not whole yet
        dropped = list(session.scalars(waiting(testimonial_id).where(Letter.message.in_(untrue)).order_by(Letter.id)))
    for letter in dropped:
        session.delete(letter)
    return dropped


def supersede(session: Session, testimonial_id: int, untrue: Collection[Message], since: datetime) -> None:
    """Drop what is untrue; what was written to the author since a moment carries it, and is called back with it."""
    dropped = [(letter.message.value, letter.facts) for letter in drop(session, testimonial_id, untrue)]
    for letter in session.scalars(waiting(testimonial_id).where(Letter.written_at >= since)) if dropped else ():
        if "generation" in letter.facts:  # what is written to others about the text has none of it to give back
            letter.facts = letter.facts | {"superseded": dropped}


def waiting(testimonial_id: int) -> Select[Letter]:
    """Select the letters about a testimonial that have not left yet."""
    return select(Letter).where(Letter.testimonial_id == testimonial_id, Letter.due_at.is_not(None))


def given_up(session: Session, testimonial_id: int, to: str | None) -> list[Letter]:
    """Return the letters about a testimonial, to one address, that will not leave any more, the oldest first."""
    return list(session.scalars(dead().where(Letter.testimonial_id == testimonial_id, Letter.recipient == to)))


def dead() -> Select[Letter]:
    """Select the letters that were given up, the oldest first."""
    return select(Letter).where(Letter.due_at.is_(None), Letter.sent_at.is_(None)).order_by(Letter.id)


def refused() -> Select[Letter]:
    """Select the letters that were refused and are still tried, the one whose turn comes first."""
    return select(Letter).where(Letter.due_at.is_not(None), Letter.last_refusal.is_not(None)).order_by(Letter.due_at)


def renew_link(session: Session, testimonial_id: int, generation: int) -> None:
    """Let the letters that have not left carry the new private link: the one they were written with is dead.

    Those that were given up too: they may be sent again.
    """
    waiting = select(Letter).where(Letter.testimonial_id == testimonial_id, Letter.sent_at.is_(None))
    for letter in session.scalars(waiting):
        if "generation" in letter.facts:  # what is written to others about the text bears no link of its author's
            letter.facts = letter.facts | {"generation": generation}


@dataclass(frozen=True)
class Claimed:
    """A letter that is ours to deliver, by value: while it travels, no transaction is open."""

    letter_id: int
    message: Message
    recipient: str
    facts: dict[str, Any]
    message_id: str


def claim(session: Session) -> Claimed | None:
    """Return the letter that has waited longest, claimed; None when none is due. The caller commits."""
    due = (
        select(Letter).where(Letter.due_at <= now()).order_by(Letter.due_at).limit(1).with_for_update(skip_locked=True)
    )
    letter = session.scalar(due)
    if letter is None:
        return None
    letter.attempts += 1
    letter.due_at = now() + CLAIM
    return Claimed(letter.id, letter.message, letter.recipient, dict(letter.facts), letter.message_id)


def hand_over(claimed: Claimed, transport: Transport) -> NotDelivered | None:
    """Render a claimed letter and give it to the transport; return why it has not left, if it has not.

    A letter that cannot even be rendered is kept like one that is refused: it must not stop those behind it.
    """
    try:
        transport.send(compose(claimed.message, claimed.recipient, claimed.facts, claimed.message_id))
    except NotDelivered as refusal:
        return refusal
    except Exception as error:  # noqa: BLE001  # whatever is wrong with one letter, the others leave
        return NotDelivered(type(error).__name__)
    return None


def settle(session: Session, claimed: Claimed, refusal: NotDelivered | None) -> None:
    """Note what came of a letter: gone, due again after a growing delay, or given up. The caller commits."""
    letter = session.get(Letter, claimed.letter_id)
    if letter is None:  # erased while it travelled
        return
    if refusal is None:
        letter.sent_at, letter.due_at, letter.last_refusal = now(), None, None
        letter.facts = {}
        return
    letter.last_refusal = str(refusal)
    given_up = refusal.final or letter.attempts >= MOST_ATTEMPTS
    letter.due_at = None if given_up else now() + min(timedelta(minutes=2**letter.attempts), LONGEST_WAIT)
