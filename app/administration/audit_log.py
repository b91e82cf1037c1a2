"""The journal: what happened, newest first, as narrow as asked, a stretch at a time or whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Engine, Select, select
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.audit import ActorKind, AuditEvent, Kind
from app.french import PARIS
from app.testimonials.models import Testimonial
from app.web import csv_files

PAGE = 50
AT_ONCE = 500

COLUMNS = ("Date (UTC)", "Fait", "Phrase", "Par", "Compte", "Texte", "Avant", "Après", "Version", "Raison")


@dataclass(frozen=True)
class AuditFilters:
    """What the journal is narrowed to; None is everything. Days are those of Paris, both included."""

    kind: Kind | None = None
    actor: ActorKind | None = None
    account: int | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class AuditRow:
    """One event, and the public identifier of the text it is about."""

    event: AuditEvent
    public_id: str | None


@dataclass(frozen=True)
class AuditPage:
    """A stretch of the journal, and the event that the next one starts below."""

    lines: list[AuditRow]
    next: int | None


def audit_page(session: Session, wanted: AuditFilters, below: int | None) -> AuditPage:
    """Return the newest lines that are as wanted, `below` an event's number."""
    selected = matching_events(wanted)
    if below is not None:
        selected = selected.where(AuditEvent.id < below)
    lines = [AuditRow(event, public_id) for event, public_id in session.execute(selected.limit(PAGE + 1))]
    return AuditPage(lines[:PAGE], lines[PAGE - 1].event.id if len(lines) > PAGE else None)


def matching_events(wanted: AuditFilters) -> Select[AuditEvent, str]:
    """Select events with the identifier of their text, newest first."""
    selected = (
        select(AuditEvent, Testimonial.public_id)
        .outerjoin(Testimonial, Testimonial.id == AuditEvent.testimonial_id)
        .order_by(AuditEvent.id.desc())
    )
    if wanted.kind:
        selected = selected.where(AuditEvent.kind == wanted.kind)
    if wanted.actor:
        selected = selected.where(AuditEvent.actor == wanted.actor)
    if wanted.account is not None:
        selected = selected.where(AuditEvent.user_id == wanted.account)
    if wanted.since:
        selected = selected.where(AuditEvent.at >= midnight(wanted.since))
    if wanted.until:
        selected = selected.where(AuditEvent.at < midnight(wanted.until + timedelta(days=1)))
    return selected


def midnight(day: date) -> datetime:
    """Return when a day begins in Paris."""
    return datetime.combine(day, time(), PARIS)


def csv_rows(engine: Engine, wanted: AuditFilters) -> Iterator[str]:
    """Yield the journal as the lines of a CSV file, read a stretch at a time: it may be long, and holds no lock.

    It leaves after the request is over, hence a session of its own.
    """
    yield csv_files.BYTE_ORDER_MARK
    yield csv_files.csv_row(COLUMNS)
    with Session(engine.execution_options(sqlite_begin="BEGIN")) as session:
        names = accounts.names_by_id(session)
        below = None
        while lines := session.execute(csv_batch(wanted, below)).all():
            for event, public_id in lines:
                yield csv_files.csv_row(csv_cells(event, public_id, names))
            below = lines[-1][0].id
            session.expunge_all()


def csv_batch(wanted: AuditFilters, below: int | None) -> Select[AuditEvent, str]:
    """Select what is read at once for a file."""
    selected = matching_events(wanted).limit(AT_ONCE)
    return selected if below is None else selected.where(AuditEvent.id < below)


def csv_cells(event: AuditEvent, public_id: str | None, names: dict[int, str]) -> tuple[object, ...]:
    """Return one event as the cells of a row, in the order of `COLUMNS`."""
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
