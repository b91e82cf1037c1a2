"""The audit log, filtered, newest first: a page at a time, or whole as CSV."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Engine, Row, Select, select
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.audit import ActorKind, AuditEvent, Kind
from app.db import now
from app.french import PARIS, paris_time, plain
from app.testimonials.testimonial import Testimonial
from app.web import csv_files

PAGE_SIZE = 50  # events
BATCH_SIZE = 500  # events

COLUMNS = ("Date (UTC)", "Fait", "Phrase", "Par", "Compte", "Texte", "Avant", "Après", "Version", "Raison")


@dataclass(frozen=True)
class AuditFilters:
    """The filters of the audit log; None filters nothing. Days are those of Paris, both included."""

    kind: Kind | None = None
    actor: ActorKind | None = None
    account: int | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class AuditPage:
    """A page of the audit log: events, each with the public identifier of its testimonial, if any.

    The next page starts below the event `next`, None on the last page.
    """

    rows: Sequence[Row[AuditEvent, str]]
    next: int | None


def recent_failures(session: Session) -> list[str]:
    """Return the acts of the clock that failed yesterday or today, by their labels."""
    yesterday = datetime.combine(paris_time(now()) - timedelta(days=1), time(), PARIS)
    failed = select(AuditEvent.reason).where(AuditEvent.kind == Kind.CLOCK_FAILED, AuditEvent.at >= yesterday)
    return sorted({reason for reason in session.scalars(failed) if reason}, key=plain)


def audit_page(session: Session, filters: AuditFilters, below: int | None) -> AuditPage:
    rows = session.execute(matching_events(filters, below).limit(PAGE_SIZE + 1)).all()
    return AuditPage(rows[:PAGE_SIZE], rows[PAGE_SIZE - 1][0].id if len(rows) > PAGE_SIZE else None)


def matching_events(filters: AuditFilters, below: int | None) -> Select[AuditEvent, str]:
    """Select the events that match the filters, with the public identifier of their testimonial, newest first."""
    selected = (
        select(AuditEvent, Testimonial.public_id)
        .outerjoin(Testimonial, Testimonial.id == AuditEvent.testimonial_id)
        .order_by(AuditEvent.id.desc())
    )
    if filters.kind:
        selected = selected.where(AuditEvent.kind == filters.kind)
    if filters.actor:
        selected = selected.where(AuditEvent.actor == filters.actor)
    if filters.account is not None:
        selected = selected.where(AuditEvent.user_id == filters.account)
    if filters.since:
        selected = selected.where(AuditEvent.at >= midnight(filters.since))
    if filters.until:
        selected = selected.where(AuditEvent.at < midnight(filters.until + timedelta(days=1)))
    if below is not None:
        selected = selected.where(AuditEvent.id < below)
    return selected


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), PARIS)


def audit_csv(engine: Engine, filters: AuditFilters) -> Iterator[str]:
    """Yield the lines of the CSV export, read in batches: it may be long, and takes no lock.

    The response is streamed after the request has ended, hence a session of its own.
    """
    yield csv_files.BYTE_ORDER_MARK
    yield csv_files.csv_row(COLUMNS)
    with Session(engine.execution_options(sqlite_begin="BEGIN")) as session:
        names = accounts.names_by_id(session)
        below = None
        while batch := session.execute(matching_events(filters, below).limit(BATCH_SIZE)).all():
            for event, public_id in batch:
                yield csv_files.csv_row(csv_cells(event, public_id, names))
            below = batch[-1][0].id
            session.expunge_all()


def csv_cells(event: AuditEvent, public_id: str | None, names: dict[int, str]) -> tuple[object, ...]:
    """Return the cells of one event, in the order of `COLUMNS`."""
    return (
        event.at.replace(tzinfo=None).isoformat(sep=" ", timespec="seconds"),
        event.kind.value,
        event.sentence(names),
        event.actor.label,
        names.get(event.user_id or 0, ""),
        public_id,
        event.before,
        event.after,
        event.version_number,
        event.reason,
    )
