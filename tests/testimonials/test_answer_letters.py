"""Letters about an answer: to who wrote it, in the words of an answer, and to who is answered, seven days before."""

from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.audit import CLOCK, Kind
from app.db import now
from app.features.notices.desk_routes import DismissForm
from app.french import day
from app.mail.compose import compose
from app.mail.messages import Mail
from app.mail.outbox import Email
from app.moderation.decisions import decide
from app.moderation.queue.routes import undo_one
from app.testimonials import mails, stale_emails
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action, Status, TransitionRefused
from app.testimonials.notices import Outcome
from app.testimonials.private_page.answers import is_read
from app.testimonials.private_page.consent_changes import call_back
from app.testimonials.private_page.proofs import sign_version
from app.testimonials.reasons import Reason
from app.testimonials.responses import mails as answer_mails
from app.testimonials.testimonial import Testimonial
from app.testimonials.undo import AMPLE_PERIOD
from tests.acts import (
    a_text_to_answer,
    amend_text,
    an_answered_text,
    erase,
    published,
    refuse_changes,
    run_clock,
    withdraw,
)
from tests.factories import ANSWER_WORDS, a_notice, an_answer, an_editor, by_editor
from tests.mail.samples import samples

OTHER_WORDS = "Nous avons tenu quatre après-midi, et non trois ; l’équipe voisine vous en remercie. " * 2


def publish(session: Session, answer: Testimonial) -> None:
    session.flush()
    decide(an_editor(session), answer, Action.PUBLISH, revision=answer.revision, note=DecisionNote())
    session.flush()


def to_leave(session: Session, to: Testimonial) -> list[Email]:
    session.flush()
    written = session.scalars(select(Email).where(Email.recipient == to.email).order_by(Email.id)).all()
    return stale_emails.without_stale(session, written)


def letters(session: Session, to: Testimonial) -> list[Mail]:
    return [each.message for each in to_leave(session, to)]


def words_of(app: Flask, email: Email) -> tuple[str, str]:
    with app.app_context():
        letter: EmailMessage = compose(email.message, email.recipient, email.facts, email.message_id)
    body = letter.get_body(("plain",))
    assert body is not None
    return str(letter["Subject"]), " ".join(body.get_content().split())


def last_letter(app: Flask, session: Session, to: Testimonial) -> tuple[str, str]:
    return words_of(app, to_leave(session, to)[-1])


def deliver(app: Flask, session: Session, to: Testimonial) -> set[Mail]:
    session.commit()
    app.test_cli_runner().invoke(args=["mail", "deliver"], catch_exceptions=False)
    session.rollback()
    return set(session.scalars(select(Email.message).where(Email.recipient == to.email, Email.sent_at.is_not(None))))


def end_undo_period(app: Flask, session: Session) -> None:
    """Have every decision final, and what waited for that due."""
    app.config["UNDO_PERIOD"] = -AMPLE_PERIOD
    session.execute(update(Email).where(Email.due_at.is_not(None)).values(due_at=now() - timedelta(minutes=1)))


def test_who_is_answered_is_written_to_once_the_publication_cannot_be_undone(app: Flask, session: Session) -> None:
    text, answer = a_text_to_answer(session)
    publish(session, answer)
    (announcement,) = (each for each in to_leave(session, text) if each.message is answer_mails.ANSWER_ANNOUNCED)
    assert announcement.due_at is not None
    assert announcement.due_at - answer.events[-1].at >= timedelta(minutes=10)
    assert answer_mails.ANSWER_ANNOUNCED not in deliver(app, session, text)
    end_undo_period(app, session)
    assert answer_mails.ANSWER_ANNOUNCED in deliver(app, session, text)


