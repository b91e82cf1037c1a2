"""Nobody reads an answer whose words the author of what it answers was not told of, nor one that was refused."""

import uuid
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.audit import Actor, ActorKind
from app.catalog.rendering import Rendering
from app.catalog.visibility import Outlet, visible_answers
from app.db import now
from app.mail.outbox import Email
from app.moderation.decisions import decide
from app.moderation.review.editing import EditKind, mask, save_edit
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action
from app.testimonials.private_page.consent_changes import consent_again
from app.testimonials.private_page.objections import contest_decision
from app.testimonials.reasons import Reason
from app.testimonials.responses import mails
from app.testimonials.testimonial import Testimonial
from tests.acts import amend_text, an_answered_text, published, readable, stored
from tests.factories import ANSWER_WORDS, a_notice, a_pending_answer, an_answer, an_editor, by_editor
from tests.testimonials.test_answer_form import invitation, send
from tests.testimonials.test_form import ANSWERS, WRITE
from tests.visitor import Visitor

NEW_WORDS = f"{ANSWER_WORDS} Et tout autre chose, que personne n’a lu."
REASON = DecisionNote(reason=next(iter(Reason)), message="Voici pourquoi.", to_readers="Voici pourquoi.")
MASKED = mask(ANSWER_WORDS.strip().replace("ces trois", "[[ces trois]]", 1))


def amended(answer: Testimonial, words: str = NEW_WORDS) -> None:
    amend_text(answer, account=words)


def decided(session: Session, text: Testimonial, action: Action, note: DecisionNote = REASON, *, by: str = "") -> None:
    editor = an_editor(session, email=by) if by else an_editor(session)
    decide(editor, text, action, revision=text.revision, note=note)
    session.commit()


def is_read(session: Session, answer: Testimonial) -> bool:
    session.flush()
    return answer in session.scalars(visible_answers(outlet=Outlet.PAGE)).all()


def announcements(session: Session) -> int:
    session.commit()
    return sum(each.message is mails.ANSWER_ANNOUNCED for each in stored(session, Email))


def test_words_that_an_objection_brings_back_are_announced(session: Session) -> None:
    answer = an_answer(session, published(session))
    amended(answer)
    answer.propose(
        answer.latest.edited(account=mask(NEW_WORDS.replace("ces trois", "[[ces trois]]"))), as_correction=True
    )
    contest_decision(answer, "Ce mot compte.")
    session.commit()
    decided(session, answer, Action.RESTORE, by="autre@ville-exemple.fr")
    assert not is_read(session, answer)
    assert answer.readable_from is not None
    assert announcements(session) == 1


def test_words_that_were_masked_when_announced_are_announced(session: Session) -> None:
    answer = a_pending_answer(session, published(session))
    words, masked = answer.latest.account, answer.latest.edited(account=MASKED)
    save_edit(an_editor(session), answer, masked, EditKind.CORRECTION, revision=answer.revision, note=DecisionNote())
    decided(session, answer, Action.PUBLISH)
    answer.perform(Action.UNHIDE, by=Actor(ActorKind.CLOCK))
    session.commit()
    assert is_read(session, answer)
    bare = answer.latest.edited(account=words)
    save_edit(an_editor(session), answer, bare, EditKind.CORRECTION, revision=answer.revision, note=DecisionNote())
    assert not is_read(session, answer)


def test_an_act_that_publishes_no_words_announces_nothing_again(session: Session) -> None:
    answer = a_pending_answer(session, published(session))
    decided(session, answer, Action.PUBLISH)
    amended(answer)
    decided(session, answer, Action.SET_ASIDE)
    assert announcements(session) == 1


def test_new_words_after_an_end_of_hiding_are_announced_to_the_desk_too(session: Session) -> None:
    answer = an_answer(session, published(session))
    a_notice(session, answer)
    decided(session, answer, Action.HIDE)
    decided(session, answer, Action.UNHIDE)
    amended(answer)
    decided(session, answer, Action.PUBLISH)
    assert answer.readable_from is not None


def test_a_text_that_an_editor_hides_stays_so_when_a_decision_on_it_is_undone(session: Session) -> None:
    answer = an_answer(session, published(session))
    a_notice(session, answer)
    decided(session, answer, Action.HIDE)
    amended(answer)
    decided(session, answer, Action.PUBLISH)
    assert answer.readable_from is not None
    answer.perform(Action.TAKE_BACK, by=by_editor(session))
    states = answer.readable_from is None, answer.hidden_until is not None
    assert states == (True, True), "it is hidden by an editor, not announced"


@pytest.mark.parametrize("leaves", ["withdrawn", "unpublished"])
def test_a_text_that_comes_back_has_lost_its_answer(session: Session, leaves: str) -> None:
    """To withdraw a text is to refuse the answer, whether the clock has run since or not."""
    text, answer = an_answered_text(session)
    if leaves == "withdrawn":
        text.withdraw()
        consent_again(text)
    else:
        decided(session, text, Action.UNPUBLISH)
        decided(session, text, Action.REOPEN)
    session.commit()
    decided(session, text, Action.PUBLISH)
    assert not is_read(session, answer)
    ended = [each for each in stored(session, Email) if each.message is mails.ANSWER_ENDED]
    assert [each.testimonial_id for each in ended] == [answer.id]


def test_what_is_answered_is_read_again_before_its_page_is_written(session: Session) -> None:
    """Another transaction hides it while an answer leaves: what this one has read of it is no longer true."""
    text, answer = an_answered_text(session)
    session.commit()
    assert answer.about is text
    assert text.hidden_until is None
    with session.no_autoflush:
        table = Testimonial.__table__
        hidden = update(Testimonial).where(table.c.id == text.id).values(hidden_until=now() + timedelta(days=3))
        session.execute(hidden, execution_options={"synchronize_session": False})
    answer.withdraw()
    session.commit()
    assert session.get(Rendering, text.id) is None


def test_the_key_of_an_invitation_sends_no_testimonial_in_place_of_the_answer(app: Flask, session: Session) -> None:
    """The key can be read in the link; what is sent with it from another form has other wordings."""
    text = readable(session)
    key = str(uuid.uuid4())
    send(Visitor(app), invitation(app, text, key))
    other = Visitor(app).get(WRITE)
    other.fill(**(ANSWERS | {"attribution": "region"}))
    fields = [(name, value) for name, value in other.fields(other.forms()[0]) if name not in {"key", "step"}]
    other.post(WRITE, [*fields, ("key", key), ("step", "preview")])
    other.fill(publish="yes", attest="y").press("Envoyer")
    if other.status == 422:
        other.press("Oui, c’est moi : envoyer mon texte")
    assert other.status == 409
    (answer,) = [each for each in stored(session, Testimonial) if each.about_id]
    assert answer.latest.is_response
    assert answer.current_number == 1
