"""Readings: when an editor last opened a testimonial, and whether anything happened to it since.

A table of its own, apart from the testimonial's revision: no colleague's decision gets stale (docs/decisions/0035).
"""

from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, ForeignKey, Integer, bindparam, delete, func, select, union_all
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column

from app.audit import ActorKind, AuditEvent
from app.db import Base, now, upsert
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial

# The scheduled job and the platform write nothing that an editor would read.
NOBODY = (ActorKind.CLOCK, ActorKind.SYSTEM)


class Reading(MappedAsDataclass, Base, kw_only=True):
    """The last moment when an editor had a testimonial before them."""

    __tablename__ = "reading"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True, autoincrement=False)
    testimonial_id: Mapped[int] = mapped_column(ForeignKey("testimonial.id"), primary_key=True, autoincrement=False)
    at: Mapped[datetime]


def mark_read(session: Session, testimonial: Testimonial, user_id: int) -> None:
    """Write that an editor reads a testimonial now, whoever writes it at the same moment."""
    insert = upsert(Reading, session.get_bind().dialect.name)
    keys = [Reading.user_id, Reading.testimonial_id]
    again = insert.on_conflict_do_update(index_elements=keys, set_={"at": insert.excluded.at})
    session.execute(again, {"user_id": user_id, "testimonial_id": testimonial.id, "at": now()})


def delete_readings_of_erased(session: Session) -> int:
    """Delete who read the texts that are erased, and when; return how many. The caller commits."""
    erased = select(Testimonial.id).where(Testimonial.status == Status.ERASED)
    old = delete(Reading).where(Reading.testimonial_id.in_(erased))
    return len(session.scalars(old.returning(Reading.user_id)).all())


READER = bindparam("reader_id", type_=Integer)  # the editor, given as the statement is executed


@cache
def is_read() -> ColumnElement[bool]:
    """State that the reader opened a testimonial, or acted on it, after all that others did; null if neither."""
    of_it = AuditEvent.testimonial_id == Testimonial.id
    by_others = AuditEvent.user_id.is_distinct_from(READER), AuditEvent.actor.not_in(NOBODY)
    news = select(func.max(AuditEvent.at)).where(of_it, *by_others).correlate(Testimonial)
    opened = select(Reading.at).where(Reading.user_id == READER, Reading.testimonial_id == Testimonial.id)
    acted = select(AuditEvent.at).where(of_it, AuditEvent.user_id == READER)
    seen = union_all(opened.correlate(Testimonial), acted.correlate(Testimonial)).subquery()
    return news.scalar_subquery() <= select(func.max(seen.c.at)).scalar_subquery()
