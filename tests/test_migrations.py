"""Migrations: up and down on both engines, one head, no difference from the models."""

import json
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DBAPIError

from app.articles.passages import OPENING
from app.audit import AuditEvent, Kind
from app.catalog import placements
from app.catalog.placements import Place
from app.catalog.synthesis.models import SynthesisSource
from app.db import Base, db, now
from app.moderation.queue.rows import QueueRow
from app.testimonials import erasure
from app.testimonials.draft import Draft
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from app.testimonials.notices import Notice, Outcome
from app.testimonials.situation import PartnerKnown
from tests.acts import a_synthesis, committed
from tests.factories import SENTENCES, a_notice, a_testimonial, an_answer, by_editor, the_article

# An unfinished form, with quotes that look like the names of answers.
ANSWERS = {"account": 'On dit "partners": ensemble', "partner": "autre", "partner_other": "X", "other_partners": "Y"}

pytestmark = [pytest.mark.both_engines, pytest.mark.changes_content]


def test_the_models_and_the_migrations_agree(app: Flask) -> None:
    with app.app_context():
        flask_migrate.check()


def test_an_added_column_is_detected(app: Flask) -> None:
    with app.app_context():
        db.session.execute(text("ALTER TABLE article ADD COLUMN forgotten INTEGER"))
        db.session.commit()
        with pytest.raises(SystemExit):
            flask_migrate.check()


@pytest.mark.slow("every migration, down and up")
def test_downgrade_removes_everything_and_upgrade_restores_it(app: Flask) -> None:
    with app.app_context():
        flask_migrate.downgrade(revision="base")
        assert set(inspect(db.engine).get_table_names()) == {"alembic_version"}
        flask_migrate.upgrade()
        assert tables() == {"alembic_version", *Base.metadata.tables}
        flask_migrate.check()


@pytest.mark.slow("thirty migrations, down and up")
def test_placements_survive_the_migration_that_gave_each_heading_its_place(app: Flask) -> None:
    """Up, those of themes stay; down, those of other places go. Either way a placement moves the article's stamp."""
    with app.app_context():
        article = the_article(db.session())
        article_id = article.id
        texts = [a_testimonial(db.session(), status=Status.PUBLISHED, email=f"a{n}@exemple.fr") for n in range(2)]
        article_id = article.id
        theme, by = article.themes[0].slug, by_editor(db.session())
        for place, text_ in product((Place(article, theme), Place(article, OPENING)), texts):
            placements.place_testimonial(db.session(), place, text_, by=by)
            db.session.flush()
        placements.choose_quote(db.session(), Place(article, theme), texts[0], SENTENCES[0], by=by)
        db.session.commit()
        rows = "SELECT id, article_id, {}, testimonial_id, position, quote FROM placement ORDER BY id"
        before = stored(rows.format("passage"))
        assert [row[2] for row in before] == [theme, theme, ""]
        flask_migrate.downgrade(revision="0009")
        assert stored(rows.format("theme")) == before[:2]
        assert moves_the_stamp(article_id, "UPDATE placement SET position = position + 1")
        flask_migrate.upgrade()
        assert [row[:4] for row in stored(rows.format("passage"))] == [row[:4] for row in before[:2]]
        assert stored("SELECT count(*) FROM rendering WHERE title = '' AND signature = ''") == [(2,)]
        copied = "SELECT article_id, '', testimonial_id, 1, '' FROM placement"
        for statement in (
            "UPDATE placement SET position = 7",
            f"INSERT INTO placement (article_id, passage, testimonial_id, position, quote) {copied}",
            "DELETE FROM placement",
        ):
            assert moves_the_stamp(article_id, statement)
        flask_migrate.check()


def test_reports_that_were_published_are_kept_in_a_file(app: Flask) -> None:
    with app.app_context():
        flask_migrate.downgrade(revision="0046")
        with db.engine.begin() as connection:
            statement = (
                "INSERT INTO moderation_report (year, sections, introduction, counted_at, edited_at, edition)"
                " VALUES (2025, '[]', 'Une année de modération', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, 1)"
            )
            connection.execute(text(statement))
        flask_migrate.upgrade()
        kept = Path(app.config["INSTANCE"]) / "moderation-reports.json"
        assert [each["introduction"] for each in json.loads(kept.read_text())] == ["Une année de modération"]
        assert kept.stat().st_mode & 0o777 == 0o600


