"""The journal of erasures and withdrawals, and its replay after a restored backup."""

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import make_url, select
from sqlalchemy.orm import Session

from app import erasure_journal
from app.audit import ActorKind, Kind
from app.catalog.synthesis.models import SynthesisSource
from app.db import Base, now
from app.erasure_journal import ERASED, Entry
from app.kept import kept_rows
from app.privacy.replay import erased_with_words, replay_entry
from app.testimonials import erasure
from app.testimonials.consent import ConsentDecision
from app.testimonials.draft import Draft, save_draft
from app.testimonials.lifecycle import Status
from app.testimonials.private_page.consent_changes import change_consent, consent_again
from app.testimonials.testimonial import Testimonial
from app.testimonials.transcript import Medium, Transcript
from app.testimonials.update_request import UpdateRequest
from app.testimonials.wordings import Purpose
from tests.acts import a_synthesis, amend_text, committed, private_page, published, stored
from tests.factories import (
    AUTHOR,
    a_question,
    a_testimonial,
    a_transcript,
    an_alert,
    an_editor,
    an_invitation,
    the_article,
)
from tests.visitor import Visitor

pytestmark = pytest.mark.both_engines

CITED = "On y parlait de ce qui inquiète, de ce qui soulage, et de qui appeler."


def replay(app: Flask, *file: str) -> str:
    return app.test_cli_runner().invoke(args=["erasures", "replay", *file]).output


def erase(visitor: Visitor, testimonial: Testimonial) -> None:
    visitor.get(f"{private_page(testimonial)}/effacer").press("Effacer mon texte et mes coordonnées")
    assert visitor.status == 200


def test_an_erasure_is_noted_outside_the_database_by_identifier_and_date(
    app: Flask, visitor: Visitor, session: Session, tmp_path: Path
) -> None:
    by_author, by_clock = a_testimonial(session), a_testimonial(session, status=Status.DECLINED)
    by_clock.waiting_since -= app.config["TEXTS_PERIOD"]
    session.commit()
    began = now()
    erase(visitor, by_author)
    app.test_cli_runner().invoke(args=["clock"], catch_exceptions=False)
    lines = [line.split("\t") for line in (tmp_path / "erasures.log").read_text(encoding="utf-8").splitlines()]
    assert [(public_id, what) for public_id, _, what in lines] == [
        (by_author.public_id, "erased"),
        (by_clock.public_id, "erased"),
    ]
    assert all(began <= datetime.fromisoformat(at) <= now() for _, at, _ in lines)


def test_the_erasure_journal_is_written_before_the_commit(session: Session) -> None:
    testimonial = committed(session)
    erasure.erase_testimonial(testimonial)
    session.rollback()
    assert testimonial.status is Status.PENDING
    assert [
        (entry.public_id, entry.what) for entry in erasure_journal.read_entries(erasure_journal.journal_path())
    ] == [(testimonial.public_id, ERASED)], "erasing too much is the safe side"


def test_replay_erases_restored_testimonials_once(app: Flask, session: Session, tmp_path: Path) -> None:
    by_status = {status: a_testimonial(session, status=status, email=f"{status}@exemple.fr") for status in Status}
    spared = committed(session)
    brought = tmp_path / "brought.log"
    named = [*(each.public_id for each in by_status.values()), "0" * 20, by_status[Status.PENDING].public_id]
    brought.write_text("".join(f"{each}\t2026-11-24\n" for each in named), encoding="utf-8")
    living = len(Status) - 1
    assert f"{living} erased again, 0 taken back again, 0 links voided again, of {len(Status) + 1} told" in replay(
        app, str(brought)
    )
    session.rollback()
    for status, testimonial in by_status.items():
        assert testimonial.status is Status.ERASED
        assert testimonial.versions == []
        assert testimonial.email is None
        assert (testimonial.events[-1].actor is ActorKind.SYSTEM) is (status is not Status.ERASED)
    assert spared.status is Status.PENDING
    session.rollback()
    assert f"0 erased again, 0 taken back again, 0 links voided again, of {len(Status) + 1} told" in replay(
        app, str(brought)
    )


def test_a_missing_journal_is_an_error(app: Flask) -> None:
    assert "no journal of erasures at" in replay(app)
    assert "no journal of erasures at" in replay(app, "/nowhere/erasures.log")


