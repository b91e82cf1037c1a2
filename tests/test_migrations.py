"""Migrations: up and down on both engines, one head, no difference from the models."""

from itertools import product
from pathlib import Path

import flask_migrate
import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import inspect, text

from app.articles.passages import OPENING
from app.audit import Actor
from app.catalog import placements
from app.catalog.placements import Place
from app.db import Base, db
from app.testimonials.lifecycle import Status
from tests.factories import a_testimonial, an_editor, the_article

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


def test_placements_survive_the_migration_that_gave_each_heading_its_place(app: Flask) -> None:
    """Up, those of themes stay; down, those of other places go. Either way a placement moves the article's stamp."""
    with app.app_context():
        article = the_article(db.session())
        texts = [a_testimonial(db.session(), status=Status.PUBLISHED, email=f"a{n}@exemple.fr") for n in range(2)]
        theme, by = article.themes[0].slug, Actor.editor(an_editor(db.session()).id)
        for place, text_ in product((Place(article, theme), Place(article, OPENING)), texts):
            placements.place_testimonial(db.session(), place, text_, by=by)
            db.session.flush()
        placements.choose_quote(db.session(), Place(article, theme), texts[0], "On y parlait de ce qui inquiète", by=by)
        db.session.commit()
        rows = "SELECT id, article_id, {}, testimonial_id, position, quote FROM placement ORDER BY id"
        before = stored(rows.format("passage"))
        assert [row[2] for row in before] == [theme, theme, ""]
        flask_migrate.downgrade(revision="0009")
        assert stored(rows.format("theme")) == before[:2]
        assert moves_the_stamp(article.id, "UPDATE placement SET position = position + 1")
        flask_migrate.upgrade()
        assert [row[:4] for row in stored(rows.format("passage"))] == [row[:4] for row in before[:2]]
        assert stored("SELECT count(*) FROM rendering WHERE title = '' AND signature = ''") == [(2,)]
        copied = "SELECT article_id, '', testimonial_id, 1, '' FROM placement"
        for statement in (
            "UPDATE placement SET position = 7",
            f"INSERT INTO placement (article_id, passage, testimonial_id, position, quote) {copied}",
            "DELETE FROM placement",
        ):
            assert moves_the_stamp(article.id, statement)
        flask_migrate.check()


def stored(query: str) -> list[tuple[object, ...]]:
    rows = [tuple(row) for row in db.session.execute(text(query))]
    db.session.rollback()
    return rows


def moves_the_stamp(article_id: int, statement: str) -> bool:
    stamp = f"SELECT stamp FROM publication_stamp WHERE scope = {article_id}"  # noqa: S608  # a number of ours
    before = stored(stamp)
    db.session.execute(text(statement))
    db.session.commit()
    return stored(stamp) != before


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