def test_a_publication_taken_back_is_never_announced(app: Flask, session: Session) -> None:
    text, answer = a_text_to_answer(session)
    publish(session, answer)
    undo_one(an_editor(session), answer)
    assert (answer.status, answer.readable_from) == (Status.PENDING, None)
    end_undo_period(app, session)
    assert answer_mails.ANSWER_ANNOUNCED not in deliver(app, session, text)
    publish(session, answer)
    assert letters(session, text).count(answer_mails.ANSWER_ANNOUNCED) == 1
    end_undo_period(app, session)
    assert answer_mails.ANSWER_ANNOUNCED in deliver(app, session, text)


def test_both_letters_name_the_day_and_the_announcement_has_no_word_of_the_answer(app: Flask, session: Session) -> None:
    text, answer = a_text_to_answer(session)
    publish(session, answer)
    assert answer.readable_from is not None
    subject, words = last_letter(app, session, text)
    assert subject == "Une réponse va paraître sous votre texte"
    assert f"à partir du {day(answer.readable_from)}" in words
    assert "retirez votre texte" in words
    assert "après-midi avec une équipe voisine" not in words
    assert "Labo exemple" not in words
    subject, words = last_letter(app, session, answer)
    assert subject == "Votre réponse va paraître"
    assert f"à partir du {day(answer.readable_from)}" in words
    assert f"/temoignages/{text.public_id}" in words
    assert answer.public_id not in words, "an answer has no page of its own"
    assert "est publié" not in words


@pytest.mark.parametrize("leave", [withdraw, erase])
def test_an_answer_that_its_author_takes_away_is_not_announced(app: Flask, session: Session, leave: Any) -> None:
    text, answer = a_text_to_answer(session)
    publish(session, answer)
    leave(session, answer)
    end_undo_period(app, session)
    assert answer_mails.ANSWER_ANNOUNCED not in deliver(app, session, text)


def test_new_words_are_announced_again_and_wait_as_long(app: Flask, session: Session) -> None:
    text, answer = an_answered_text(session)
    amend_text(answer, account=OTHER_WORDS)
    assert (answer.has_new_version, answer.readable_from) == (True, None), "the words that are read stay"
    publish(session, answer)
    assert letters(session, text).count(answer_mails.ANSWER_ANNOUNCED) == 1
    until = answer.readable_from
    assert until is not None
    assert until - now() >= timedelta(days=7)


def test_the_same_is_read_by_who_signs_a_proof(app: Flask, session: Session) -> None:
    text, answer = a_text_to_answer(session)
    answer.propose(answer.latest.edited(account=OTHER_WORDS))
    answer.perform(Action.SEND_PROOF, by=by_editor(session))
    session.flush()
    sign_version(answer, answer.latest.digest)
    assert answer.readable_from is not None
    subject, words = last_letter(app, session, answer)
    assert subject == "Votre réponse va paraître"
    assert f"à partir du {day(answer.readable_from)}" in words
    assert f"qui répond au témoignage de référence {text.public_id}" in words, "the receipt of the consent"
    assert letters(session, text)[-1] is answer_mails.ANSWER_ANNOUNCED


def test_a_proof_is_not_signed_once_what_it_answers_has_left(session: Session) -> None:
    text, answer = a_text_to_answer(session)
    answer.propose(answer.latest.edited(account=OTHER_WORDS))
    answer.perform(Action.SEND_PROOF, by=by_editor(session))
    text.withdraw()
    session.flush()
    with pytest.raises(TransitionRefused):
        sign_version(answer, answer.latest.digest)


def test_a_withdrawal_is_not_called_back_once_what_it_answers_has_left(session: Session) -> None:
    text, answer = an_answered_text(session)
    answer.withdraw()
    text.perform(Action.UNPUBLISH, by=by_editor(session), note=DecisionNote(Reason.OFF_TOPIC))
    session.flush()
    with pytest.raises(TransitionRefused):
        call_back(answer)


