"""Heartbeats: one row for each kind of process and machine, written at most once a minute."""

import socket
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.db import now
from app.monitoring import heartbeat
from app.monitoring.heartbeat import Heartbeat, Process, all_heartbeats, record_heartbeat
from tests.acts import stored

pytestmark = pytest.mark.both_engines

HERE = socket.gethostname()


def beat(session: Session, monkeypatch: pytest.MonkeyPatch, moment: datetime, process: Process) -> bool:
    monkeypatch.setattr(heartbeat, "now", lambda: moment)
    written = record_heartbeat(session, process)
    session.commit()
    return written


def test_a_heartbeat_is_written_once_a_minute_and_tells_since_when(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = now() - timedelta(hours=1)
    minutes = [0, 0.5, 0.9, 1, 3, 8.5]
    written = [beat(session, monkeypatch, start + timedelta(minutes=each), Process.DELIVERER) for each in minutes]
    assert written == [True, False, False, True, True, True]
    (row,) = stored(session, Heartbeat)
    assert (row.process, row.machine) == (Process.DELIVERER, HERE)
    assert (row.since, row.at) == (start + timedelta(minutes=8.5),) * 2, "five minutes and a half were silent"
    beat(session, monkeypatch, start + timedelta(minutes=13.5), Process.DELIVERER)
    (row,) = stored(session, Heartbeat)
    assert (row.since, row.at) == (start + timedelta(minutes=8.5), start + timedelta(minutes=13.5))


@pytest.mark.parametrize(
    ("process", "silence"),
    [
        (Process.DELIVERER, timedelta(minutes=5)),
        (Process.CLOCK, timedelta(hours=26)),
        (Process.BACKUP, timedelta(days=3)),
    ],
)
@pytest.mark.one_engine
def test_a_process_counts_as_alive_until_it_is_silent_for_long(
    session: Session, monkeypatch: pytest.MonkeyPatch, process: Process, silence: timedelta
) -> None:
    moment = now()
    beat(session, monkeypatch, moment, process)
    (row,) = all_heartbeats(session)
    assert row.is_alive
    monkeypatch.setattr(heartbeat, "now", lambda: moment + silence)
    assert row.is_alive
    monkeypatch.setattr(heartbeat, "now", lambda: moment + silence + timedelta(seconds=1))
    assert not row.is_alive


def test_each_machine_has_its_row_and_one_that_is_gone_is_forgotten(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = now()
    for machine, age in (("gone", timedelta(days=7, seconds=1)), ("other", timedelta(days=6))):
        at = moment - age
        session.add(Heartbeat(process=Process.DELIVERER, machine=machine, since=at, at=at))
        session.add(Heartbeat(process=Process.BACKUP, machine=machine, since=at, at=at))
    session.commit()
    beat(session, monkeypatch, moment, Process.CLOCK)
    beat(session, monkeypatch, moment, Process.DELIVERER)
    rows = [(row.process, row.machine) for row in all_heartbeats(session)]
    backups = [rows.pop(0)[1] for _ in range(2)]
    assert backups == ["other", "gone"], "whoever made them"
    assert rows == [(Process.CLOCK, HERE), (Process.DELIVERER, HERE), (Process.DELIVERER, "other")]


@pytest.mark.parametrize(
    ("command", "process"),
    [("mail deliver", Process.DELIVERER), ("clock", Process.CLOCK), ("backup {}", Process.BACKUP)],
)
def test_the_deliverer_the_clock_and_backups_note_that_they_were_there(
    app: Flask, session: Session, tmp_path: Path, command: str, process: Process
) -> None:
    before = now()
    result = app.test_cli_runner().invoke(args=command.format(tmp_path).split())
    assert result.exit_code == 0, result.output
    (row,) = stored(session, Heartbeat)
    assert (row.process, row.machine) == (process, HERE)
    assert before <= row.since == row.at <= now()


@pytest.mark.one_engine
def test_a_dry_run_of_the_clock_is_no_heartbeat(app: Flask, session: Session) -> None:
    assert app.test_cli_runner().invoke(args=["clock", "--dry-run"]).exit_code == 0
    assert stored(session, Heartbeat) == []
