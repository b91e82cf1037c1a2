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


def test_authenticators_keep_their_secrets_where_their_key_is_known(
    app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    """What 1.0.0 stored, and derived from it, for one key: the secrets are written out."""
    app.config.update(SECRET_KEY="n" * 32, SECRET_KEY_FALLBACKS=["o" * 32])
    named, unnamed = "KQZG5LRZXFAGDZOVHCQI4DD2FOZ5CY35", "7CE2XZQR7NNHS3Q357I3H5DZV6TQJYCX"
    inserted = (
        "INSERT INTO user_account (id, email, name, role, password_hash, created_at, edits_all, totp_counter,"
        " totp_nonce, totp_mask, totp_key)"
        " VALUES (:id, :email, 'N', 'editor', '', CURRENT_TIMESTAMP, true, 7, :nonce, :mask, :key)"
    )
    accounts = "SELECT totp_secret, totp_counter FROM user_account WHERE id > 9000 ORDER BY id"
    with app.app_context():
        flask_migrate.downgrade(revision="0048")
        with db.engine.begin() as connection:
            for number, nonce, mask, key in (
                (9001, "nonce", "0f" * 20, "b9c05103"),
                (9002, "nonce", None, None),
                (9003, "nonce", "0f" * 20, "ffffffff"),
                (9004, None, None, None),
            ):
                given = {"id": number, "email": f"{number}@exemple.fr", "nonce": nonce, "mask": mask, "key": key}
                connection.execute(text(inserted), given)
        flask_migrate.upgrade()
        assert stored(accounts) == [(named, 7), (None, None), (None, None), (None, 7)]
        assert "not set, or not known: 2; a new one is asked for" in capsys.readouterr().out
        app.config.update(SECRET_KEY="o" * 32, SECRET_KEY_FALLBACKS=[])
        flask_migrate.downgrade(revision="0048")
        assert stored("SELECT totp_nonce, totp_counter FROM user_account WHERE id = 9001") == [(None, None)]
        with db.engine.begin() as connection:
            connection.execute(text("UPDATE user_account SET totp_nonce = 'nonce', totp_counter = 7 WHERE id = 9002"))
        flask_migrate.upgrade()
        assert stored(accounts)[1] == (unnamed, 7)
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
