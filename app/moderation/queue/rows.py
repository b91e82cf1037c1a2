"""QueueRow: one narrow row per testimonial, to filter and sort the queue; written in the transaction of each change.

Each filter, in each order, is a range of one index: forty rows cost the same among a million (docs/decisions/0010).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, ForeignKey, Index, Select, delete, false, func, insert, select
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column

from app.audit import AuditEvent
from app.db import Base, enum_by_value
from app.moderation.queue.filters import FILTERS
from app.territories.models import Department
from app.testimonials.changes import CHANGED_IDS, Changes
from app.testimonials.lifecycle import Status
from app.testimonials.queries import agrees_to, listed_partner_id, listed_since, listed_status
from app.testimonials.situation import Situation
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version, version_theme
from app.testimonials.wordings import Purpose

IS_CURRENT_VERSION = (Version.testimonial_id == Testimonial.id) & (Version.number == Testimonial.current_number)


def queue_indexes(columns: Sequence[str]) -> list[Index]:
    """Return two indexes for the whole queue and two for each filter: by longest wait, and by latest activity."""
    return [
        Index(f"ix_queue_row_{name or 'status'}_{sort}", "listed_status", *filter(None, [name]), sort, "testimonial_id")
        for name in ("", *columns)
        for sort in ("waiting_since", "active_at")
    ]


class QueueRow(MappedAsDataclass, Base, kw_only=True):
    """A testimonial as the queue lists it; `queries.listed_status()` may differ from its own status."""

    __tablename__ = "queue_row"
    __table_args__ = (
        *queue_indexes([each.column for each in FILTERS.values() if each.column]),
        Index("ix_queue_row_noticed_notice_due_at", "listed_status", "noticed", "notice_due_at", "testimonial_id"),
    )

    testimonial_id: Mapped[int] = mapped_column(ForeignKey("testimonial.id"), primary_key=True, autoincrement=False)
    listed_status: Mapped[Status] = mapped_column(enum_by_value(Status))
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"))
    situation: Mapped[Situation | None] = mapped_column(enum_by_value(Situation))
    region_code: Mapped[str | None] = mapped_column(ForeignKey("region.code"))
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("partner.id"))
    publication_consent: Mapped[bool]
    reuse_consent: Mapped[bool] = mapped_column(server_default=false())  # to open outlets: `opened_outlets()`
    contact_consent: Mapped[bool] = mapped_column(server_default=false())
    flagged: Mapped[bool]  # the assistant marked a passage
    noticed: Mapped[bool]  # a reader's notice is open
    notice_due_at: Mapped[datetime | None]  # the most urgent date of those open
    waiting_since: Mapped[datetime]
    active_at: Mapped[datetime]


class QueueThemeRow(MappedAsDataclass, Base, kw_only=True):
    """One row per testimonial and theme, for the filter by theme: a testimonial may have several."""

    __tablename__ = "queue_theme"
    __table_args__ = (
        Index("ix_queue_theme_waiting_since", "theme_id", "listed_status", "waiting_since", "testimonial_id"),
        Index("ix_queue_theme_active_at", "theme_id", "listed_status", "active_at", "testimonial_id"),
    )

    testimonial_id: Mapped[int] = mapped_column(ForeignKey("testimonial.id"), primary_key=True, autoincrement=False)
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id"), primary_key=True, autoincrement=False)
    listed_status: Mapped[Status] = mapped_column(enum_by_value(Status))
    waiting_since: Mapped[datetime]
    active_at: Mapped[datetime]


def rows_query() -> Select[Any]:
    last_event = select(func.max(AuditEvent.at)).where(AuditEvent.testimonial_id == Testimonial.id)
    active_at = func.coalesce(last_event.correlate(Testimonial).scalar_subquery(), Testimonial.submitted_at)
    return (
        select(
            Testimonial.id.label("testimonial_id"),
            listed_status().label("listed_status"),
            Testimonial.article_id,
            Version.situation,
            Department.region_code,
            listed_partner_id().label("partner_id"),
            Testimonial.publication_consent,
            Testimonial.reuse_consent.expression.label("reuse_consent"),
            agrees_to(Purpose.CONTACT).label("contact_consent"),
            (Testimonial.hint_count > 0).label("flagged"),
            Testimonial.noticed_at.is_not(None).label("noticed"),
            Testimonial.notice_due_at,
            listed_since().label("waiting_since"),
            active_at.label("active_at"),
        )
        .outerjoin(Version, IS_CURRENT_VERSION)
        .outerjoin(Department, Department.code == Version.department_code)
    )


def theme_rows_query() -> Select[Any]:
    copied = QueueRow.listed_status, QueueRow.waiting_since, QueueRow.active_at
    return (
        select(QueueRow.testimonial_id, version_theme.c.theme_id, *copied)
        .join(Testimonial, Testimonial.id == QueueRow.testimonial_id)
        .join(Version, IS_CURRENT_VERSION)
        .join(version_theme, version_theme.c.version_id == Version.id)
    )


def rewrite(kind: type[QueueRow] | type[QueueThemeRow], rows: Select[Any]) -> tuple[Executable, Executable]:
    """Return the DELETE and the INSERT that rewrite the rows of changed testimonials."""
    table: Any = kind.__table__
    columns = [column.name for column in rows.selected_columns]
    return delete(table).where(table.c.testimonial_id.in_(CHANGED_IDS)), insert(table).from_select(columns, rows)


# In order: a theme row is made from its queue row.
DELETE_ROWS, INSERT_ROWS = rewrite(QueueRow, rows_query().where(Testimonial.id.in_(CHANGED_IDS)))
DELETE_THEMES, INSERT_THEMES = rewrite(
    QueueThemeRow, theme_rows_query().where(QueueRow.testimonial_id.in_(CHANGED_IDS))
)


def on_change(session: Session, changes: Changes) -> None:
    if known := changes.known_ids:
        run(session, known, DELETE_ROWS, DELETE_THEMES)
    if changes.ids:
        run(session, changes.ids, INSERT_ROWS, INSERT_THEMES)


def rebuild(session: Session, ids: Sequence[int]) -> None:
    run(session, ids, DELETE_ROWS, INSERT_ROWS, DELETE_THEMES, INSERT_THEMES)


def run(session: Session, ids: Sequence[int], *statements: Executable) -> None:
    for statement in statements:
        session.execute(statement, {"ids": ids})
