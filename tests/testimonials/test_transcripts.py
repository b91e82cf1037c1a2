"""Testimonials told by voice: recorded by an editor, nobody's until their teller answers."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.db import now
from app.features.voice import acts
from app.features.voice.acts import Recording, answer_transcript, correct_transcript, record, renew_code
from app.kept import Act
from app.mail.outbox import Email
from app.privacy import retention
from app.privacy.register.record import consent_proof
from app.privacy.register.verification import testimonial_faults
from app.privacy.retention import due_acts, follow_reminders
from app.testimonials import erasure, mails, stale_emails
from app.testimonials.attribution import Attribution
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action, Status, TransitionRefused
from app.testimonials.private_page.links import replay_replacement
from app.testimonials.reasons import Reason
from app.testimonials.testimonial import Testimonial
from app.testimonials.transcript import Medium, Transcript
from app.testimonials.wordings import Purpose
from tests.acts import pass_time
from tests.factories import (
    a_signed_transcript,
    a_testimonial,
    a_transcript,
    a_version,
    an_editor,
    by_editor,
    the_article,
)


def test_a_code_is_read_however_it_was_typed(session: Session) -> None:
    testimonial, code = a_transcript(session)
    typed = (code or "").lower().replace("-", " ").replace("1", "l").replace("0", "o")
    assert session.scalar(acts.by_code(acts.tidy_code(typed))) is testimonial


@pytest.mark.parametrize("typed", ["", "1234", "0123-4567-89AB-CDEU", "0123-4567-89AB-CDEF-0"])
def test_what_cannot_be_a_code_is_told_apart(typed: str) -> None:
    assert not acts.is_code(acts.tidy_code(typed))


def test_a_code_stays_valid_under_the_keys_that_a_newer_one_follows(
    session: Session, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    testimonial, code = a_transcript(session)
    former = app.config["SECRET_KEY"]
    monkeypatch.setitem(app.config, "SECRET_KEY", "a newer key, long enough for anyone")
    monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", [])
    assert session.scalar(acts.by_code(acts.tidy_code(code or ""))) is None
    monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", [former])
    assert session.scalar(acts.by_code(acts.tidy_code(code or ""))) is testimonial


def test_no_sheet_is_drawn_once_its_teller_has_answered(session: Session) -> None:
    """With a code, an editor could consent in the teller's name."""
    testimonial = a_signed_transcript(session)
    before = testimonial.transcript
    assert before is not None
    digest = before.code_digest
    assert digest is not None
    with pytest.raises(TransitionRefused):
        renew_code(session, testimonial, by=by_editor(session))
    assert before.code_digest == digest


