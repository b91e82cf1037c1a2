"""Alert: an address that follows an article's testimonials, or those of some filters; its confirmation and its end."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint, delete
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from app import french
from app.articles.models import Article
from app.catalog.facets import FacetColumns
from app.catalog.filters import FACETS, Filters
from app.db import Base, Numbered, new_public_id, now
from app.kept import Kept, Term
from app.links import Link
from app.mail.outbox import Email
from config import Months

ALERT = Link("alert", "alerts.subscribe")


class Alert(FacetColumns, Numbered, Base, kw_only=True):
    """An address and what it follows: the key of a facet, of which each value was checked; no words of a search.

    Nothing leaves before `confirmed_at`. Publications up to `notified_at` were told, or need not be.
    """

    __tablename__ = "alert"
    __table_args__ = (UniqueConstraint("article_id", *FACETS, "email"),)

    public_id: Mapped[str] = mapped_column(unique=True, init=False, default_factory=new_public_id)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), init=False)
    article: Mapped[Article] = relationship(repr=False)
    email: Mapped[str] = mapped_column(index=True, repr=False)
    asked_at: Mapped[datetime] = mapped_column(default_factory=now)
    confirmed_at: Mapped[datetime | None] = mapped_column(default=None)
    notified_at: Mapped[datetime | None] = mapped_column("told_at", default=None)

    @property
    def filters(self) -> Filters:
        chosen: dict[str, Any] = {name: getattr(self, name) or None for name in FACETS}
        return Filters(**chosen)

    @property
    def ends_at(self) -> datetime:
        """When it ends by itself: confirmed long ago, or never confirmed."""
        return KEPT.end_of(self)

    @property
    def may_last_longer(self) -> bool:
        """Whether confirming it again would change the day of its end."""
        return self.confirmed_at is None or french.paris_time(self.confirmed_at) < french.paris_time(now())


def delete_with_letters(session: Session, alert: Alert) -> None:
    names_it = Email.facts["alert"].as_string() == alert.public_id
    session.execute(delete(Email).where(Email.recipient == alert.email, names_it))
    session.delete(alert)


KEPT = Kept(
    model=Alert,
    name=Alert.public_id,
    owner=Alert.email,
    act=("alerts past their time", "suppression d’anciens suivis par lettre"),
    terms=[
        Term(
            "Adresse, et ce que vous suivez",
            "après votre confirmation, que vous pouvez renouveler, ou jusqu’à ce que vous arrêtiez la lettre",
            Months(12),
            Alert.confirmed_at,
        ),
        Term("Adresse que vous n’avez pas confirmée", "au plus", timedelta(days=7), Alert.asked_at, Alert.confirmed_at),
    ],
    delete=delete_with_letters,
)


def confirm_alert(alert: Alert) -> None:
    """Begin an alert, or have it last as long again from today. The caller commits."""
    alert.confirmed_at = now()
    alert.notified_at = alert.notified_at or alert.confirmed_at
