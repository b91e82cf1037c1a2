"""Failures told to admins, by the audit log and one e-mail, a day at most: of the clock, and those that `doctor` found.

Neither says of which text: the server's log does, by its number.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.queries import active_admins
from app.audit import CLOCK, AuditEvent, Kind
from app.db import now
from app.french import PARIS, paris_time
from app.kept import Act
from app.mail import outbox
from app.mail.messages import Mail
from app.privacy import mails


def tell_admins(session: Session, failed: Iterable[Act]) -> None:
    """Record the acts that failed, each once a day; write to admins if they are the day's first. The caller commits."""
    known = told_today(session, Kind.CLOCK_FAILED)
    labels = [label for label in dict.fromkeys(act.label for act in failed) if label not in known]
    session.add_all(AuditEvent.of(Kind.CLOCK_FAILED, CLOCK, reason=label) for label in labels)
    if labels and not known:
        write_to_admins(session, mails.CLOCK_FAILED, acts=labels)


def tell_of_check(session: Session, faults: Sequence[str]) -> bool:
    """Tell admins the faults that `doctor` found, or once that none is left; return whether. The caller commits."""
    kinds = Kind.CHECK_FAILED, Kind.CHECK_PASSED
    last = select(AuditEvent.kind).where(AuditEvent.kind.in_(kinds)).order_by(AuditEvent.id.desc()).limit(1)
    if told_today(session, Kind.CHECK_FAILED) if faults else session.scalar(last) is not Kind.CHECK_FAILED:
        return False
    session.add(AuditEvent.of(Kind.CHECK_FAILED if faults else Kind.CHECK_PASSED, CLOCK))
    write_to_admins(session, mails.CHECK_FAILED if faults else mails.CHECK_PASSED, faults=list(faults))
    return True


def told_today(session: Session, kind: Kind) -> set[str | None]:
    today = datetime.combine(paris_time(now()), time(), PARIS)
    return set(session.scalars(select(AuditEvent.reason).where(AuditEvent.kind == kind, AuditEvent.at >= today)))


def write_to_admins(session: Session, message: Mail, **facts: Any) -> None:
    for admin in session.scalars(active_admins()):
        outbox.enqueue(session, message, to=admin.email, **facts)
