"""Migrations: up, and the newest one down, on both engines; one head, no difference from the models."""

from pathlib import Path

import flask_migrate
import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import inspect, text

from app.db import Base, db

pytestmark = [pytest.mark.both_engines, pytest.mark.changes_content]


def test_the_models_and_the_migrations_agree(app: Flask) -> None:
    """The database was made by every migration, from nothing."""
    with app.app_context():
        assert tables() == {"alembic_version", *Base.metadata.tables}
        flask_migrate.check()


def test_an_added_column_is_detected(app: Flask) -> None:
    with app.app_context():
        db.session.execute(text("ALTER TABLE article ADD COLUMN forgotten INTEGER"))
        db.session.commit()
        with pytest.raises(SystemExit):
            flask_migrate.check()


def test_the_newest_migration_goes_down_and_up_again(app: Flask) -> None:
    with app.app_context():
        newest = revision()
        flask_migrate.downgrade(revision="-1")
        assert int(revision()) == int(newest) - 1
        flask_migrate.upgrade()
        assert revision() == newest
        assert tables() == {"alembic_version", *Base.metadata.tables}
        flask_migrate.check()


def revision() -> str:
    found: str = db.session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    db.session.rollback()
    return found


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