def test_quotations_survive_the_migration_that_gave_them_bounds_and_dates(app: Flask) -> None:
    """Down, a source has its first and last sign; up again, one run, and placements the date of their event."""
    with app.app_context():
        session = db.session()
        text_ = a_testimonial(session, status=Status.PUBLISHED)
        placements.place_testimonial(session, Place(the_article(session), OPENING), text_, by=by_editor(session))
        made = a_synthesis(session, [(text_, f"{SENTENCES[0]} {SENTENCES[1]}")])
        session.commit()
        spans = made.claims[0].sources[0].spans
        placed_at = stored("SELECT max(at) FROM audit_event WHERE kind = 'placed'")
        published_at = stored("SELECT published_at FROM synthesis")
        flask_migrate.downgrade(revision="0042")
        assert stored("SELECT field, start, stop FROM synthesis_source") == [("account", *spans[0])]
        flask_migrate.upgrade()
        (source,) = session.scalars(select(SynthesisSource).execution_options(populate_existing=True))
        assert source.spans == spans
        assert stored("SELECT quoted_at FROM synthesis_source") == published_at
        assert stored("SELECT quoted_at FROM placement") == placed_at
        flask_migrate.check()


@pytest.mark.slow("thirty migrations, down and up")
def test_what_the_partner_is_called_survives_the_generic_noun(app: Flask) -> None:
    """Down, rows and documents have the names of before; up again, digests of before keep the format they have."""
    with app.app_context():
        session = db.session()
        session.add(Draft(article=the_article(session), key="k", email="d@exemple.fr", answers=dict(ANSWERS)))
        article_id = the_article(session).id
        named: dict[str, Any] = {
            "partner": None,
            "partner_known": PartnerKnown.OTHER,
            "partner_other": 'Un pôle "crpv": voisin',
        }
        committed(session, status=Status.PUBLISHED, other_partners="Le Dr Exemple", **named)
        hints = stored("SELECT hints FROM version")
        document = stored("SELECT document FROM rendering")
        rows = stored("SELECT partner_known, partner_other, other_partners FROM version")
        assert stored("SELECT digest_format FROM version") == [(2,)]
        flask_migrate.downgrade(revision="0010")
        assert stored("SELECT crpv_known, crpv_other, partners FROM version") == rows
        old = json.loads(str(stored("SELECT document FROM rendering")[0][0]))
        assert old["partners"] == "Le Dr Exemple"
        assert old["crpv"]["label"] == 'Un pôle "crpv": voisin'
        assert set(answers_kept()) == {"account", "crpv", "crpv_other", "partners"}
        assert stored("SELECT slug FROM crpv WHERE slug = 'reso-villes'") == [("reso-villes",)]
        flask_migrate.upgrade()
        assert answers_kept() == ANSWERS
        assert (stored("SELECT hints FROM version"), stored("SELECT document FROM rendering")) == (hints, document)
        assert stored("SELECT digest_format FROM version") == [(1,)], "what is older keeps the old names in its digest"
        with pytest.raises(DBAPIError, match="append-only"):
            db.session.execute(text("UPDATE version SET digest_format = 2"))
        db.session.rollback()
        assert moves_the_stamp(article_id, "UPDATE partner SET name = 'Autre nom'")
        flask_migrate.check()


def answers_kept() -> dict[str, str]:
    kept: dict[str, str] = db.session.scalars(select(Draft.answers)).one()
    db.session.rollback()
    return kept


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


# What a notice said before kinds (its words, if any), and what it says now, as kind and words.
REPORTED = [
    ("tiers_identifiable", "Ma voisine.", "personal_data", "Ma voisine."),
    ("tiers_identifiable", "", "personal_data", "On m’y reconnaît, ou j’y reconnais quelqu’un."),
    ("diffamation_injure", "", "illegal", "Des propos sont faux ou blessants."),
    ("promotion", "", "other", "C’est de la publicité."),
    ("autre", "Un lien mort.", "other", "Un lien mort."),
]


