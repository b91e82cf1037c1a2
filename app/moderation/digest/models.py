"""Subscription: how often an editor is told what waits; and the telling."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import ColumnElement, ForeignKey, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, MappedAsDataclass, Session, mapped_column

from app import french
from app.accounts.models import User
from app.db import Base, enum_by_value, now
from app.labels import LabelledEnum
from app.mail import outbox
from app.mail.messages import Message
from app.testimonials import queries
from app.testimonials.decision import Decision
from app.testimonials.models import Testimonial


class Frequency(LabelledEnum):
    """How often a digest is sent; `period` is the least time between two, None where none is sent."""

    # One minute for « at once »: ten texts that arrive together make one e-mail.
    AT_ONCE = "at_once", "Dès qu’un texte arrive", timedelta(minutes=1)
    DAILY = "daily", "Une fois par jour, si quelque chose attend", timedelta(days=1)
    WEEKLY = "weekly", "Une fois par semaine, si quelque chose attend", timedelta(days=7)
    NEVER = "never", "Jamais"
    period: timedelta | None

    def __new__(cls, value: str, label: str = "", period: timedelta | None = None) -> Self:
        """Make a member of a value, its label and its period."""
        member = cls.labelled(value, label)
        member.period = period
        return member


class Subscription(MappedAsDataclass, Base, kw_only=True):
    """An editor's choice, and when they were told last; without one, an editor is told daily."""

    __tablename__ = "subscription"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    frequency: Mapped[Frequency] = mapped_column(enum_by_value(Frequency), default=Frequency.DAILY)
    told_at: Mapped[datetime] = mapped_column(default_factory=now)


def subscription_of(session: Session, user: User) -> Subscription:
    """Return an editor's subscription, made if they have none yet."""
    subscription = session.get(Subscription, user.id)
    if subscription is None:
        subscription = Subscription(user_id=user.id)
        session.add(subscription)
    return subscription


def chosen_frequency(session: Session, user: User) -> Frequency:
    """Return how often an editor is told."""
    subscription = session.get(Subscription, user.id)
    return subscription.frequency if subscription else Frequency.DAILY


def send_digests(session: Session) -> Iterator[User]:
    """Write to each editor whose time has come, and yield them. The caller commits each."""
    for user in session.scalars(select(User).where(User.disabled_at.is_(None)).order_by(User.id)).all():
        subscription = subscription_of(session, user)
        session.flush()
        period = subscription.frequency.period
        if period is None or now() - subscription.told_at < period:
            continue
        news_only = subscription.frequency is Frequency.AT_ONCE
        facts = count_waiting(session, user, since=subscription.told_at if news_only else None)
        subscription.told_at = now()
        if facts is not None:
            outbox.enqueue(session, Message.DIGEST, to=user.email, **facts)
            yield user


# How each thing that waits is counted.
WORDS: Mapping[str, tuple[str, str]] = {
    "to_read": ("texte à relire", "textes à relire"),
    "contested": ("décision contestée", "décisions contestées"),
    "noticed": ("témoignage signalé", "témoignages signalés"),
    "overdue": ("réponse d’auteur·e en retard", "réponses d’auteur·e·s en retard"),
}


def count_waiting(session: Session, user: User, since: datetime | None) -> dict[str, Any] | None:
    """Return what waits for an editor, as a digest says it; None where nothing does, or nothing new `since`.

    What an author contests is told to those who did not decide it, unless there is nobody else.
    """
    kinds = {
        "to_read": (Testimonial.waiting_since, queries.awaits_review()),
        "contested": (Testimonial.contested_at, and_(queries.is_contested(), *undecided_by(session, user))),
        "noticed": (Testimonial.noticed_at, Testimonial.noticed_at.is_not(None)),
        "overdue": (Testimonial.due_at, queries.is_unanswered()),
    }
    tallies = {name: waiting_counts(session, moment, condition) for name, (moment, condition) in kinds.items()}
    latest = [each.latest for each in tallies.values() if each.latest is not None]
    if not latest or (since is not None and max(latest) <= since):
        return None
    # One alone is opened at once.
    anything = or_(*(condition for _, condition in kinds.values()))
    found = session.scalars(select(Testimonial.public_id).where(anything).limit(2)).all()
    place: dict[str, Any] = {"review": found[0]} if len(found) == 1 else {"desk": True}
    return place | {name: waiting_sentence(tallies[name], *words) for name, words in WORDS.items()}


def undecided_by(session: Session, user: User) -> list[ColumnElement[bool]]:
    """State that another editor took the latest decision; nothing where this one is alone."""
    others = select(User.id).where(User.disabled_at.is_(None), User.id != user.id)
    if session.scalar(others.limit(1)) is None:
        return []
    last = select(Decision.user_id).where(Decision.testimonial_id == Testimonial.id).order_by(Decision.id.desc())
    return [func.coalesce(last.limit(1).scalar_subquery(), 0) != user.id]


@dataclass(frozen=True)
class WaitingCounts:
    """How many, since when, and until when."""

    number: int
    oldest: datetime | None
    latest: datetime | None


def waiting_counts(
    session: Session, moment: InstrumentedAttribute[Any], condition: ColumnElement[bool]
) -> WaitingCounts:
    """Return how many testimonials meet a condition, with the first and the last moment among them."""
    counted = select(func.count(), func.min(moment), func.max(moment)).where(condition)
    return WaitingCounts(*session.execute(counted).one())


def waiting_sentence(tally: WaitingCounts, one: str, many: str) -> str:
    """Return a tally as a line; nothing where there is nothing."""
    if tally.oldest is None:
        return ""
    since = "depuis" if tally.number == 1 else "le plus ancien depuis"
    return f"{french.count(tally.number, one, many)}, {since} {french.since(tally.oldest)}"
