"""Heartbeats: when deliverer and scheduled job were last alive on each machine, and when a backup was last made."""

import socket
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import case, delete, select
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column

from app.db import Base, enum_by_value, now, upsert

BETWEEN_BEATS = timedelta(minutes=1)
FORGOTTEN_AFTER = timedelta(days=7)  # the row of a machine that is no longer there, but for its last backup


class Process(StrEnum):
    """A kind of process that works without being asked."""

    DELIVERER = "deliverer"  # `mail loop`, or `mail deliver` from cron, each minute
    CLOCK = "clock"  # the scheduled job: each hour in `mail loop`, each day from cron
    BACKUP = "backup"  # each night, from the timer or from cron

    @property
    def silence(self) -> timedelta:
        hours = {Process.DELIVERER: 1 / 12, Process.CLOCK: 26, Process.BACKUP: 72}  # two nights without one may be
        return timedelta(hours=hours[self])


class Heartbeat(MappedAsDataclass, Base, kw_only=True):
    """The last beat (`at`) of a kind of process on a machine, and the first (`since`) without a silence in between.

    A restart shorter than the silence is not seen.
    """

    __tablename__ = "heartbeat"

    process: Mapped[Process] = mapped_column(enum_by_value(Process), primary_key=True)
    machine: Mapped[str] = mapped_column(primary_key=True)  # its host name
    since: Mapped[datetime] = mapped_column(default_factory=now)
    at: Mapped[datetime] = mapped_column(default_factory=now)

    @property
    def is_alive(self) -> bool:
        return now() - self.at <= self.process.silence


def record_heartbeat(session: Session, process: Process) -> bool:
    """Note that this process is alive; return whether anything was written, once a minute at most. The caller commits.

    Rows of machines that have been silent for a week go.
    """
    machine, moment = socket.gethostname(), now()
    table = Heartbeat.__table__.c
    own = table.process == process, table.machine == machine
    last = session.scalar(select(table.at).where(*own))
    if last is not None and moment - last < BETWEEN_BEATS:
        return False
    beat = {"process": process, "machine": machine, "since": moment, "at": moment}
    insert = upsert(Heartbeat, session.get_bind().dialect.name).values(beat)
    since = case((table.at < moment - process.silence, moment), else_=table.since)
    session.execute(
        insert.on_conflict_do_update(index_elements=["process", "machine"], set_={"since": since, "at": moment})
    )
    session.execute(delete(Heartbeat).where(table.at < moment - FORGOTTEN_AFTER, table.process != Process.BACKUP))
    return True


def all_heartbeats(session: Session) -> list[Heartbeat]:
    return list(session.scalars(select(Heartbeat).order_by(Heartbeat.process, Heartbeat.at.desc())))