def test_the_date_on_the_sheet_holds_whatever_the_setting_becomes(
    session: Session, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    testimonial, _ = a_transcript(session)
    printed = testimonial.due_at
    monkeypatch.setitem(app.config, "TRANSCRIPT_PERIOD", timedelta(days=1))
    testimonial.waiting_since -= timedelta(days=2)
    session.flush()
    assert erasure.retention_end(testimonial) == printed
    assert session.scalar(select(Testimonial.id).where(erasure.is_to_be_erased())) is None


def test_typed_words_are_corrected_until_their_teller_answers(session: Session) -> None:
    testimonial, _ = a_transcript(session)
    by = by_editor(session)
    correct_transcript(testimonial, a_version(session, title="Un titre relu"), by=by)
    session.flush()
    assert testimonial.status is Status.PROOF_SENT
    assert [(each.number, each.title, each.approval) for each in testimonial.versions][1:] == [
        (2, "Un titre relu", None)
    ]
    with pytest.raises(TransitionRefused):
        correct_transcript(a_testimonial(session, status=Status.PROOF_SENT), a_version(session), by=by)


def test_who_comes_back_to_the_form_corrects_what_was_recorded(session: Session) -> None:
    """A typing error in the address would have sent a person's words to a stranger, and left them there."""
    testimonial, _ = a_transcript(session, email="une.erreur@exemple.fr")
    article, by = the_article(session), by_editor(session)

    def again(email: str | None, **changes: str) -> str | None:
        version = a_version(session, attribution=Attribution.REGION, **changes)
        key, spoken_on = testimonial.submission_key or "", date(2026, 11, 25)
        recording = Recording(key=key, version=version, spoken_on=spoken_on, medium=Medium.PAPER, email=email)
        stored, code = record(session, article, recording, by=by)
        session.flush()
        assert stored is testimonial
        return code

    link = testimonial.link_generation
    assert again("la.bonne@exemple.fr", title="Un titre relu") is None
    (letter,) = session.scalars(select(Email)).all()
    assert (letter.recipient, letter.facts["told_on"]) == ("la.bonne@exemple.fr", "2026-11-25")
    assert (testimonial.latest.title, testimonial.latest.number) == ("Un titre relu", 2)
    assert testimonial.link_generation > link, "what left for the first address opens nothing"
    transcript = session.scalars(select(Transcript)).one()
    assert (transcript.spoken_on, transcript.medium) == (date(2026, 11, 25), Medium.PAPER)
    code = again(None, title="Un titre relu")
    assert session.scalars(select(Email)).all() == []
    assert session.scalar(acts.by_code(acts.tidy_code(code or ""))) is testimonial
    assert again("la.bonne@exemple.fr", title="Un titre relu") is None
    assert session.scalar(acts.by_code(acts.tidy_code(code or ""))) is None
    assert testimonial.latest.number == 2
    version = testimonial.latest.edited(attribution=Attribution.ROLE)
    answers = {Purpose.PUBLICATION: True, Purpose.ATTESTATION: True}
    answer_transcript(testimonial, version, answers, seen=testimonial.latest.digest)
    for email, title in (("la.bonne@exemple.fr", "Autrement"), ("une.autre@exemple.fr", "Un titre relu")):
        with pytest.raises(TransitionRefused):
            again(email, title=title)


def run_clock(session: Session, later: timedelta) -> list[Act]:
    session.execute(update(Email).values(due_at=None, sent_at=func.coalesce(Email.sent_at, now())))
    follow_reminders(session)
    for testimonial in session.scalars(select(Testimonial)):
        pass_time(session, testimonial, later / timedelta(days=1))
    done = []
    for act in list(due_acts(session)):
        if act.run(session) is not None:
            done.append(act.act)
        session.flush()
    return done


@pytest.mark.parametrize("ends", ["publication", "proof"])
def test_nothing_says_that_a_teller_without_an_address_was_reminded(session: Session, ends: str) -> None:
    testimonial = a_signed_transcript(session)
    if ends == "publication":
        testimonial.published_until = now() + timedelta(days=20)
    else:
        by = by_editor(session)
        testimonial.perform(Action.UNPUBLISH, by=by, note=DecisionNote(Reason.OTHER, "Une phrase."))
        testimonial.perform(Action.REOPEN, by=by)
        testimonial.perform(Action.REQUEST_CHANGES, by=by, note=DecisionNote(due_at=now() + timedelta(hours=1)))
    session.flush()
    assert [act.act for act in due_acts(session)] == []


def test_a_proof_of_what_was_told_and_signed_is_not_erased_by_silence(session: Session) -> None:
    """Once its teller has answered, it is a text like any other."""
    testimonial = a_signed_transcript(session, publish=True, email="a.signe@exemple.fr")
    by = by_editor(session)
    testimonial.perform(Action.UNPUBLISH, by=by, note=DecisionNote(Reason.OTHER, "Une phrase."))
    testimonial.perform(Action.REOPEN, by=by)
    testimonial.propose(testimonial.latest.edited(title="Une réécriture"))
    testimonial.perform(Action.SEND_PROOF, by=by)
    session.flush()
    assert testimonial.status is Status.PROOF_SENT
    assert retention.ERASE not in run_clock(session, timedelta(days=40))


def test_a_letter_that_waits_is_dropped_once_its_teller_has_answered(session: Session) -> None:
    a_signed_transcript(session, email="a.signe@exemple.fr")
    waiting = stale_emails.without_stale(session, session.scalars(select(Email).order_by(Email.id)).all())
    assert [email.message for email in waiting] == [mails.CONFIRMED]


def test_the_register_has_who_recorded_and_finds_no_fault(session: Session) -> None:
    by_link, by_code_ = a_signed_transcript(session, email="a.signe@exemple.fr"), a_signed_transcript(session)
    for testimonial, told_by_code in ((by_link, False), (by_code_, True)):
        proof = consent_proof(testimonial)
        assert proof.by_code is told_by_code
        assert proof.confirmed_at is not None
        assert proof.transcript is not None
        (line,) = proof.by_purpose[Purpose.PUBLICATION]
        assert line.recorded_by == "par l’auteur·e, en signant ce que l’équipe avait écrit sous sa dictée"
        assert line.consent.recorded_by_id == an_editor(session).id
        assert list(testimonial_faults(testimonial)) == []


def test_a_code_replaced_since_the_backup_opens_nothing_once_it_is_restored(session: Session) -> None:
    testimonial, code = a_transcript(session)
    assert replay_replacement(session, testimonial, testimonial.link_generation + 1)
    session.flush()
    assert session.scalar(acts.by_code(acts.tidy_code(code or ""))) is None
