"""Migrations: up, and the newest one down, on both engines; one head, no difference from the models."""

import json
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import inspect, text

from app.accounts.models import ArticleEditor
from app.articles.sentences import change_sentence
from app.db import Base, db
from app.moderation.digest import models as digests
from app.testimonials.lifecycle import Action, Status
from app.testimonials.private_page.consent_changes import call_back
from tests.acts import amend_text, published
from tests.factories import a_notice, a_testimonial, an_editor, another_article, by_editor, the_article

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


REVOKED = "SELECT a.kind, b.kind FROM audit_event AS a JOIN audit_event AS b ON b.id = a.revokes_id ORDER BY a.id"


def test_the_newest_migration_goes_down_and_up_again(app: Flask) -> None:
    with app.app_context():
        newest, session = revision(), db.session()
        by, aside, called_back = by_editor(session), published(session), published(session, 1)
        for title in ("Autrement", "Encore autrement"):
            amend_text(aside, title=title)
            aside.perform(Action.SET_ASIDE, by=by)
            session.flush()
        aside.perform(Action.TAKE_BACK, by=by)
        called_back.withdraw()
        call_back(called_back)
        session.commit()
        flask_migrate.downgrade(revision="-1")
        assert int(revision()) == int(newest) - 1
        flask_migrate.upgrade()
        assert revision() == newest
        acts = session.execute(text(REVOKED)).all()
        assert acts == [("take_back", "set_aside"), ("call_back", "withdraw")]
        marked = "SELECT number FROM version WHERE set_aside_at IS NOT NULL"
        assert session.scalars(text(marked)).all() == [2]
        session.close()
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
        first, *shut, without = stored(accounts)
        assert (first, without) == ((named, 7), (None, 7))
        assert [(len(str(secret)), counter) for secret, counter in shut] == [(32, 7)] * 2, "no password enters alone"
        assert shut[0] != shut[1]
        assert "not set, or not known, and open nothing: 2" in capsys.readouterr().out
        app.config.update(SECRET_KEY="o" * 32, SECRET_KEY_FALLBACKS=["o" * 32])
        flask_migrate.downgrade(revision="0048")
        assert stored("SELECT totp_nonce, totp_counter FROM user_account WHERE id = 9001") == [(None, None)]
        with db.engine.begin() as connection:
            connection.execute(text("UPDATE user_account SET totp_nonce = 'nonce', totp_counter = 7 WHERE id = 9002"))
        flask_migrate.upgrade()
        assert stored(accounts)[1] == (unnamed, 7)
        flask_migrate.check()


# The rhythm of a person before, that of each article, in order, which articles they edit (None: all), the one they get.
RHYTHMS: list[tuple[str, tuple[str | None, str | None], int | None, str]] = [
    ("weekly", ("never", None), None, "weekly"),
    ("daily", ("never", "weekly"), None, "weekly"),
    ("never", ("daily", "at_once"), None, "at_once"),
    ("daily", ("never", "at_once"), 1, "never"),
    ("daily", (None, "at_once"), 1, "daily"),
    ("daily", ("never", "never"), 0, "daily"),
    ("never", ("at_once", None), None, "at_once"),
]


def test_one_rhythm_is_left_of_several_which_are_kept_in_a_file(app: Flask) -> None:
    with app.app_context():
        session = db.session()
        articles = [the_article(session).id, another_article(session).id]
        people = [an_editor(session, email=f"e{number}@exemple.fr") for number in range(len(RHYTHMS))]
        for editor, (general, _, edited, _) in zip(people, RHYTHMS, strict=True):
            digests.choose_frequency(session, editor, digests.Frequency(general))
            editor.edits_all = edited is None
            editor.articles = [ArticleEditor(article_id=each) for each in articles[: edited or 0]]
        ids = [each.id for each in people]
        session.commit()
        flask_migrate.downgrade(revision="0048")
        insert = text("INSERT INTO article_subscription VALUES (:user_id, :article_id, :frequency, CURRENT_TIMESTAMP)")
        own = [
            {"user_id": user_id, "article_id": article_id, "frequency": frequency}
            for user_id, (_, by_article, _, _) in zip(ids, RHYTHMS, strict=True)
            for article_id, frequency in zip(articles, by_article, strict=True)
            if frequency is not None
        ]
        with db.engine.begin() as connection:
            connection.execute(insert, own)
        flask_migrate.upgrade()
        frequencies = stored("SELECT user_id, frequency FROM subscription ORDER BY user_id")
        assert frequencies == [(user_id, expected) for user_id, (*_, expected) in zip(ids, RHYTHMS, strict=True)]
        kept = removed(app)["article_subscription"]
        assert [{name: each[name] for name in own[0]} for each in kept] == own


def test_the_latest_words_of_a_sentence_stay_and_the_others_are_kept_in_a_file(app: Flask) -> None:
    with app.app_context():
        session = db.session()
        for number, words in enumerate(("Un.", "Deux.")):
            change_sentence(session, "refus-promotion", words, read=number, by=by_editor(session))
        session.commit()
        flask_migrate.downgrade(revision="0048")
        known = stored("SELECT code, number, words, user_id, at FROM usual_sentence")
        with db.engine.begin() as connection:
            copied = "SELECT 'refus-{0}', {1}, 'Avant.', user_id, at FROM usual_sentence WHERE number = 2"
            for reason, number in (("promotion", 1), ("doublon", 7)):
                insert = "INSERT INTO usual_sentence (code, number, words, user_id, at) "
                connection.execute(text(insert + copied.format(reason, number)))
        flask_migrate.upgrade()
        rows = "SELECT code, number, words, user_id, at FROM usual_sentence ORDER BY code DESC"
        assert stored(rows) == [*known, ("refus-doublon", 7, "Avant.", *known[0][3:])]
        kept = [(each["code"], each["number"], each["words"]) for each in removed(app)["usual_sentence"]]
        assert kept == [("refus-promotion", 1, "Avant.")]
        change_sentence(db.session(), "refus-promotion", "Trois.", read=2, by=by_editor(db.session()))


def test_which_notices_had_the_box_that_goes_is_kept_in_a_file(app: Flask) -> None:
    with app.app_context():
        session = db.session()
        boxed, _ = (a_notice(session, a_testimonial(session, status=Status.PUBLISHED)) for _ in range(2))
        ids = boxed.id, boxed.testimonial_id
        session.commit()
        flask_migrate.downgrade(revision="0048")
        with db.engine.begin() as connection:
            connection.execute(text("UPDATE notice SET is_child_abuse = true WHERE id = :id"), {"id": ids[0]})
        flask_migrate.upgrade()
        (kept,) = removed(app)["notice"]
        assert (kept["id"], kept["testimonial_id"]) == ids


def removed(app: Flask) -> dict[str, list[dict[str, Any]]]:
    kept = Path(app.config["INSTANCE"]) / "removed-in-1.1.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    rows: dict[str, list[dict[str, Any]]] = json.loads(kept.read_text(encoding="utf-8"))
    return rows


def stored(query: str) -> list[tuple[object, ...]]:
    rows = [tuple(row) for row in db.session.execute(text(query))]
    db.session.rollback()
    return rows


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
