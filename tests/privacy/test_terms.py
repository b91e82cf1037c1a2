"""Ends of texts: who never confirmed, what waits in silence, and reminders before any end (product rule 14)."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.audit import Kind
from app.catalog.visibility import visible
from app.db import now
from app.features.voice.acts import correct_transcript
from app.french import day
from app.mail.compose import compose
from app.mail.messages import Mail
from app.mail.outbox import Email
from app.moderation.decisions import decide
from app.moderation.digest.counts import waiting_by_article
from app.moderation.queue.deadlines import deadline_of, keeping_sentence
from app.privacy import mails as privacy_mails
from app.testimonials import mails
from app.testimonials.decision import DecisionNote
from app.testimonials.erasure import retention_end
from app.testimonials.lifecycle import Action, Status
from app.testimonials.reasons import Reason
from app.testimonials.terms import may_be_kept
from app.testimonials.testimonial import Testimonial
from config import Months
from tests.acts import amend_text, deliver, pass_time, private_page, run_clock, unpublish
from tests.factories import a_signed_transcript, a_testimonial, a_transcript, an_editor, by_editor
from tests.visitor import Visitor

pytestmark = pytest.mark.both_engines
WAITING = [Status.PENDING, Status.CHANGES_REQUESTED, Status.PROOF_SENT]


def letters(session: Session, message: Mail) -> list[Email]:
    return list(session.scalars(select(Email).where(Email.message == message).order_by(Email.id)))


def words_of(email: Email) -> str:
    body = compose(email.message, email.recipient, email.facts, email.message_id).get_body(("plain",))
    assert body is not None
    return " ".join(body.get_content().split())


def give_up(session: Session, message: Mail) -> Email:
    email = letters(session, message)[-1]
    email.due_at, email.last_refusal = None, "SMTPRecipientsRefused"
    session.flush()
    return email


def is_erased_by(app: Flask, session: Session, testimonial: Testimonial, days: float) -> bool:
    pass_time(session, testimonial, days)
    run_clock(app, session)
    return testimonial.status is Status.ERASED


# Who never confirmed.


@pytest.mark.parametrize("ends", ["declined", "withdrawn", "waits"])
def test_who_never_confirmed_is_erased_after_thirty_days_whatever_was_decided(
    app: Flask, session: Session, ends: str
) -> None:
    testimonial = a_testimonial(session, status=Status.UNCONFIRMED)
    run_clock(app, session)
    pass_time(session, testimonial, 8)
    run_clock(app, session)
    deliver(app, session)
    pass_time(session, testimonial, 12)
    if ends == "declined":
        note = DecisionNote(Reason.SPAM, "")
        decide(an_editor(session), testimonial, Action.DECLINE, revision=testimonial.revision, note=note)
    elif ends == "withdrawn":
        testimonial.withdraw()
        assert "effacé 30 jours après son envoi" in words_of(letters(session, mails.WITHDRAWN)[0])
    assert not is_erased_by(app, session, testimonial, 9.9)
    end = retention_end(testimonial)
    assert end is not None
    assert now() < end < now() + timedelta(days=1.2), "its pages say the day that the receipt did"
    assert is_erased_by(app, session, testimonial, 1.2)
    assert testimonial.email is None


# The last reminder is the last.


def test_an_amendment_of_a_published_text_brings_no_second_reminder(app: Flask, session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    testimonial.published_until = now() + timedelta(days=30)
    run_clock(app, session)
    deliver(app, session)
    pass_time(session, testimonial, 10)
    amend_text(testimonial, title="Ce que c’est devenu")
    session.flush()
    testimonial.perform(Action.PUBLISH, by=by_editor(session))
    run_clock(app, session)
    assert len(letters(session, mails.RENEWAL)) == 1


def test_a_correction_of_what_was_told_brings_no_second_reminder(app: Flask, session: Session) -> None:
    testimonial, _ = a_transcript(session, email="qui.raconte@exemple.fr")
    pass_time(session, testimonial, 8)
    run_clock(app, session)
    deliver(app, session)
    correct_transcript(testimonial, testimonial.latest.edited(title="Un autre titre"), by=by_editor(session))
    run_clock(app, session)
    assert len(letters(session, mails.TRANSCRIPT_REMINDER)) == 1


# What waits.


@pytest.mark.parametrize("status", WAITING)
def test_a_text_in_silence_is_asked_about_at_eleven_months_and_erased_at_twelve(
    app: Flask, session: Session, status: Status
) -> None:
    testimonial = a_testimonial(session, status=status)
    begun = testimonial.acted_at
    pass_time(session, testimonial, (begun - (begun - Months(11))).days - 1)
    run_clock(app, session)
    assert letters(session, mails.KEEP_ASKED) == []
    pass_time(session, testimonial, 2)
    run_clock(app, session)
    deliver(app, session)
    run_clock(app, session)
    assert len(letters(session, mails.KEEP_ASKED)) == 1
    end = retention_end(testimonial)
    assert end is not None
    assert timedelta(days=26) < end - now() < timedelta(days=32)
    assert not is_erased_by(app, session, testimonial, (end - now()).days - 1)
    assert is_erased_by(app, session, testimonial, 3)


def test_the_letter_and_the_pages_give_the_day_and_the_button_gives_another_year(
    app: Flask, session: Session, visitor: Visitor
) -> None:
    testimonial = a_testimonial(session, status=Status.CHANGES_REQUESTED)
    pass_time(session, testimonial, 340)
    run_clock(app, session)
    end = retention_end(testimonial)
    assert end is not None
    words = words_of(letters(session, mails.KEEP_ASKED)[0])
    assert f"Sans réponse de vous d’ici au {day(end)}" in words
    assert "« Oui, gardez mon texte »" in words.replace("\u00a0", " ")
    assert deadline_of(testimonial).due.startswith("effacé le ")
    assert keeping_sentence(testimonial).startswith("Sera effacé le ")
    page = private_page(testimonial)
    session.rollback()
    assert f"votre texte sera effacé le {day(end)}" in visitor.get(page).text
    visitor.press("Oui, gardez mon texte")
    assert "gardez mon texte" not in visitor.text
    assert "Vous nous avez demandé de garder encore votre texte." in visitor.text
    session.rollback()
    assert [event.kind for event in testimonial.events].count(Kind.KEPT_WAITING) == 1
    assert testimonial.status is Status.CHANGES_REQUESTED
    deliver(app, session)
    assert letters(session, mails.KEEP_ASKED) == [], "answered before it left"
    assert not is_erased_by(app, session, testimonial, 330)
    assert is_asked(app, session, testimonial, 8), "and a year later it is asked again"


@pytest.mark.parametrize("state", ["declined", "contested"])
def test_what_is_decided_or_contested_has_no_button(session: Session, visitor: Visitor, state: str) -> None:
    testimonial = a_testimonial(session)
    pass_time(session, testimonial, 350)
    assert may_be_kept(testimonial)
    if state == "declined":
        testimonial.perform(Action.DECLINE, by=by_editor(session), note=DecisionNote(Reason.SPAM, ""))
    else:
        testimonial.contested_at = now()
    assert not may_be_kept(testimonial)
    page = private_page(testimonial)
    session.commit()
    assert "gardez mon texte" not in visitor.get(page).text


def is_asked(app: Flask, session: Session, testimonial: Testimonial, days: float) -> bool:
    pass_time(session, testimonial, days)
    run_clock(app, session)
    return letters(session, mails.KEEP_ASKED) != []


@pytest.mark.parametrize("act", ["edit", "amendment", "decision"])
def test_an_act_of_either_side_begins_the_year_again(app: Flask, session: Session, act: str) -> None:
    testimonial = a_testimonial(session)
    assert is_asked(app, session, testimonial, 340)
    deliver(app, session)
    pass_time(session, testimonial, 20)
    if act == "edit":
        testimonial.propose(testimonial.latest.edited(title="Un titre plus court"))
    elif act == "amendment":
        amend_text(testimonial, title="Un autre titre")
    else:
        testimonial.perform(Action.REQUEST_CHANGES, by=by_editor(session))
    assert not is_erased_by(app, session, testimonial, 300)
    assert letters(session, mails.KEEP_ASKED) == [], "the first is six months old, and deleted"
    assert is_asked(app, session, testimonial, 40)


def test_a_reminder_of_a_request_is_not_the_question_at_eleven_months(app: Flask, session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.PROOF_SENT)
    pass_time(session, testimonial, 13)
    run_clock(app, session)
    run_clock(app, session)
    assert len(letters(session, mails.PROOF_REMINDER)) == 1
    deliver(app, session)
    assert is_asked(app, session, testimonial, 327)


def test_without_an_address_the_day_stands_and_while_an_objection_waits_there_is_none(
    app: Flask, session: Session
) -> None:
    told = a_signed_transcript(session, publish=False)
    contested = a_testimonial(session, status=Status.PROOF_SENT, email="b@exemple.fr")
    contested.perform(Action.RECALL_PROOF, by=by_editor(session))
    contested.contested_at = now()
    for each in (told, contested):
        pass_time(session, each, 364)
    end = retention_end(told)
    assert end is not None
    assert end < now() + timedelta(days=2), "nobody is written to, so that nothing puts it off"
    run_clock(app, session)
    assert [told.status, contested.status] == [Status.PENDING] * 2
    for each in (told, contested):
        pass_time(session, each, 3)
    run_clock(app, session)
    assert [told.status, contested.status] == [Status.ERASED, Status.PENDING]
    assert letters(session, mails.KEEP_ASKED) == []


def test_the_desk_is_told_of_silence_after_three_months(app: Flask, session: Session) -> None:
    editor = an_editor(session)
    testimonial = a_testimonial(session, status=Status.CHANGES_REQUESTED)
    testimonial.due_at = None
    pass_time(session, testimonial, 88)
    assert waiting_by_article(session, editor) == []
    pass_time(session, testimonial, 5)
    (waiting,) = waiting_by_article(session, editor)
    assert waiting.sentences == ["1\u00a0texte sans nouvelles, depuis 3\u00a0mois"]
    assert now() - timedelta(days=6) < waiting.latest < now(), "news of this week, to who is told at once"


# After an absence of the clock.


def test_an_unconfirmed_text_is_not_erased_before_its_reminder_and_its_days(app: Flask, session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.UNCONFIRMED)
    deliver(app, session)
    assert not is_erased_by(app, session, testimonial, 31)
    (reminder,) = letters(session, mails.CONFIRM_REMINDER)
    end = retention_end(testimonial)
    assert end is not None
    assert "une semaine" not in words_of(reminder)
    assert f"Sans confirmation d’ici au {day(end)}" in words_of(reminder)
    deliver(app, session)
    assert not is_erased_by(app, session, testimonial, 22.9)
    assert is_erased_by(app, session, testimonial, 0.2)


def test_what_was_told_is_not_erased_before_its_reminder_unless_none_can_be_written(
    app: Flask, session: Session
) -> None:
    told, _ = a_transcript(session, email="qui.raconte@exemple.fr")
    sheet, _ = a_transcript(session)
    deliver(app, session)
    for each in (told, sheet):
        pass_time(session, each, 31)
    run_clock(app, session)
    assert [told.status, sheet.status] == [Status.PROOF_SENT, Status.ERASED]
    assert told.due_at is not None
    assert timedelta(days=22.9) < told.due_at - now() < timedelta(days=23), "its page gives the same day"
    deliver(app, session)
    assert not is_erased_by(app, session, told, 22.9)
    assert is_erased_by(app, session, told, 0.2)


@pytest.mark.parametrize("late", [24, 31])
def test_a_publication_does_not_end_before_its_reminder_and_thirty_days(
    app: Flask, session: Session, late: int
) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    testimonial.published_until = now() + timedelta(days=30)
    deliver(app, session)
    pass_time(session, testimonial, late)
    run_clock(app, session)
    assert session.scalars(visible()).all() == [testimonial]
    until = testimonial.published_until
    assert until is not None
    assert timedelta(days=29.9) < until - now() < timedelta(days=30)
    assert f"s’achève le {day(until)}" in words_of(letters(session, mails.RENEWAL)[0])
    deliver(app, session)
    pass_time(session, testimonial, 29.9)
    run_clock(app, session)
    assert session.scalars(visible()).all() == [testimonial]
    pass_time(session, testimonial, 0.2)
    run_clock(app, session)
    assert testimonial.status == Status.UNPUBLISHED


def test_the_days_count_from_when_the_reminder_left(app: Flask, session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    deliver(app, session)
    testimonial.published_until = now() + timedelta(days=30)
    run_clock(app, session)
    pass_time(session, testimonial, 40)
    run_clock(app, session)
    assert mails.EXPIRED not in session.scalars(select(Email.message)).all(), "its reminder waits for a mail server"
    deliver(app, session)
    run_clock(app, session)
    assert testimonial.published_until is not None
    assert timedelta(days=29.9) < testimonial.published_until - now() < timedelta(days=30)
    pass_time(session, testimonial, 30.1)
    run_clock(app, session)
    assert testimonial.status == Status.UNPUBLISHED


def test_a_reminder_that_was_given_up_is_told_to_admins_and_its_days_count_from_then(
    app: Flask, session: Session
) -> None:
    admin = an_editor(session, email="admin@ville-exemple.fr", role=Role.ADMIN)
    testimonial = a_testimonial(session)
    assert is_asked(app, session, testimonial, 340)
    give_up(session, mails.KEEP_ASKED)
    pass_time(session, testimonial, 40)
    assert testimonial.status is Status.PENDING
    for _ in range(2):
        run_clock(app, session)
    assert testimonial.status is Status.PENDING
    (told,) = letters(session, privacy_mails.REMINDER_LOST)
    assert told.recipient == admin.email
    assert "/administration/courriels" in words_of(told)
    assert [event.kind for event in testimonial.events].count(Kind.REMINDER_LOST) == 1
    assert not is_erased_by(app, session, testimonial, 27)
    assert is_erased_by(app, session, testimonial, 6)


def test_each_loss_is_told_once_and_none_once_its_author_has_acted(app: Flask, session: Session) -> None:
    an_editor(session, email="admin@ville-exemple.fr", role=Role.ADMIN)
    testimonial = a_testimonial(session)
    for losses in (1, 2):
        assert is_asked(app, session, testimonial, 340)
        give_up(session, mails.KEEP_ASKED)
        run_clock(app, session)
        assert [event.kind for event in testimonial.events].count(Kind.REMINDER_LOST) == losses
        testimonial.keep_waiting()
    assert is_asked(app, session, testimonial, 340)
    give_up(session, mails.KEEP_ASKED)
    testimonial.keep_waiting()
    run_clock(app, session)
    assert [event.kind for event in testimonial.events].count(Kind.REMINDER_LOST) == 2


def test_a_reminder_that_is_sent_again_counts_from_when_it_left(app: Flask, session: Session) -> None:
    testimonial = a_testimonial(session)
    assert is_asked(app, session, testimonial, 340)
    lost = give_up(session, mails.KEEP_ASKED)
    run_clock(app, session)
    pass_time(session, testimonial, 25)
    lost.revive()
    assert not is_erased_by(app, session, testimonial, 10), "it waits"
    deliver(app, session)
    assert not is_erased_by(app, session, testimonial, 27)
    assert is_erased_by(app, session, testimonial, 6)


def test_masks_that_are_contested_hold_the_end_as_they_hold_the_reminder(app: Flask, session: Session) -> None:
    testimonial, later, told, gone = (a_testimonial(session, status=Status.PUBLISHED) for _ in range(4))
    for each, hours in ((testimonial, 2), (later, 36), (told, 2), (gone, 2)):
        each.published_until = now() + timedelta(hours=hours)
        each.masks_number = each.shown_number
    told.reminded_at = now() - timedelta(days=30)
    unpublish(session, gone)
    gone.masks_number = gone.current_number
    ends = [each.published_until for each in (later, told, gone)]
    run_clock(app, session)
    assert [each.published_until for each in (later, told, gone)] == ends, "held the day before, where nobody was told"
    assert (testimonial.published_until or now()) > now() + timedelta(days=29)
    assert letters(session, mails.RENEWAL) == []
    assert testimonial.status is Status.PUBLISHED
    pass_time(session, testimonial, 29)
    run_clock(app, session)
    assert testimonial in session.scalars(visible()).all(), "readers have it until its author is answered"
