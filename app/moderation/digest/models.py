"""Subscription: how often an editor gets a digest, of all articles or of one; send_digests() queues those due."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from sqlalchemy import ColumnElement, ForeignKey, and_, exists, or_, select
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column

from app.accounts.models import User
from app.accounts.queries import able_to_act
from app.db import Base, enum_by_value, now, upsert
from app.french import PARIS
from app.labels import LabelledEnum
from app.mail import outbox
from app.mail.messages import Message
from app.moderation.digest.counts import WaitingTexts, facts_of, waiting_by_article

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


def last_turn(frequency: Frequency, told_at: datetime, at: datetime) -> datetime:
    """Return the last moment, up to `at`, when a digest was due: that of the last one where none is.

    Days and weeks are counted in Paris: a digest keeps its hour, however late the one before, and in summer time.
    """
    if frequency.period is None or at - told_at < least_time(frequency):
        return told_at
    if frequency.period < A_DAY:
        return at
    there, here = told_at.astimezone(PARIS), at.astimezone(PARIS)
    periods = (here.replace(tzinfo=None) - there.replace(tzinfo=None)) // frequency.period
    return (there + periods * frequency.period).astimezone(UTC)


class Subscription(MappedAsDataclass, Base, kw_only=True):
    """An editor's chosen frequency, and when a digest was last due; daily where there is no row."""

    __tablename__ = "subscription"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    frequency: Mapped[Frequency] = mapped_column(enum_by_value(Frequency), default=Frequency.DAILY)
    told_at: Mapped[datetime] = mapped_column(default_factory=now)


class ArticleSubscription(MappedAsDataclass, Base, kw_only=True):
    """The frequency that an editor chose for one article, where it differs from that of the others."""

    __tablename__ = "article_subscription"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    article_id: Mapped[int] = mapped_column(
        ForeignKey("article.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    frequency: Mapped[Frequency] = mapped_column(enum_by_value(Frequency))
    told_at: Mapped[datetime] = mapped_column(default_factory=now)


AnySubscription = Subscription | ArticleSubscription


def subscription_of(session: Session, user: User) -> Subscription:
    """Return an editor's subscription; it is created without a collision with another deliverer, or with the editor."""
    add_subscriptions(session, [user.id])
    return session.get_one(Subscription, user.id)


def add_subscriptions(session: Session, user_ids: Iterable[int]) -> None:
    """Add the subscriptions that are missing among these editors, whoever adds them at the same moment."""
    known = set(session.scalars(select(Subscription.user_id)))
    added = [
        {"user_id": user_id, "frequency": Frequency.DAILY, "told_at": now()}
        for user_id in user_ids
        if user_id not in known
    ]
    if added:
        insert = upsert(Subscription, session.get_bind().dialect.name)
        session.execute(insert.on_conflict_do_nothing(), added)


def chosen_frequency(session: Session, user: User) -> Frequency:
    subscription = session.get(Subscription, user.id)
    return subscription.frequency if subscription else Frequency.DAILY


def subscriptions_by_article(session: Session, user: User) -> dict[int, ArticleSubscription]:
    selected = select(ArticleSubscription).where(ArticleSubscription.user_id == user.id)
    return {each.article_id: each for each in session.scalars(selected.execution_options(populate_existing=True))}


def choose_frequencies(
    session: Session, user: User, frequency: Frequency, by_article: Mapping[int, Frequency | None]
) -> None:
    """Keep an editor's frequency, and those of some articles; None: as for the others."""
    subscription = subscription_of(session, user)
    session.refresh(subscription, with_for_update=True)  # of two clicks at once, the second waits here
    subscription.frequency = frequency
    known = subscriptions_by_article(session, user)
    for article_id, chosen in by_article.items():
        if chosen is None and article_id in known:
            session.delete(known[article_id])
        elif chosen is not None and article_id in known:
            known[article_id].frequency = chosen
        elif chosen is not None:
            session.add(ArticleSubscription(user_id=user.id, article_id=article_id, frequency=chosen))


def send_digests(session: Session) -> Iterator[User]:
    """Queue a digest for each editor whose period is over, and yield them. The caller commits after each.

    An editor's row is locked until the commit: another deliverer passes over it, then finds that it is no longer due.
    """
    users = session.scalars(able_to_act().order_by(User.id)).all()
    add_subscriptions(session, [user.id for user in users])
    for user in users:
        of_article = exists().where(ArticleSubscription.user_id == user.id, is_due(ArticleSubscription))
        due = select(Subscription).where(Subscription.user_id == user.id, or_(is_due(Subscription), of_article))
        locked = due.with_for_update(skip_locked=True).execution_options(populate_existing=True)
        subscription = session.scalar(locked)
        if subscription is not None and (facts := digest_facts(session, user, subscription)):
            outbox.enqueue(session, Message.DIGEST, to=user.email, **facts)
            yield user


def digest_facts(session: Session, user: User, subscription: Subscription) -> dict[str, Any]:
    """Return the facts of a digest of the articles that are due; none if nothing waits, or nothing new.

    Each subscription that is due starts its period again.
    """
    subscriptions: dict[int | None, AnySubscription] = {None: subscription}
    subscriptions.update(subscriptions_by_article(session, user).items())
    turns = {key: last_turn(each.frequency, each.told_at, now()) for key, each in subscriptions.items()}
    due = [key for key, each in subscriptions.items() if turns[key] > each.told_at]
    waiting = []
    for texts in waiting_by_article(session, user) if due else ():
        key = texts.article_id if texts.article_id in subscriptions else None
        if key in due and is_told(subscriptions[key], texts):
            waiting.append(texts)
    for key in due:
        subscriptions[key].told_at = turns[key]
    return facts_of(session, user, waiting)


def is_told(subscription: AnySubscription, waiting: WaitingTexts) -> bool:
    """Whether a digest that is due tells what waits: at once, only what is new."""
    return subscription.frequency is not Frequency.AT_ONCE or waiting.latest > subscription.told_at


def is_due(kind: type[AnySubscription]) -> ColumnElement[bool]:
    """State that the period of a subscription is over, or will be within the hour that summer time takes."""
    return or_(
        *(
            and_(kind.frequency == frequency, kind.told_at <= now() - least_time(frequency))
            for frequency in Frequency
            if frequency is not Frequency.NEVER
        )
    )
