"""ModerationReport: the report of one civil year, its figures frozen as they were first published.

It stands in the read model: an admin publishes it (`moderation/report`), readers open it (`publication`), and neither
package imports the other. Its figures are words and numbers that were told already, of no text in particular.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Select, Text, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column

from app.audit import Actor, AuditEvent, Kind
from app.db import Base, now


class ReportChanged(Exception):
    """Another admin has published the report of this year meanwhile."""


class ModerationReport(MappedAsDataclass, Base, kw_only=True):
    """A report: `sections` never change; the introduction is that of the latest edition, of `edited_at`."""

    __tablename__ = "moderation_report"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sections: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    introduction: Mapped[str] = mapped_column(Text)
    counted_at: Mapped[datetime]
    edited_at: Mapped[datetime]
    offline_at: Mapped[datetime | None] = mapped_column(default=None)
    edition: Mapped[int] = mapped_column(init=False)

    # Of two admins who edit it at once, the second is refused.
    __mapper_args__ = {"version_id_col": edition}  # noqa: RUF012  # SQLAlchemy reads it from the class

    @property
    def is_public(self) -> bool:
        return self.offline_at is None


def public_reports() -> Select[ModerationReport]:
    """Select the reports that readers may open, the latest year first."""
    online = select(ModerationReport).where(ModerationReport.offline_at.is_(None))
    return online.order_by(ModerationReport.year.desc())


def publish_report(session: Session, year: int, sections: list[dict[str, Any]], introduction: str, by: Actor) -> None:
    """Publish the report of a year; one that was published before keeps its figures and gets another introduction.

    Figures counted twice would tell by their difference who was erased in between.
    """
    report, at = session.get(ModerationReport, year), now()
    if report is None:
        first = ModerationReport(year=year, sections=sections, introduction=introduction, counted_at=at, edited_at=at)
        try:
            with session.begin_nested():
                session.add(first)
        except IntegrityError:
            raise ReportChanged from None
    else:
        report.introduction, report.edited_at, report.offline_at = introduction, at, None
    session.add(AuditEvent.of(Kind.REPORT_PUBLISHED, by, reason=str(year)))


def take_down_report(session: Session, report: ModerationReport, by: Actor) -> None:
    """Take a report offline; doing it twice changes nothing more."""
    if report.is_public:
        report.offline_at = now()
        session.add(AuditEvent.of(Kind.REPORT_TAKEN_DOWN, by, reason=str(report.year)))