@contextmanager
def restored_afterwards(session: Session, database: str, tmp_path: Path) -> Iterator[None]:
    live = str(make_url(database).database)
    with closing(sqlite3.connect(live)) as file, closing(sqlite3.connect(tmp_path / "backup")) as backup:
        file.backup(backup)
        yield
        session.rollback()
        backup.backup(file)
    session.expire_all()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_replay_takes_an_erased_text_s_words_from_a_restored_synthesis(
    app: Flask, visitor: Visitor, session: Session, database: str, tmp_path: Path
) -> None:
    erased, stays = published(session, 1), published(session, 2, advice="Osez poser la question qui fâche.")
    a_synthesis(session, [(erased, CITED), (stays, "Osez poser la question qui fâche.")], [(erased, CITED)])
    session.commit()
    with restored_afterwards(session, database, tmp_path):
        erase(visitor, erased)
    assert CITED in app.test_client().get("/articles/crpv/synthese").text, "the backup has restored it"
    session.rollback()
    replay(app)
    page = app.test_client().get("/articles/crpv/synthese").text
    assert (CITED in page, "qui fâche" in page, page.count('class="statement"')) == (False, True, 1)
    session.rollback()
    assert [each.testimonial_id for each in stored(session, SynthesisSource)] == [stays.id]


def test_a_source_that_comes_back_under_an_erased_row_is_deleted(session: Session) -> None:
    testimonial = published(session)
    made = a_synthesis(session, [(testimonial, CITED)])
    erasure.erase_testimonial(testimonial)
    session.flush()
    back = SynthesisSource(testimonial_id=testimonial.id, digest="0" * 64, field="account", spans=[[0, 12]])
    session.expire_all()
    made.statements[0].sources.append(back)
    session.flush()
    assert erased_with_words(session) == [testimonial]
    assert replay_entry(session, Entry(testimonial.public_id, now(), ERASED))
    assert session.scalars(select(SynthesisSource)).all() == []


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_replay_withdraws_consents_that_a_restored_backup_brought_back(
    app: Flask, visitor: Visitor, session: Session, database: str, tmp_path: Path
) -> None:
    withdrawn = a_testimonial(session, status=Status.PUBLISHED)
    elsewhere = a_testimonial(session, title="Qui reste", email="b@exemple.fr")
    change_consent(elsewhere, Purpose.REUSE, gives=True)
    session.commit()
    page = private_page(withdrawn)
    with restored_afterwards(session, database, tmp_path):
        visitor.get(page).press("Retirer mon texte")
        session.rollback()
        change_consent(elsewhere, Purpose.REUSE, gives=False)
        change_consent(elsewhere, Purpose.CONTACT, gives=True)
        session.commit()
    assert withdrawn.status is Status.PUBLISHED, "the backup has restored it"
    session.rollback()
    assert "0 erased again, 2 taken back again, 0 links voided again, of 2 told" in replay(app)
    session.rollback()
    assert (withdrawn.status, elsewhere.status) == (Status.WITHDRAWN, Status.PENDING)
    assert (withdrawn.events[-1].kind, withdrawn.events[-1].actor) == (Kind.WITHDRAW, ActorKind.SYSTEM)
    assert withdrawn.consents[-1].answer is ConsentDecision.WITHDRAWN
    assert not elsewhere.consents_to(Purpose.REUSE)
    assert "Commencez par une question" not in visitor.get("/articles/crpv").text
    session.rollback()
    assert "0 erased again, 0 taken back again, 0 links voided again, of 2 told" in replay(app)


def test_a_consent_given_again_since_is_not_withdrawn(app: Flask, session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.WITHDRAWN)
    consent_again(testimonial)
    session.commit()
    (entry,) = erasure_journal.read_entries(erasure_journal.journal_path())
    assert (entry.public_id, entry.what) == (testimonial.public_id, Purpose.PUBLICATION)
    assert "0 erased again, 0 taken back again, 0 links voided again, of 1 told" in replay(app)
    session.rollback()
    assert testimonial.status is Status.PENDING
    assert testimonial.publication_consent


