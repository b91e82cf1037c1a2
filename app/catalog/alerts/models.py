"""Alert: an address that follows an article's testimonials, or those of some filters; its confirmation and its end."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Select, UniqueConstraint, and_, delete, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from app import erasure_journal, french
from app.articles.models import Article
from app.catalog.facets import FacetColumns
from app.catalog.filters import FACETS, Filters
from app.db import Base, is_read_only, new_public_id, now
from app.links import Link
from app.mail.outbox import Email
from config import Months

ALERT = Link("alert", "alerts.subscribe")
# How long an alert lasts once confirmed: each letter says the day. The same link makes it last as long again.
KEPT_FOR = Months(12)
# How long its owner has to confirm the address.
CONFIRMED_WITHIN = timedelta(days=7)


class Alert(FacetColumns, Base, kw_only=True):
    """An address and what it follows: the key of a facet, of which each value was checked; no words of a search.

    Nothing leaves before `confirmed_at`. `told_at` is the moment up to which publications were told, or need not be.
    """

    __tablename__ = "alert"
    __table_args__ = (UniqueConstraint("article_id", *FACETS, "email"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    public_id: Mapped[str] = mapped_column(unique=True, init=False, default_factory=new_public_id)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), init=False)
    article: Mapped[Article] = relationship(repr=False)
    email: Mapped[str] = mapped_column(index=True, repr=False)
    asked_at: Mapped[datetime] = mapped_column(default_factory=now)
    confirmed_at: Mapped[datetime | None] = mapped_column(default=None)
    told_at: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def filters(self) -> Filters:
        chosen: dict[str, Any] = {name: getattr(self, name) or None for name in FACETS}
        return Filters(**chosen)

    @property
    def ends_at(self) -> datetime:
        """When it ends by itself: confirmed long ago, or never confirmed."""
        return self.confirmed_at + KEPT_FOR if self.confirmed_at else self.asked_at + CONFIRMED_WITHIN

    @property
    def may_last_longer(self) -> bool:
        """Whether confirming it again would change the day of its end."""
        return self.confirmed_at is None or french.paris_time(self.confirmed_at) < french.paris_time(now())


def is_kept() -> ColumnElement[bool]:
    """State that an alert is within its time: the clock may be late, its pages and letters are not."""
    # Both are true or false, never null: the clock deletes what this denies.
    unconfirmed = and_(Alert.confirmed_at.is_(None), Alert.asked_at > now() - CONFIRMED_WITHIN)
    confirmed = and_(Alert.confirmed_at.is_not(None), Alert.confirmed_at > now() - KEPT_FOR)
    return or_(confirmed, unconfirmed)


def by_public_id(public_id: str) -> Select[Alert]:
    """Select an alert that is within its time, locked in a POST."""
    selected = select(Alert).where(Alert.public_id == public_id, is_kept())
    return selected if is_read_only() else selected.with_for_update(of=Alert)


def confirm_alert(alert: Alert) -> None:
    """Begin an alert, or have it last as long again from today. The caller commits."""
    alert.confirmed_at = now()
    alert.told_at = alert.told_at or alert.confirmed_at


def alerts_of(email: str) -> Select[Alert]:
    return select(Alert).where(Alert.email == email).order_by(Alert.id)


def erase_alert(session: Session, alert: Alert) -> None:
    """Erase an alert and the letters that wait for it; the journal repeats it after a restored backup."""
    erasure_journal.append_entry(session, alert.public_id)
    delete_with_letters(session, alert)


def delete_with_letters(session: Session, alert: Alert) -> None:
    names_it = Email.facts["alert"].as_string() == alert.public_id
    session.execute(delete(Email).where(Email.recipient == alert.email, names_it))
    session.delete(alert)


def erase_named_alert(session: Session, public_id: str) -> bool:
    """Erase again an alert that a restored backup has brought back; return whether there was one."""
    alert = session.scalar(select(Alert).where(Alert.public_id == public_id))
    if alert is not None:
        delete_with_letters(session, alert)
    return alert is not None


def delete_old_alerts(session: Session) -> int:
    """Delete the alerts past their time, with their addresses; return how many. The caller commits."""
    alerts = session.scalars(select(Alert).where(~is_kept())).all()
    for alert in alerts:
        delete_with_letters(session, alert)
    return len(alerts)
