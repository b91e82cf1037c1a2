"""`flask prepare`: safe at every start, on several machines at once, and never with fiction in production."""

import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import cli
from app.articles import editing
from app.articles.editing import ArticleWords
from app.articles.models import Article
from app.articles.source import serialize_source
from app.articles.versions import versions_of
from app.cli.catalog import rebuild_everything, renew_derived_rows
from app.cli.database import load_shipped_content
from app.db import db
from app.search import query
from app.territories.models import Partner, PartnerAlias
from app.testimonials.lifecycle import Status
from app.testimonials.situation import PartnerKnown, Situation
from config import Testing
from tests import test_config
from tests.factories import a_testimonial, by_editor
from tests.services import postgres
from tests.services.server import ROOT, run_forked
from tests.visitor import Visitor

pytestmark = pytest.mark.both_engines

PRODUCTION = test_config.PRODUCTION


def prepare(folder: Path, **settings: str) -> tuple[int, str]:
    return run_forked(
        ["flask", "--app", "wsgi", "prepare"], test_config.inherited() | {"INSTANCE": str(folder)} | settings
    )


@pytest.mark.slow("three processes migrate at once")
def test_concurrent_prepares_succeed(tmp_path: Path, postgres_server: postgres.Server) -> None:
    url = postgres_server.create_database("test_prepare")
    with ThreadPoolExecutor(3) as machines:
        done = list(machines.map(lambda name: prepare(tmp_path / name, DATABASE_URL=url, **PRODUCTION), "abc"))
    assert [code for code, _ in done] == [0, 0, 0], done
    assert "first editor" in done[0][1]
    assert "demo" not in done[0][1]
    postgres_server.drop_database("test_prepare")


def test_an_old_sqlite_is_refused_before_anything_is_created(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 41, 2))
    monkeypatch.setattr("sqlite3.sqlite_version", "3.41.2")
    app = cli.create_app(Testing(instance=tmp_path, database=f"sqlite:///{tmp_path / 'new.sqlite3'}"))
    result = app.test_cli_runner().invoke(args=["prepare"])
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "Error: SQLite 3.42 or later is needed, and this Python has 3.41.2: use another, or PostgreSQL (DATABASE_URL)"
    ]
    assert not (tmp_path / "new.sqlite3").exists()


