"""Subscription: how often an editor gets a digest; send_digests() queues those due."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from sqlalchemy import ColumnElement, ForeignKey, and_, or_, select
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column

from app.accounts.models import User
from app.accounts.queries import able_to_act
from app.db import Base, enum_by_value, now, upsert
from app.french import PARIS
from app.labelled_enum import LabelledEnum
from app.mail import outbox
from app.moderation.digest import mails
from app.moderation.digest.counts import facts_of, waiting_by_article

A_DAY = timedelta(days=1)


class Frequency(LabelledEnum):
    """How often a digest is sent; `period` is the time between two, None where none is sent."""

    # One minute for « at once »: ten texts that arrive together make one e-mail.
    AT_ONCE = "at_once", "Dès qu’un texte arrive", timedelta(minutes=1)
    DAILY = "daily", "Une fois par jour, si quelque chose attend", timedelta(days=1)
    WEEKLY = "weekly", "Une fois par semaine, si quelque chose attend", timedelta(days=7)
    NEVER = "never", "Jamais"
    period: timedelta | None

    def __new__(cls, value: str, label: str = "", period: timedelta | None = None) -> Self:
        member = cls.labelled(value, label)
        member.period = period
        return member


def least_time(frequency: Frequency) -> timedelta:
    """The least time between two digests: a day of 23 hours comes once a year."""
    period = frequency.period or timedelta.max
    return period - timedelta(hours=1) if period >= A_DAY else period


def last_turn(frequency: Frequency, notified_at: datetime, at: datetime) -> datetime:
    """Return the last moment, up to `at`, when a digest was due: that of the last one where none is.

    Days and weeks are counted in Paris: a digest keeps its hour, however late the one before, and in summer time.
    """
    if frequency.period is None or at - notified_at < least_time(frequency):
        return notified_at
    if frequency.period < A_DAY:
        return at
    there, here = notified_at.astimezone(PARIS), at.astimezone(PARIS)
    periods = (here.replace(tzinfo=None) - there.replace(tzinfo=None)) // frequency.period
    return (there + periods * frequency.period).astimezone(UTC)


class Subscription(MappedAsDataclass, Base, kw_only=True):
    """An editor's chosen frequency, and when a digest was last due; daily where there is no row."""

    __tablename__ = "subscription"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    frequency: Mapped[Frequency] = mapped_column(enum_by_value(Frequency), default=Frequency.DAILY)
    notified_at: Mapped[datetime] = mapped_column("told_at", default_factory=now)


def subscription_of(session: Session, user: User) -> Subscription:
    """Return an editor's subscription; it is created without a collision with another deliverer, or with the editor."""
    add_subscriptions(session, [user.id])
    return session.get_one(Subscription, user.id)


def add_subscriptions(session: Session, user_ids: Iterable[int]) -> None:
    """Add the subscriptions that are missing among these editors; another process may add them at the same moment."""
    known = set(session.scalars(select(Subscription.user_id)))
    added = [
        {"user_id": user_id, "frequency": Frequency.DAILY, "notified_at": now()}
        for user_id in user_ids
        if user_id not in known
    ]
    if added:
        session.execute(upsert(Subscription, session.get_bind().dialect.name).on_conflict_do_nothing(), added)


def chosen_frequency(session: Session, user: User) -> Frequency:
    subscription = session.get(Subscription, user.id)
    return subscription.frequency if subscription else Frequency.DAILY


def choose_frequency(session: Session, user: User, frequency: Frequency) -> None:
    subscription = subscription_of(session, user)
    session.refresh(subscription, with_for_update=True)  # of two clicks at once, the second waits here
    subscription.frequency = frequency


def send_digests(session: Session) -> Iterator[User]:
    """Queue a digest for each editor whose period is over, and yield them. The caller commits after each.

    An editor's row is locked until the commit: another deliverer passes over it, then finds that it is no longer due.
    """
    users = session.scalars(able_to_act().order_by(User.id)).all()
    add_subscriptions(session, [user.id for user in users])
    for user in users:
        due = select(Subscription).where(Subscription.user_id == user.id, is_due())
        locked = due.with_for_update(skip_locked=True).execution_options(populate_existing=True)
        subscription = session.scalar(locked)
        if subscription is not None and (facts := digest_facts(session, user, subscription)):
            if subscription.frequency is not Frequency.AT_ONCE:  # which tells of all that waits
                outbox.delete_waiting(session, mails.DIGEST, user.email)
            outbox.enqueue(session, mails.DIGEST, to=user.email, **facts)
            yield user


def digest_facts(session: Session, user: User, subscription: Subscription) -> dict[str, Any]:
    """Return the facts of a digest, and start its period again where it is due; none if nothing waits, or nothing new.

    At once, a digest tells of the articles that have something new; else, of all where something waits.
    """
    notified_at, turn = subscription.notified_at, last_turn(subscription.frequency, subscription.notified_at, now())
    if turn <= notified_at:
        return {}
    subscription.notified_at = turn
    is_whole = subscription.frequency is not Frequency.AT_ONCE
    waiting = waiting_by_article(session, user)
    return facts_of(session, user, [each for each in waiting if is_whole or each.latest > notified_at])


def is_due() -> ColumnElement[bool]:
    """State that the period of a subscription is over, or will be within the hour that summer time takes."""
    return or_(
        *(
            and_(Subscription.frequency == frequency, Subscription.notified_at <= now() - least_time(frequency))
            for frequency in Frequency
            if frequency is not Frequency.NEVER
        )
    )
