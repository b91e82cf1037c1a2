"""Readiness: the database reachable and at this code's revision, the journal writable."""

import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db import db
from app.erasure_journal import journal_path
from app.monitoring.checks import Fault, all_faults, code_revision
from tests.services.server import ROOT


def faults(app: Flask) -> list[Fault]:
    with app.app_context():
        return all_faults(db.engine, journal_path())


@pytest.mark.one_engine
def test_the_revision_of_the_code_is_alembic_s_head() -> None:
    assert code_revision() == ScriptDirectory(str(ROOT / "migrations")).get_current_head()


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