def test_the_reasons_of_notices_become_kinds_with_the_date_that_was_promised(app: Flask) -> None:
    with app.app_context():
        session = db.session()
        text_ = a_testimonial(session, status=Status.PUBLISHED)
        notices = [a_notice(session, text_) for _ in REPORTED]
        answered = a_notice(session, text_, words="")
        answered.handle(Outcome.REPLY_REFUSED)
        ids, at = [each.id for each in notices], [each.at for each in (*notices, answered)]
        session.commit()
        flask_migrate.downgrade(revision="0024")
        rows = "SELECT {} FROM notice ORDER BY id"
        assert stored(rows.format("reason"))[0] == ("tiers_identifiable",)
        assert stored(rows.format("outcome"))[-1] == ("dismissed",)
        for number, (reason, words, _, _) in zip(ids, REPORTED, strict=True):
            changed = text("UPDATE notice SET reason = :reason, words = :words WHERE id = :id")
            db.session.execute(changed, {"reason": reason, "words": words, "id": number})
        db.session.commit()
        flask_migrate.upgrade()
        expected = [(kind, words) for _, _, kind, words in REPORTED]
        assert stored(rows.format("kind, words")) == [*expected, ("personal_data", "")]
        db.session.expire_all()
        kept = db.session.scalars(select(Notice).order_by(Notice.id)).all()
        assert [each.due_at for each in kept] == [each + timedelta(days=7) for each in at]
        first = at[0] + timedelta(days=7)
        assert db.session.scalars(select(Testimonial.notice_due_at)).all() == [first]
        assert db.session.scalars(select(QueueRow.notice_due_at)).all() == [first]
        db.session.rollback()
        flask_migrate.check()


def test_texts_become_testimonials_and_answers_are_not_lost_in_the_way_back(app: Flask) -> None:
    with app.app_context():
        session = db.session()
        text_ = committed(session, status=Status.PUBLISHED)
        flask_migrate.downgrade(revision="0029")
        flask_migrate.upgrade()
        assert stored("SELECT kind, about_id FROM testimonial") == [("testimonial", None)]
        answer = an_answer(session, session.merge(text_))
        session.commit()
        with pytest.raises(SystemExit):
            flask_migrate.downgrade(revision="0029")
        assert stored("SELECT kind FROM testimonial ORDER BY id") == [("testimonial",), ("answer",)]
        flask_migrate.upgrade()
        assert answer.about is not None
        erasure.erase_testimonial(answer)
        session.commit()
        flask_migrate.downgrade(revision="0029")
        flask_migrate.upgrade()
        assert stored("SELECT kind, about_id FROM testimonial") == [("testimonial", None)] * 2


def test_who_confirmed_and_who_acted_last_are_read_from_the_log(app: Flask) -> None:
    with app.app_context():
        session = db.session()
        for status in (Status.UNCONFIRMED, Status.PENDING, Status.PROOF_SENT):
            a_testimonial(session, status=status, email=f"{status}@exemple.fr").reminded_at = now()
        session.commit()
        events = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
        sent, *confirmed, asked = (
            next(each.at for each in events if each.testimonial_id == number and each.kind == kind)
            for number, kind in ((1, Kind.SUBMITTED), (2, Kind.CONFIRM), (3, Kind.CONFIRM), (3, Kind.SEND_PROOF))
        )
        session.rollback()
        flask_migrate.downgrade(revision="0042")
        flask_migrate.upgrade()
        db.session.expire_all()
        texts = db.session.scalars(select(Testimonial).order_by(Testimonial.id)).all()
        assert [each.confirmed_at for each in texts] == [None, *confirmed]
        assert [each.acted_at for each in texts] == [sent, confirmed[0], asked]
        assert [each.reminded_at is None for each in texts] == [False, True, True], "requests, which are no ends"


def test_migrations_have_one_head_and_are_numbered() -> None:
    script = ScriptDirectory("migrations")
    revisions = [each.revision for each in script.walk_revisions()][::-1]
    assert revisions == [f"{number:04d}" for number in range(1, len(revisions) + 1)]
    assert script.get_heads() == [revisions[-1]]
    assert all(path.name.startswith(tuple(revisions)) for path in Path("migrations/versions").glob("*.py"))
