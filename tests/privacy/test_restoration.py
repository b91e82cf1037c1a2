"""The journal of erasures, and forgetting again what a restored backup brings back."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import make_url
from sqlalchemy.orm import Session

from app.audit import ActorKind
from app.db import now
from app.security import sign_private_link
from app.testimonials import erasures
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from tests.factories import a_testimonial
from tests.visitor import Visitor


def replay(app: Flask, *file: str) -> str:
    return app.test_cli_runner().invoke(args=["erasures", "replay", *file]).output


def erase(visitor: Visitor, testimonial: Testimonial) -> None:
    token = sign_private_link(testimonial.public_id, testimonial.link_generation)
    visitor.get(f"/mon-temoignage/{token}/effacer").press("Effacer mon texte et mes coordonnées")
    assert visitor.status == 200


def test_an_erasure_is_noted_outside_the_database_by_identifier_and_date(
    app: Flask, visitor: Visitor, session: Session, tmp_path: Path
) -> None:
    by_author, by_clock = a_testimonial(session), a_testimonial(session, status=Status.DECLINED)
    by_clock.waiting_since -= app.config["TEXTS_PERIOD"]
    session.commit()
    today = now().date().isoformat()
    lines = [f"{testimonial.public_id}\t{today}" for testimonial in (by_author, by_clock)]
    erase(visitor, by_author)
    app.test_cli_runner().invoke(args=["clock"], catch_exceptions=False)
    assert (tmp_path / "erasures.log").read_text(encoding="utf-8").splitlines() == lines


def test_it_is_noted_before_the_commit(session: Session) -> None:
    testimonial = a_testimonial(session)
    session.commit()
    erasures.erase(testimonial)
    session.rollback()
    assert testimonial.status is Status.PENDING
    assert erasures.noted(erasures.journal()) == [testimonial.public_id], "to forget too much is the safe side"


def test_what_cannot_be_noted_is_not_erased(session: Session) -> None:
    testimonial = a_testimonial(session)
    session.commit()
    erasures.journal().mkdir()
    with pytest.raises(IsADirectoryError):
        erasures.erase(testimonial)
    session.rollback()
    assert testimonial.status is Status.PENDING


def test_what_the_journal_names_and_the_database_still_holds_is_erased_again_once(
    app: Flask, session: Session, tmp_path: Path
) -> None:
    by_status = {status: a_testimonial(session, status=status, email=f"{status}@exemple.fr") for status in Status}
    spared = a_testimonial(session)
    session.commit()
    brought = tmp_path / "brought.log"
    named = [*(each.public_id for each in by_status.values()), "0" * 20, by_status[Status.PENDING].public_id]
    brought.write_text("".join(f"{each}\t2026-11-24\n" for each in named), encoding="utf-8")
    living = len(Status) - 1
    assert f"{living} erased again, of {len(Status) + 1} named" in replay(app, str(brought))
    session.rollback()
    for status, testimonial in by_status.items():
        assert testimonial.status is Status.ERASED
        assert testimonial.versions == []
        assert testimonial.email is None
        assert (testimonial.events[-1].actor is ActorKind.SYSTEM) is (status is not Status.ERASED)
    assert spared.status is Status.PENDING
    session.rollback()
    assert f"0 erased again, of {len(Status) + 1} named" in replay(app, str(brought))


def test_a_journal_that_is_missing_is_said_rather_than_taken_for_empty(app: Flask) -> None:
    assert "no journal of erasures at" in replay(app)
    assert "no journal of erasures at" in replay(app, "/nowhere/erasures.log")


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_restored_backup_forgets_again(
    app: Flask, visitor: Visitor, session: Session, database: str, tmp_path: Path
) -> None:
    erased, kept = a_testimonial(session, status=Status.PUBLISHED), a_testimonial(session, title="Qui reste")
    session.commit()
    live = str(make_url(database).database)
    with closing(sqlite3.connect(live)) as file, closing(sqlite3.connect(tmp_path / "backup")) as backup:
        file.backup(backup)
        erase(visitor, erased)
        session.rollback()
        backup.backup(file)
    assert erased.status is Status.PUBLISHED, "the backup has brought it back"
    session.rollback()
    assert "1 erased again, of 1 named" in replay(app)
    session.rollback()
    assert (erased.status, kept.status) == (Status.ERASED, Status.PENDING)
    assert "Commencez par une question" not in visitor.get("/articles/crpv").text
