"""The benchmark's corpus, inserted in bulk, equals the rows that the product writes one by one."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.cli.catalog import rebuild_everything
from app.db import db
from bench import corpus

pytestmark = pytest.mark.changes_content

# Queries whose rows do not depend on the engine, nor on the order of insertion.
WRITTEN = {
    "facets": "SELECT article_id, theme, situation, region, crpv, total FROM facet",
    "on the facets": "SELECT article_id, theme, situation, region, crpv, published_at, testimonial_id"
    " FROM facet_entry JOIN facet ON facet.id = facet_id",
    "the board": "SELECT * FROM queue_row",
    "its articulations": "SELECT * FROM queue_theme",
}
WORDS = {
    "sqlite": "SELECT rowid, words FROM {scope}",
    "postgresql": "SELECT rowid, array_to_string(tsvector_to_array(words), ' ') FROM {scope}",
}


@pytest.fixture
def loaded(app: Flask) -> Iterator[Session]:
    """Give a session on a database with a small corpus."""
    with app.app_context():
        corpus.load(db.engine, corpus.Size(120, 30, 60))
        yield db.session()


def test_the_corpus_equals_rows_the_product_writes(loaded: Session) -> None:
    in_bulk = what_is_written(loaded)
    assert rebuild_everything(loaded) == 120
    by_the_product = what_is_written(loaded)
    for name, rows in in_bulk.items():
        assert rows == by_the_product[name], name
        assert rows, name


def test_what_is_visible_is_shown(loaded: Session) -> None:
    published = loaded.scalars(text("SELECT id FROM testimonial WHERE status = 'published' ORDER BY id")).all()
    shown = loaded.execute(
        text(
            "SELECT testimonial_id, card, public_id FROM rendering JOIN testimonial ON id = testimonial_id ORDER BY id"
        )
    ).all()
    assert [row[0] for row in shown] == published
    assert all(f"/temoignages/{row[2]}-" in row[1] for row in shown)


@pytest.mark.parametrize("engine", ["sqlite"])
def test_no_reference_leads_nowhere(loaded: Session) -> None:
    """On SQLite only: PostgreSQL has the same rows."""
    assert loaded.execute(text("PRAGMA foreign_key_check")).all() == []


def what_is_written(session: Session) -> Mapping[str, list[Any]]:
    written: dict[str, list[Any]] = {
        name: sorted(map(tuple, session.execute(text(query))), key=repr) for name, query in WRITTEN.items()
    }
    words = WORDS[session.get_bind().dialect.name]
    for scope in ("search_desk", "search_public"):
        rows = session.execute(text(words.format(scope=scope)))
        written[scope] = sorted((number, sorted(set(row.split()))) for number, row in rows)
    return written


@pytest.mark.parametrize("named", [[], ["corpus"], ["nothing"]])
def test_only_what_measures_is_listed(named: list[str]) -> None:
    root = Path(__file__).parents[1]
    command = [sys.executable, "-m", "bench", *named]
    ended = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603  # ours
    assert ended.returncode == 1
    assert ended.stderr == "./dev bench NAME, one of: assistant, desk, pages, readers, servers\n"
