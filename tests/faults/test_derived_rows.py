"""Acts on a few texts at random, from several threads at once: every derived row is as if made anew."""

import random
from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.accounts.gate import NotPermitted
from app.articles.passages import OPENING
from app.audit import AUTHOR, CLOCK
from app.catalog.placements import Place, PlacementRefused, place_testimonial
from app.cli.catalog import differences
from app.db import db
from app.moderation.decisions import Stale
from app.moderation.review.editing import EditKind, save_edit
from app.testimonials.approval import Approval, ApprovalMissing, NothingToSign
from app.testimonials.consent import ConsentMissing
from app.testimonials.corrections import EditRefused
from app.testimonials.decision import DecisionNote
from app.testimonials.erasure import erase_testimonial
from app.testimonials.lifecycle import TRANSITIONS, Action, Status, TransitionRefused
from app.testimonials.objections import ObjectionUnanswered
from app.testimonials.private_page.consent_changes import call_back, change_consent, consent_again
from app.testimonials.private_page.objections import contest_decision
from app.testimonials.reasons import Reason
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose
from tests.acts import amend_text
from tests.concurrency import together
from tests.factories import a_testimonial, an_editor, by_editor, the_article
from tests.faults import ROUNDS

pytestmark = pytest.mark.both_engines

THREADS, ACTS, BURSTS = 4, 6, ROUNDS

# What people are told when somebody was quicker, or when it was never possible; all else is a fault.
REFUSED = (
    *(ApprovalMissing, ConsentMissing, EditRefused, NotPermitted, NothingToSign, ObjectionUnanswered, PlacementRefused),
    *(Stale, StaleDataError, TransitionRefused),
)
Act = Callable[[Session, Testimonial], None]

NOTE = DecisionNote(Reason.OFF_TOPIC, "Une phrase pour l’auteure.")


def amend(_session: Session, testimonial: Testimonial) -> None:
    amend_text(testimonial, {Purpose.PUBLICATION: True}, title=f"Récit changé {testimonial.current_number}")


def send_proof(session: Session, testimonial: Testimonial) -> None:
    testimonial.propose(testimonial.latest.edited(title=f"Épreuve {testimonial.current_number}"))
    testimonial.perform(Action.SEND_PROOF, by=by_editor(session), note=NOTE)


def sign_proof(_session: Session, testimonial: Testimonial) -> None:
    testimonial.latest.approve(Approval.SIGNED, testimonial.latest.digest)
    testimonial.perform(Action.SIGN_PROOF, by=AUTHOR)


# The acts of authors and of the clock, and the proof; the others are an editor's, and need no more than a note.
ACTS_OF_OTHERS: dict[Action, Act] = {
    Action.CONFIRM: lambda _, testimonial: testimonial.confirm(),
    Action.AMEND: amend,
    Action.SEND_PROOF: send_proof,
    Action.SIGN_PROOF: sign_proof,
    Action.CONTEST: lambda _, testimonial: contest_decision(testimonial, "Je ne comprends pas."),
    Action.WITHDRAW: lambda _, testimonial: testimonial.withdraw(),
    Action.CALL_BACK: lambda _, testimonial: call_back(testimonial),
    Action.CONSENT_AGAIN: lambda _, testimonial: consent_again(testimonial),
    Action.ERASE: lambda _, testimonial: erase_testimonial(testimonial),
    Action.EXPIRE: lambda _, testimonial: testimonial.perform(Action.EXPIRE, by=CLOCK),
    Action.RENEW: lambda _, testimonial: testimonial.perform(Action.RENEW, by=AUTHOR),
}


def lifecycle_act(session: Session, testimonial: Testimonial, action: Action) -> None:
    """Do one of the acts of the lifecycle, as the view that does it."""
    if action in ACTS_OF_OTHERS:
        ACTS_OF_OTHERS[action](session, testimonial)
    else:
        testimonial.perform(action, by=by_editor(session), note=NOTE)


def send(session: Session, _testimonial: Testimonial | None = None) -> None:
    number = random.randrange(10**9)  # noqa: S311  # no secret
    sent = a_testimonial(session, email=f"auteure{number}@exemple.fr", title=f"Récit {number}", reuse=number % 2 == 0)
    sent.perform(Action.PUBLISH, by=by_editor(session))


def consent(_session: Session, testimonial: Testimonial) -> None:
    if testimonial.status is Status.PUBLISHED:
        change_consent(testimonial, Purpose.REUSE, gives=not testimonial.reuse_consent)


def place(session: Session, testimonial: Testimonial) -> None:
    place_testimonial(session, Place(the_article(session), OPENING), testimonial, by=by_editor(session))


def correct(session: Session, testimonial: Testimonial) -> None:
    advice = testimonial.latest.advice
    edited = testimonial.latest.edited(advice=advice.removesuffix(".") if advice.endswith(".") else f"{advice}.")
    save_edit(an_editor(session), testimonial, edited, EditKind.CORRECTION, revision=testimonial.revision, note=NOTE)


BESIDES: tuple[Act, ...] = (send, consent, place, correct)


def act_at_random(app: Flask) -> None:
    """Do some acts, each in a transaction of its own, on a text that others may be acting on."""
    living = select(Testimonial).where(Testimonial.status != Status.ERASED)
    for _ in range(ACTS):
        with app.app_context():
            session = db.session()
            recent = session.scalars(living.order_by(Testimonial.id.desc()).limit(6)).all()
            chosen = random.choice(recent).id if recent else 0  # noqa: S311  # no secret
            session.rollback()
            try:
                testimonial = session.scalar(living.where(Testimonial.id == chosen).with_for_update())
                if testimonial is None:  # somebody has just erased it
                    send(session)
                else:
                    possible = [action for status, action in TRANSITIONS if status is testimonial.status]
                    acts: list[Act] = [partial(lifecycle_act, action=action) for action in possible]
                    random.choice([*acts, *BESIDES])(session, testimonial)  # noqa: S311  # no secret
                session.commit()
            except REFUSED:
                session.rollback()


def test_after_any_acts_of_several_at_once_every_derived_row_is_as_if_made_anew(app: Flask, session: Session) -> None:
    for number in range(6):
        a_testimonial(session, status=Status.PUBLISHED, email=f"a{number}@exemple.fr", title=f"Récit {number}")
    session.commit()
    for _ in range(BURSTS):
        assert together(*[lambda: act_at_random(app)] * THREADS) == [None] * THREADS
        assert list(differences(session)) == []
        shown = "SELECT id FROM testimonial WHERE status = 'published' AND hidden_until IS NULL"
        assert set(session.scalars(text("SELECT testimonial_id FROM rendering"))) == set(session.scalars(text(shown)))
        total = "SELECT total FROM facet WHERE theme = '' AND situation = '' AND region = '' AND partner = ''"
        assert session.scalar(text(total)) == len(session.scalars(text(shown)).all())
        session.rollback()