def test_only_an_erasure_erases_again_what_a_backup_brought_back(session: Session, subtests: pytest.Subtests) -> None:
    """A draft, a question, an alert and an invitation: nothing but the name of their row is in the journal."""
    about = a_testimonial(session, status=Status.PUBLISHED)
    save_draft(session, the_article(session), key=str(uuid.uuid4()), email=AUTHOR, answers={"title": "Trois"})
    rows = {a_question(session, about, sent=False).public_id, an_alert(session).public_id, an_invitation(session)}
    rows |= {*session.scalars(select(Draft.public_id))}
    for name in rows:
        with subtests.test(name=name):
            done = [replay_entry(session, Entry(name, now(), what)) for what in (*Purpose, ERASED, ERASED)]
            assert done == [*(False for _ in Purpose), True, False]
    assert [session.scalars(select(kept.model)).all() for kept in kept_rows() if kept.name is not None] == [[]] * 4


def test_a_refusal_on_the_form_withdraws_only_given_consents(session: Session) -> None:
    testimonial = a_testimonial(session)
    amend_text(testimonial, {Purpose.PUBLICATION: False, Purpose.REUSE: False}, title="Autrement dit")
    session.commit()
    assert [entry.what for entry in erasure_journal.read_entries(erasure_journal.journal_path())] == [
        Purpose.PUBLICATION
    ]


@pytest.mark.usefixtures("session")
def test_journal_entries_are_unique_and_erasures_come_first(tmp_path: Path) -> None:
    at = datetime(2026, 11, 24, 9, tzinfo=UTC)
    lines = ("a\t2026-11-20\n", f"b\t{at.isoformat()}\tpublication\n", f"b\t{at.isoformat()}\terased\n")
    (tmp_path / "erasures.log").write_text("".join((*lines, lines[1])), encoding="utf-8")
    assert erasure_journal.read_entries(tmp_path / "erasures.log") == [
        Entry("a", datetime(2026, 11, 20, tzinfo=UTC), ERASED),
        Entry("b", at, ERASED),
        Entry("b", at, Purpose.PUBLICATION.value),
    ]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("length", [3, 25, 34, 60], ids=["identifier", "day", "moment", "purpose"])
def test_a_truncated_journal_line_is_reported_and_skipped(app: Flask, session: Session, length: int) -> None:
    withdrawn, erased = a_testimonial(session, status=Status.PUBLISHED), a_testimonial(session, email="b@exemple.fr")
    session.commit()
    path = erasure_journal.journal_path()
    erasure_journal.append_entry(session, withdrawn.public_id, Purpose.PUBLICATION.value)
    path.write_bytes(path.read_bytes()[:length])
    assert erasure_journal.read_entries(path) == []
    assert erasure_journal.unreadable_lines(path) == [1]
    erasure_journal.append_entry(session, erased.public_id)
    assert erasure_journal.unreadable_lines(path) == [1]
    result = app.test_cli_runner().invoke(args=["erasures", "replay"])
    assert result.exit_code == 1, "what cannot be read is not honoured"
    assert "1 erased again, 0 taken back again, 0 links voided again, of 1 told" in result.output
    assert f"not honoured: line 1 of {path}, which cannot be read" in result.output
    session.rollback()
    assert (withdrawn.status, erased.status) == (Status.PUBLISHED, Status.ERASED)


def test_what_was_signed_then_withdrawn_since_the_backup_waits_for_its_teller_again(session: Session) -> None:
    """Nothing was given yet: there is nothing to withdraw, and no line can be written about it."""
    testimonial, _ = a_transcript(session)
    session.commit()
    for purpose in (Purpose.PUBLICATION, Purpose.REUSE):
        assert replay_entry(session, Entry(testimonial.public_id, now(), purpose.value)) is False
    assert (testimonial.status, testimonial.consents) == (Status.PROOF_SENT, [])


@pytest.mark.parametrize("kind", [Transcript, UpdateRequest])
def test_what_was_told_or_asked_comes_back_under_an_erased_row_and_goes(session: Session, kind: type[Base]) -> None:
    testimonial = a_testimonial(session, status=Status.ERASED)
    day, by = now().date(), an_editor(session).id
    if kind is UpdateRequest:
        testimonial.update_request = UpdateRequest(ask_on=day)
    else:
        testimonial.transcript = Transcript(recorded_by_id=by, spoken_on=day, medium=Medium.PAPER)
    session.flush()
    assert erased_with_words(session) == [testimonial]
    assert replay_entry(session, Entry(testimonial.public_id, now(), ERASED))
    assert session.scalars(select(kind)).all() == []
