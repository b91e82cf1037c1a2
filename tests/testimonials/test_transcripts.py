"""Testimonials told by voice: recorded by an editor, nobody's until their teller answers."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import Actor, Kind
from app.testimonials import erasure
from app.testimonials.lifecycle import Status, TransitionRefused
from app.testimonials.models import Testimonial
from app.testimonials.transcripts.codes import by_code, is_code, tidy_code
from app.testimonials.transcripts.models import Transcript, transcript_of
from app.testimonials.transcripts.record import correct_transcript, renew_code
from tests.factories import a_testimonial, a_transcript, a_version, an_editor


def test_what_is_told_waits_for_its_teller_and_nobody_has_consented(session: Session) -> None:
    testimonial, code = a_transcript(session)
    transcript = transcript_of(testimonial)
    assert testimonial.status is Status.PROOF_SENT
    assert testimonial.consents == []
    assert testimonial.latest.approval is None
    assert [event.kind for event in testimonial.events] == [Kind.RECORD]
    assert testimonial.due_at is not None
    assert (testimonial.due_at - testimonial.waiting_since).days in {29, 30}
    assert code is not None
    assert transcript is not None
    assert code not in (transcript.code_digest or "")
    assert session.scalar(by_code(tidy_code(code))) is testimonial


def test_an_address_needs_no_code(session: Session) -> None:
    testimonial, code = a_transcript(session, email="qui.raconte@exemple.fr")
    transcript = transcript_of(testimonial)
    assert code is None
    assert transcript is not None
    assert transcript.code_digest is None


def test_a_code_is_read_however_it_was_typed(session: Session) -> None:
    testimonial, code = a_transcript(session)
    typed = (code or "").lower().replace("-", " ").replace("1", "l").replace("0", "o")
    assert session.scalar(by_code(tidy_code(typed))) is testimonial


@pytest.mark.parametrize("typed", ["", "1234", "0123-4567-89AB-CDEU", "0123-4567-89AB-CDEF-0"])
def test_what_cannot_be_a_code_is_told_apart(typed: str) -> None:
    assert not is_code(tidy_code(typed))


def test_a_code_stays_valid_under_the_keys_that_a_newer_one_follows(
    session: Session, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    testimonial, code = a_transcript(session)
    former = app.config["SECRET_KEY"]
    monkeypatch.setitem(app.config, "SECRET_KEY", "a newer key, long enough for anyone")
    monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", [])
    assert session.scalar(by_code(tidy_code(code or ""))) is None
    monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", [former])
    assert session.scalar(by_code(tidy_code(code or ""))) is testimonial


def test_another_sheet_voids_the_former_code_and_the_pages_it_opened(session: Session) -> None:
    testimonial, code = a_transcript(session)
    generation = testimonial.link_generation
    renewed = renew_code(session, testimonial, by=Actor.editor(an_editor(session).id))
    session.flush()
    assert session.scalar(by_code(tidy_code(code or ""))) is None
    assert session.scalar(by_code(tidy_code(renewed))) is testimonial
    assert testimonial.link_generation == generation + 1


def test_typed_words_are_corrected_until_their_teller_answers(session: Session) -> None:
    testimonial, _ = a_transcript(session)
    by = Actor.editor(an_editor(session).id)
    correct_transcript(testimonial, a_version(session, title="Un titre relu"), by=by)
    session.flush()
    assert testimonial.status is Status.PROOF_SENT
    assert [(each.number, each.title, each.approval) for each in testimonial.versions][1:] == [
        (2, "Un titre relu", None)
    ]
    with pytest.raises(TransitionRefused):
        correct_transcript(a_testimonial(session, status=Status.PROOF_SENT), a_version(session), by=by)


def test_an_erased_one_keeps_neither_its_transcript_nor_its_code(session: Session) -> None:
    testimonial, code = a_transcript(session)
    erasure.erase_testimonial(testimonial)
    session.flush()
    assert session.scalars(select(Transcript)).all() == []
    assert session.scalar(by_code(tidy_code(code or ""))) is None
    assert session.get_one(Testimonial, testimonial.id).status is Status.ERASED