@pytest.mark.parametrize("announced", [True, False])
def test_a_withdrawal_called_back_says_when_the_answer_is_read(app: Flask, session: Session, announced: bool) -> None:
    answer = an_answer(session, published(session), announced=announced)
    until = answer.readable_from
    answer.withdraw()
    assert answer.readable_from is None
    session.flush()
    call_back(answer)
    assert answer.readable_from == until
    subject, words = last_letter(app, session, answer)
    assert subject == ("Votre réponse va paraître" if announced else "Votre texte paraît de nouveau")
    assert ("comme prévu" in words) is announced
    assert ("de nouveau sous ce témoignage" in words) is not announced


LETTERS = (
    *(mails.RECEIPT, mails.CONFIRM_REMINDER, mails.CONFIRMED, mails.PUBLISHED, mails.UNPUBLISHED),
    *(mails.HIDDEN, mails.UNHIDDEN, mails.RENEWAL, mails.EXPIRED, mails.CALLED_BACK, mails.WITHDRAWN),
    *(mails.DECLINED, mails.KEPT_INTERNAL, mails.CHANGES_REQUESTED, mails.PROOF_SENT, mails.AMENDED),
    *(mails.SET_ASIDE, mails.EDITED, mails.CONSENT, mails.NEW_LINK),
    *(answer_mails.ANSWER_SHOWN, answer_mails.ANSWER_ENDED),
)


def test_no_letter_calls_an_answer_a_testimonial(app: Flask, session: Session, subtests: pytest.Subtests) -> None:
    answer = an_answer(session, published(session))
    facts = {"reason": "", "words": "", "ground": "", "corrections": "", "due": "2026-12-09", "heading": "Réponse"}
    facts |= {"hidden_until": "2026-12-08", "purpose": "Réutilisation ailleurs", "answer": "oui"}
    for message in LETTERS:
        answer.write_to_author(message, **facts)
        session.flush()
        email = session.scalars(select(Email).order_by(Email.id.desc()).limit(1)).one()
        subject, words = words_of(app, email)
        with subtests.test(message=message.name):
            assert "retour d’expérience" not in subject + words
            assert "votre témoignage" not in (subject + words).lower()


def test_the_clock_shows_an_announced_answer_on_its_day_and_tells_its_author(app: Flask, session: Session) -> None:
    text, answer = an_answered_text(session, announced=True)
    assert run_clock(app, session) == ""
    accepted = answer.published_at = now() - timedelta(days=8)
    answer.readable_from = now() - timedelta(minutes=1)
    assert run_clock(app, session, "--dry-run") == f"unhide: {answer.public_id}\n"
    assert run_clock(app, session) == f"unhide: {answer.public_id}\n", "the dry run had changed nothing"
    assert is_read(answer)
    assert answer.published_at is not None
    assert answer.published_at > accepted + timedelta(days=7), "it is dated of the day on which it is read"
    subject, words = last_letter(app, session, answer)
    assert subject == "Votre réponse paraît"
    assert "sous le témoignage auquel elle répond" in words
    assert letters(session, text)[-1] is not answer_mails.ANSWER_SHOWN


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize("by_clock", [True, False])
def test_an_answer_waits_while_what_it_is_about_is_hidden(
    app: Flask, session: Session, announced: bool, by_clock: bool
) -> None:
    """Nobody is told that an answer is read which is not; it comes with what it is about, and with no other text."""
    published(session, 2)
    text, answer = an_answered_text(session, announced=announced)
    if not announced:
        a_notice(session, answer)
        answer.perform(Action.HIDE, by=by_editor(session))
    a_notice(session, text)
    text.perform(Action.HIDE, by=by_editor(session))
    setattr(answer, "readable_from" if announced else "hidden_until", now() - timedelta(minutes=1))
    assert answer.public_id not in run_clock(app, session)
    text.perform(Action.UNHIDE, by=CLOCK if by_clock else by_editor(session))
    assert f"unhide: {answer.public_id}" in run_clock(app, session)
    assert is_read(answer)
    assert letters(session, answer)[-1] is (answer_mails.ANSWER_SHOWN if announced else mails.UNHIDDEN)


