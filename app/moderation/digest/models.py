"""Subscription: how often an editor gets a digest; send_digests() queues those that are due."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import ColumnElement, ForeignKey, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, MappedAsDataclass, Session, mapped_column

from app import french
from app.accounts.models import User
from app.accounts.queries import editors_of, within
from app.audit import AuditEvent
from app.db import Base, enum_by_value, now, upsert
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
        member = cls.labelled(value, label)
        member.period = period
        return member


class Subscription(MappedAsDataclass, Base, kw_only=True):
    """An editor's chosen frequency, and when a digest was last considered; daily where there is no row."""

    __tablename__ = "subscription"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    frequency: Mapped[Frequency] = mapped_column(enum_by_value(Frequency), default=Frequency.DAILY)
    told_at: Mapped[datetime] = mapped_column(default_factory=now)


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


def send_digests(session: Session) -> Iterator[User]:
    """Queue a digest for each editor whose period is over, and yield them. The caller commits after each.

    An editor's row is locked until the commit: another deliverer passes over it, then finds that it is no longer due.
    """
    users = session.scalars(select(User).where(User.disabled_at.is_(None)).order_by(User.id)).all()
    add_subscriptions(session, [user.id for user in users])
    for user in users:
        due = select(Subscription).where(Subscription.user_id == user.id, is_due()).with_for_update(skip_locked=True)
        subscription = session.scalar(due.execution_options(populate_existing=True))
        if subscription is None:
            continue
        counted_at = now()
        news_only = subscription.frequency is Frequency.AT_ONCE
        facts = count_waiting(session, user, since=subscription.told_at if news_only else None)
        subscription.told_at = counted_at
        if facts is not None:
            outbox.enqueue(session, Message.DIGEST, to=user.email, **facts)
            yield user


def is_due() -> ColumnElement[bool]:
    """State that the period of a subscription is over."""
    return or_(
        *(
            and_(Subscription.frequency == frequency, Subscription.told_at <= now() - frequency.period)
            for frequency in Frequency
            if frequency.period is not None
        )
    )


# The noun of each count, singular and plural.
WAITING_NOUNS: Mapping[str, tuple[str, str]] = {
    "to_read": ("texte à relire", "textes à relire"),
    "contested": ("contestation", "contestations"),
    "noticed": ("témoignage signalé", "témoignages signalés"),
    "overdue": ("réponse d’auteur·e en retard", "réponses d’auteur·e·s en retard"),
}


def count_waiting(session: Session, user: User, since: datetime | None) -> dict[str, Any] | None:
    """Return the facts of a digest, a link and a sentence per count; None if nothing waits, or nothing since `since`.

    An objection is counted for the editors whose act is not the one contested, unless nobody else edits the article.
    """
    theirs = within(user.scope, Testimonial.article_id)
    contested = and_(queries.is_contested(), is_answerable_by(user), *theirs)
    kinds = {
        "to_read": (Testimonial.waiting_since, and_(queries.awaits_review(), *theirs)),
        "contested": (Testimonial.contested_at, contested),
        "noticed": (Testimonial.noticed_at, and_(Testimonial.noticed_at.is_not(None), *theirs)),
        "overdue": (Testimonial.due_at, and_(queries.is_unanswered(), *theirs)),
    }
    counts = {name: waiting_counts(session, moment, condition) for name, (moment, condition) in kinds.items()}
    latest = [each.latest for each in counts.values() if each.latest is not None]
    if not latest or (since is not None and max(latest) <= since):
        return None
    # A single testimonial is linked directly; several are linked through the queue.
    anything = or_(*(condition for _, condition in kinds.values()))
    public_ids = session.scalars(select(Testimonial.public_id).where(anything).limit(2)).all()
    link: dict[str, Any] = {"review": public_ids[0]} if len(public_ids) == 1 else {"desk": True}
    sentences = {name: waiting_sentence(counts[name], *nouns) for name, nouns in WAITING_NOUNS.items()}
    late = waiting_counts(session, Testimonial.contested_at, and_(contested, queries.is_objection_late())).number
    if late:
        sentences["contested"] += f", dont {late} en retard"
    return link | sentences


def is_answerable_by(user: User) -> ColumnElement[bool]:
    """State that another editor decided, or corrected, or that nobody else edits the article."""
    others = editors_of(Testimonial.article_id).where(User.id != user.id)
    last = select(Decision.user_id).where(Decision.testimonial_id == Testimonial.id).order_by(Decision.id.desc())
    corrected = select(AuditEvent.user_id).where(queries.is_contested_edit())
    editor = func.coalesce(corrected.limit(1).scalar_subquery(), last.limit(1).scalar_subquery(), 0)
    return or_(editor != user.id, ~others.exists())


@dataclass(frozen=True)
class WaitingCounts:
    """A number of testimonials, with the earliest and the latest moment among them."""

    number: int
    oldest: datetime | None
    latest: datetime | None


def waiting_counts(
    session: Session, moment: InstrumentedAttribute[Any], condition: ColumnElement[bool]
) -> WaitingCounts:
    aggregates = select(func.count(), func.min(moment), func.max(moment)).where(condition)
    return WaitingCounts(*session.execute(aggregates).one())


def waiting_sentence(counts: WaitingCounts, one: str, many: str) -> str:
    if counts.oldest is None:
        return ""
    since = "depuis" if counts.number == 1 else "le plus ancien depuis"
    return f"{french.count(counts.number, one, many)}, {since} {french.since(counts.oldest)}"
