"""Failures of the clock, told to admins: a line of the audit log for each act, and one e-mail, a day at most.

Neither says of which text: the server's log does, by its number.
"""

from collections.abc import Iterable
from datetime import datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.queries import active_admins
from app.audit import CLOCK, AuditEvent, Kind
from app.db import now
from app.french import PARIS, paris_time
from app.mail import outbox
from app.mail.messages import Message
from app.privacy.periods import Act


def tell_admins(session: Session, failed: Iterable[Act]) -> None:
    """Record the acts that failed, each once a day; write to admins if they are the day's first. The caller commits."""
    today = datetime.combine(paris_time(now()), time(), PARIS)
    told = select(AuditEvent.reason).where(AuditEvent.kind == Kind.CLOCK_FAILED, AuditEvent.at >= today)
    known = set(session.scalars(told))
    labels = [label for label in dict.fromkeys(act.label for act in failed) if label not in known]
    session.add_all(AuditEvent.of(Kind.CLOCK_FAILED, CLOCK, reason=label) for label in labels)
    if labels and not known:
        for admin in session.scalars(active_admins()):
            outbox.enqueue(session, Message.CLOCK_FAILED, to=admin.email, acts=labels, journal=True)