@pytest.mark.changes_content
def test_an_answer_waits_while_what_it_is_about_is_not_read(app: Flask, session: Session) -> None:
    text, answer = an_answered_text(session, announced=True)
    answer.readable_from = now() - timedelta(minutes=1)
    text.article.is_public = False
    assert answer.public_id not in run_clock(app, session)
    text.article.is_public = True
    text.perform(Action.UNPUBLISH, by=by_editor(session))
    assert answer.public_id not in run_clock(app, session)
    text.perform(Action.TAKE_BACK, by=by_editor(session))
    text.published_until = now() - timedelta(minutes=1)
    assert answer.public_id not in run_clock(app, session), "its reminder leaves first, and puts its end off"
    assert answer_mails.ANSWER_SHOWN not in letters(session, answer)
    assert f"unhide: {answer.public_id}" in run_clock(app, session)
    assert letters(session, answer)[-1] is answer_mails.ANSWER_SHOWN


@pytest.mark.parametrize(("leave", "announced"), [(withdraw, True), (withdraw, False), (erase, False)])
def test_the_clock_ends_an_answer_whose_testimonial_has_left_for_good(
    app: Flask, session: Session, leave: Any, announced: bool
) -> None:
    text, answer = an_answered_text(session, announced=announced)
    title = text.latest.title
    leave(session, text)
    text.waiting_since -= timedelta(minutes=10)
    assert answer.public_id not in run_clock(app, session), "its author may still come back"
    assert answer.status is Status.PUBLISHED
    text.waiting_since -= timedelta(minutes=2)
    assert f"expire: {answer.public_id}\n" in run_clock(app, session, "--dry-run")
    assert answer.status is Status.PUBLISHED
    assert f"expire: {answer.public_id}\n" in run_clock(app, session)
    assert (answer.status, answer.readable_from) == (Status.UNPUBLISHED, None)
    assert answer.events[-1].kind is Kind.EXPIRE
    subject, words = last_letter(app, session, answer)
    assert subject == "Votre réponse ne paraît plus"
    assert "cela appartient à qui l’a écrit" in words
    for told in ("retiré", "effacé,", title):
        assert told not in words, "nothing is told of its author"
    assert (answer.about_id, answer.latest.account) == (text.id, ANSWER_WORDS)


@pytest.mark.both_engines
@pytest.mark.changes_content
def test_an_answer_that_cannot_end_stops_no_other(app: Flask, session: Session) -> None:
    answers = []
    for number in range(2):
        text = published(session, number)
        answers.append(an_answer(session, text, email=f"r{number}@exemple.fr"))
        text.withdraw()
        text.waiting_since -= timedelta(minutes=12)
    failing, ending = answers
    session.commit()
    refuse_changes(session, failing)
    assert f"expire: {ending.public_id}\n" in run_clock(app, session)
    assert [each.status for each in answers] == [Status.PUBLISHED, Status.UNPUBLISHED]
    assert letters(session, failing).count(answer_mails.ANSWER_ENDED) == 0


def test_what_is_said_of_a_notice_is_true_of_an_answer(app: Flask) -> None:
    """What is reported, or replied to by right, may be a testimonial or an answer: both are texts."""
    messages = (mails.NOTICE_RECEIVED, mails.NOTICE_ANSWERED, mails.NOTICE_ENDED, mails.REPLY_SHOWN)
    with app.app_context():
        letters = [letter for message, letter in samples() if message in messages]
    assert len(letters) == len(messages)
    said = [each.sentence for each in Outcome]
    for letter in letters:
        body = letter.get_body(("plain",))
        assert body is not None
        said += [str(letter["Subject"]), body.get_content()]
    with app.test_request_context(method="POST"):
        form = DismissForm()
        form.validate()
        said += [str(each) for each in form.answer.errors]
    for words in said:
        assert "témoignage" not in words
        assert "retour d’expérience" not in words