@pytest.mark.slow("a command, as it is typed")
def test_the_printed_command_invites_the_first_editor(tmp_path: Path) -> None:
    code, said = prepare(tmp_path / "a folder", EN_REGARD_ENV="development", PUBLIC_URL="http://localhost:8123")
    (line,) = re.findall(r"first editor +(.+)", said)
    assert code == 0
    assert "Running upgrade" not in said, "the migrations' own lines would hide those for the owner"
    invited = subprocess.run(  # noqa: S603  # the command is ours, written as it would be typed
        ["/bin/bash", "-c", line.replace("EMAIL", "a@exemple.fr")],
        cwd=ROOT,
        env=test_config.inherited(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert invited.returncode == 0, invited.stderr
    assert "http://localhost:8123/connexion/lien/" in invited.stdout
    assert not (tmp_path / "a folder" / "demo.sqlite3").exists()


@pytest.mark.slow("the demo is loaded by its command")
def test_production_refuses_a_database_that_holds_the_demo(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shared.sqlite3'}"
    assert prepare(tmp_path, EN_REGARD_ENV="demo", DATABASE_URL=url)[0] == 0
    code, said = prepare(tmp_path, DATABASE_URL=url, **PRODUCTION)
    assert code == 1
    assert "holds the demo" in said


@pytest.mark.changes_content
def test_articles_changed_on_the_site_stay_so(app: Flask, session: Session) -> None:
    """At each start and upgrade: one article changed by an admin, another at an address of its own."""

    def run(*command: str) -> None:
        result = app.test_cli_runner().invoke(args=command)
        assert result.exit_code == 0, result.output
        db.session.rollback()  # the command's own, which a process would end

    run("prepare")
    by_slug = {article.slug: article for article in session.scalars(select(Article))}
    by = by_editor(session)
    words = {each.name: getattr(by_slug["crpv"], each.name) for each in fields(ArticleWords)}
    editing.rewrite_article(by_slug["crpv"], ArticleWords(**words | {"title": "Écrit sur le site"}), by=by)
    editing.change_address(by_slug["ateliers-sante-ville"], "asv", by=by)
    session.commit()
    before = kept_articles(session)
    assert {slug for slug, *_ in before} == {"crpv", "asv"}
    run("prepare")
    assert kept_articles(session) == before


def kept_articles(session: Session) -> list[tuple[str, int, str, int]]:
    session.rollback()
    articles = session.scalars(select(Article).order_by(Article.slug).execution_options(populate_existing=True)).all()
    return [
        (each.slug, each.revision, serialize_source(each), len(session.scalars(versions_of(each)).all()))
        for each in articles
    ]


@pytest.mark.changes_content
def test_renamed_content_is_found_by_its_new_name_only(app: Flask, session: Session) -> None:
    """The CRPV's name is indexed with every testimonial that names it, published or pending."""
    for status in (Status.PUBLISHED, Status.PENDING):
        a_testimonial(session, status=status, email=f"{status}@exemple.fr")
    session.commit()
    shipped = session.scalars(select(Partner).where(Partner.slug == "reso-villes")).one()
    name, shipped.name = shipped.name, "Zorgluborg"
    session.commit()
    rebuild_everything(session)
    assert result_counts(session, "zorgluborg") == (1, 2)
    with app.app_context():
        load_shipped_content()
    assert (result_counts(session, "zorgluborg"), result_counts(session, name)) == ((0, 0), (1, 2))


@pytest.mark.changes_content
def test_titles_composed_by_an_earlier_release_are_composed_again(
    app: Flask, session: Session, visitor: Visitor
) -> None:
    """The page, its address and the index follow; the earlier address leads there."""
    testimonial = a_testimonial(session, status=Status.PUBLISHED, title="", situation=Situation.PLANNED)
    session.flush()
    stale = (
        "UPDATE rendering SET edition = 'old', slug = 'en-projet-reso-villes', document = replace(document, :new, :old)"
    )
    session.execute(text("DELETE FROM search_public"))
    session.execute(text(stale), {"new": "CLSM de Ville-Exemple, en projet", "old": "En projet : RésO Villes"})
    session.commit()
    earlier = f"/temoignages/{testimonial.public_id}-en-projet-reso-villes"
    assert visitor.get(earlier).path == earlier
    assert "En projet : RésO Villes" in visitor.text
    with app.app_context():
        renew_derived_rows()
    assert visitor.get(earlier).path == f"/temoignages/{testimonial.public_id}-clsm-de-ville-exemple-en-projet"
    assert "CLSM de Ville-Exemple, en projet" in visitor.text
    assert app.test_cli_runner().invoke(args=["catalog", "check"]).output == "every derived row is as it should be\n"


@pytest.mark.changes_content
def test_what_a_release_makes_stale_is_renewed_after_the_start(app: Flask, session: Session, visitor: Visitor) -> None:
    """`prepare` leaves it, and the former HTML is shown meanwhile."""
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    session.flush()
    session.execute(text("UPDATE rendering SET edition = 'old', answers = '<p>La mise en page d’avant</p>'"))
    session.commit()
    page = f"/temoignages/{testimonial.public_id}"
    with app.app_context():
        load_shipped_content()
    assert "La mise en page d’avant" in visitor.get(page).text
    app.test_cli_runner().invoke(args=["mail", "deliver"], catch_exceptions=False)
    assert "La mise en page d’avant" not in visitor.get(page).text
    assert app.test_cli_runner().invoke(args=["catalog", "check"]).output == "every derived row is as it should be\n"


@pytest.mark.changes_content
def test_a_partner_recognised_under_an_earlier_release_is_shown_and_found(
    app: Flask, session: Session, visitor: Visitor
) -> None:
    """Its pages and its index had what the author typed; the entry's name follows, of a text that waits too."""
    typed: dict[str, Any] = {"partner_known": PartnerKnown.OTHER, "partner": None, "partner_other": "Le centre d’ici"}
    a_testimonial(session, email="b@exemple.fr", **typed)
    testimonial = a_testimonial(session, status=Status.PUBLISHED, **typed)
    page = f"/temoignages/{testimonial.public_id}"
    session.commit()
    assert "Le centre d’ici" in visitor.get(page).text
    entry = session.scalars(select(Partner).where(Partner.slug == "reso-villes")).one()
    session.add(PartnerAlias(article_id=testimonial.article_id, typed="Le centre d’ici", partner_id=entry.id))
    session.execute(text("UPDATE rendering SET edition = 'old'"))
    session.commit()
    assert result_counts(session, entry.name) == (0, 0)
    with app.app_context():
        renew_derived_rows()
    assert result_counts(session, entry.name) == (1, 2)
    assert entry.name in visitor.get(page).text
    assert "Le centre d’ici" not in visitor.text


@pytest.mark.changes_content
def test_empty_search_tables_are_filled_again(app: Flask, session: Session) -> None:
    a_testimonial(session, status=Status.PUBLISHED)
    for table in ("search_desk", "search_public", "search_open"):
        session.execute(text(f"DELETE FROM {table}"))  # noqa: S608  # the names stand above
    session.commit()
    assert result_counts(session, "gardiens") == (0, 0)
    result = app.test_cli_runner().invoke(args=["prepare"])
    assert result.exit_code == 0, result.output
    assert result_counts(session, "gardiens") == (1, 1)


def result_counts(session: Session, words: str) -> tuple[int, int]:
    session.rollback()
    by_readers, by_editors = (
        len(session.scalars(query.matching_ids(words, scope)).all()) for scope in (query.PUBLIC, query.DESK)
    )
    return by_readers, by_editors
