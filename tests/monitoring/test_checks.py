"""Readiness: the database reachable and at this code's revision, the journal writable."""

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from app.db import db
from app.monitoring.checks import Fault, Readiness, all_faults, code_revision, database_revision
from app.testimonials.erasure_journal import WaitingEntry, journal_path
from tests.services.server import ROOT


def faults(app: Flask) -> list[Fault]:
    with app.app_context():
        return all_faults(db.engine, journal_path())


@pytest.mark.one_engine
def test_the_revision_of_the_code_is_alembic_s_head() -> None:
    assert code_revision() == ScriptDirectory(str(ROOT / "migrations")).get_current_head()


def test_a_prepared_database_has_no_fault(app: Flask, session: Session) -> None:
    assert database_revision(session.connection()) == code_revision()
    assert faults(app) == []


@pytest.mark.changes_content
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("UPDATE alembic_version SET version_num = '0030'", [Fault.OLDER]),
        ("UPDATE alembic_version SET version_num = '9999'", []),
        ("UPDATE alembic_version SET version_num = 'earlier'", [Fault.SCHEMA]),
        ("DELETE FROM alembic_version", [Fault.SCHEMA]),
        ("DROP TABLE alembic_version", [Fault.SCHEMA]),
    ],
)
def test_a_schema_of_before_is_a_fault_and_one_of_later_is_none(
    app: Flask, session: Session, change: str, expected: list[Fault]
) -> None:
    session.execute(text(change))
    session.commit()
    assert faults(app) == expected


def test_a_journal_that_cannot_be_written_is_a_fault_and_lines_that_wait_are_none(app: Flask, session: Session) -> None:
    """The database holds those of all machines: the full disk of one would take every one out of service."""
    session.add(WaitingEntry(line="a line\n"))
    session.commit()
    journal_path().mkdir()
    assert faults(app) == [Fault.JOURNAL]
    journal_path().rmdir()
    assert faults(app) == []


@pytest.mark.one_engine
def test_a_database_that_refuses_is_a_fault(tmp_path: Path) -> None:
    missing = create_engine(f"sqlite:///{tmp_path}/no-folder/db.sqlite3")
    assert Readiness().faults(missing, tmp_path / "erasures.log") == [Fault.DATABASE]
