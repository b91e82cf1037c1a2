"""Migrations: up and down on both engines, one head, no difference from the models."""

from pathlib import Path

import flask_migrate
import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import inspect, text

from app.db import Base, db

pytestmark = pytest.mark.changes_content


def test_the_models_and_the_migrations_agree(app: Flask) -> None:
    with app.app_context():
        flask_migrate.check()


def test_an_added_column_is_detected(app: Flask) -> None:
    with app.app_context():
        db.session.execute(text("ALTER TABLE article ADD COLUMN forgotten INTEGER"))
        db.session.commit()
        with pytest.raises(SystemExit):
            flask_migrate.check()


def test_downgrade_removes_everything_and_upgrade_restores_it(app: Flask) -> None:
    with app.app_context():
        flask_migrate.downgrade(revision="base")
        assert set(inspect(db.engine).get_table_names()) == {"alembic_version"}
        flask_migrate.upgrade()
        assert tables() == {"alembic_version", *Base.metadata.tables}
        flask_migrate.check()


def tables() -> set[str]:
    """Return the tables but those of search, which differ by engine."""
    names = set(inspect(db.engine).get_table_names())
    assert {"search_desk", "search_public", "search_open"} < names
    return {name for name in names if not name.startswith("search_")}


def test_migrations_have_one_head_and_are_numbered() -> None:
    script = ScriptDirectory("migrations")
    revisions = [each.revision for each in script.walk_revisions()][::-1]
    assert revisions == [f"{number:04d}" for number in range(1, len(revisions) + 1)]
    assert script.get_heads() == [revisions[-1]]
    assert all(path.name.startswith(tuple(revisions)) for path in Path("migrations/versions").glob("*.py"))
