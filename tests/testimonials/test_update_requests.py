"""What became of a project is asked of its author once, a year after its publication or on the day that was chosen."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import AUTHOR, Kind
from app.db import now
from app.french import month, paris_time
from app.mail.outbox import Email
from app.testimonials import erasure, mails, stale_emails
from app.testimonials.consent import Channel, ConsentDecision
from app.testimonials.lifecycle import Action
from app.testimonials.situation import Became, Situation
from app.testimonials.testimonial import Testimonial
from app.testimonials.update_request import UpdateRequest
from app.testimonials.updates.request import choose_day
from app.testimonials.wordings import Purpose
from tests.acts import amend_text, private_page, run_clock, signed_in, stored
from tests.factories import a_signed_transcript
from tests.testimonials.test_updates import a_plan, this_month, updated
from tests.visitor import Visitor

A_YEAR = timedelta(days=366)


def a_year_old(session: Session, *, since: timedelta = A_YEAR, **changes: Any) -> Testimonial:
    """Return a project published a year ago, whose author agreed to be contacted unless told otherwise; committed."""
    testimonial = a_plan(session, **{"contact": True} | changes)
    assert testimonial.published_at is not None
    testimonial.published_at -= since
    session.commit()
    return testimonial


def of_month(day: date) -> str:
    return f"d’{month(day)}" if day.month in {4, 8, 10} else f"de {month(day)}"


def questions(session: Session) -> list[Email]:
    written = session.scalars(select(Email).where(Email.message == mails.UPDATE_ASKED))
    return stale_emails.without_stale(session, written)


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({}, 1),
        ({"since": timedelta(days=364)}, 0),
        ({"contact": False}, 0),
        ({"situation": Situation.REGULAR}, 0),
        ({"situation": Situation.PAST}, 0),
    ],
)
def test_an_author_who_agreed_to_contact_is_asked_after_a_year(
    app: Flask, session: Session, changes: dict[str, Any], number: int
) -> None:
    testimonial = a_year_old(session, **changes)
    run_clock(app, session)
    assert len(questions(session)) == number
    assert (testimonial.events[-1].kind is Kind.UPDATE_ASKED) is bool(number)


def test_the_question_is_asked_once_and_silence_says_nothing_to_anybody(app: Flask, session: Session) -> None:
    testimonial = a_year_old(session)
    for _ in range(2):
        run_clock(app, session)
    assert len(questions(session)) == 1
    events = [event.kind for event in testimonial.events]
    assert events.count(Kind.UPDATE_ASKED) == 1
    assert {each.recipient for each in stored(session, Email)} == {testimonial.email}


@pytest.mark.parametrize("became", list(Became))
def test_what_is_answered_is_asked_no_more_but_for_a_project_not_yet_done(
    app: Flask, session: Session, became: Became
) -> None:
    testimonial = a_year_old(session, since=2 * A_YEAR)
    updated(session, testimonial, became=became, became_on=this_month().replace(year=this_month().year - 1))
    run_clock(app, session)
    assert len(questions(session)) == (became is Became.NOT_YET)


def test_who_said_not_yet_of_their_own_is_asked_a_year_after_that(
    app: Flask, visitor: Visitor, session: Session
) -> None:
    testimonial = a_year_old(session)
    updated(session, testimonial, became=Became.NOT_YET, became_on=this_month())
    run_clock(app, session)
    assert questions(session) == []
    visitor.get(private_page(testimonial))
    assert f"à partir {of_month(this_month().replace(year=this_month().year + 1))}" in visitor.text


def test_a_hidden_text_is_not_asked_about(app: Flask, session: Session) -> None:
    a_year_old(session).hidden_until = now() + timedelta(days=1)
    run_clock(app, session)
    assert not questions(session)


def end_contact(testimonial: Testimonial) -> None:
    testimonial.answer(Purpose.CONTACT, ConsentDecision.WITHDRAWN, Channel.PRIVATE_PAGE)


def withdraw(testimonial: Testimonial) -> None:
    testimonial.withdraw()


def answer(testimonial: Testimonial) -> None:
    amend_text(testimonial, became=Became.DONE, became_on=this_month())


def put_off(testimonial: Testimonial) -> None:
    choose_day(testimonial, this_month() + timedelta(days=200), by=AUTHOR)


@pytest.mark.one_engine
@pytest.mark.parametrize("act", [end_contact, withdraw, answer, put_off])
def test_a_question_that_still_waits_does_not_leave_once_it_is_moot(app: Flask, session: Session, act: Any) -> None:
    testimonial = a_year_old(session)
    run_clock(app, session)
    assert len(questions(session)) == 1
    act(testimonial)
    session.commit()
    assert not questions(session)


@pytest.mark.one_engine
@pytest.mark.parametrize(("changes", "asks"), [({"contact": False}, True), ({"situation": Situation.PAST}, False)])
def test_the_renewal_letter_asks_who_gets_no_other_letter(
    app: Flask, session: Session, changes: dict[str, Any], asks: bool
) -> None:
    testimonial = a_year_old(session, **changes)
    testimonial.published_until = now() + timedelta(days=29)
    run_clock(app, session)
    (renewal,) = [each for each in stored(session, Email) if each.message is mails.RENEWAL]
    assert renewal.facts["asks"] is asks
    assert [each.asked_at is not None for each in stored(session, UpdateRequest)] == [True] * asks
    testimonial.perform(Action.RENEW, by=AUTHOR)
    testimonial.published_until = now() + timedelta(days=29)
    run_clock(app, session)
    latest = [each for each in stored(session, Email) if each.message is mails.RENEWAL][-1]
    assert latest.facts["asks"] is False, "once"


def test_an_author_puts_the_question_off(app: Flask, visitor: Visitor, session: Session) -> None:
    testimonial = a_year_old(session)
    visitor.get(private_page(testimonial))
    april = this_month().replace(year=this_month().year + 1, month=4)
    visitor.fill(month=f"{april:%Y-%m}").press("Changer la date")
    assert f"à partir d’{month(april)}" in visitor.text
    session.rollback()
    run_clock(app, session)
    assert not questions(session)
    stored(session, UpdateRequest)[0].ask_on = paris_time(now())
    run_clock(app, session)
    assert len(questions(session)) == 1
    assert "à moins que vous ne choisissiez une date" in visitor.get(private_page(testimonial)).text
    visitor.fill(month=f"{april:%Y-%m}").press("Changer la date")
    assert [(each.ask_on, each.asked_at) for each in stored(session, UpdateRequest)] == [(april, None)]


@pytest.mark.one_engine
@pytest.mark.parametrize("typed", ["", "2020-01", "9999-12", "demain"])
def test_a_month_that_is_not_offered_changes_nothing(visitor: Visitor, session: Session, typed: str) -> None:
    testimonial = a_year_old(session)
    visitor.get(private_page(testimonial)).fill(month=typed).press("Changer la date")
    assert visitor.status == 422
    assert not stored(session, UpdateRequest)


def test_an_editor_changes_the_day_until_the_question_has_left(app: Flask, visitor: Visitor, session: Session) -> None:
    testimonial = a_year_old(session)
    editor = signed_in(visitor, session)
    page = f"/moderation/{testimonial.public_id}/suite"
    editor.get(f"/moderation/{testimonial.public_id}")
    assert editor.page.find("a", href=page) is not None
    later = this_month().replace(year=this_month().year + 1, month=10)
    editor.get(page).fill(month=f"{later:%Y-%m}").press("Changer la date")
    assert editor.path == f"/moderation/{testimonial.public_id}"
    (request,) = stored(session, UpdateRequest)
    assert (request.ask_on, request.asked_at) == (later, None)
    assert "L’auteur·e a accepté que le réseau lui écrive" in editor.get(page).text
    assert f"à partir d’{month(later)}" in editor.text
    assert session.scalars(select(Testimonial)).one().events[-1].kind is Kind.UPDATE_DATED
    editor.get(page).fill(month=f"{later:%Y-%m}")
    request.ask_on = paris_time(now())
    run_clock(app, session)
    assert editor.press("Changer la date").status == 409
    assert "Il n’y a rien à demander" in editor.get(page).text
    assert len(questions(session)) == 1


@pytest.mark.one_engine
def test_nothing_promises_a_question_to_who_gave_no_address(visitor: Visitor, session: Session) -> None:
    testimonial = a_signed_transcript(session, situation=Situation.PLANNED)
    session.commit()
    assert "Ce que votre projet devient" not in visitor.get(private_page(testimonial)).text
    assert "Dire ce que c’est devenu" in visitor.text
    signed_in(visitor, session).get(f"/moderation/{testimonial.public_id}/suite")
    assert "Il n’y a rien à demander" in visitor.text
    assert not visitor.page.select("select[name=month]")


def test_erasure_forgets_when_the_question_was_to_come(app: Flask, session: Session) -> None:
    testimonial = a_year_old(session)
    run_clock(app, session)
    erasure.erase_testimonial(testimonial)
    session.commit()
    assert not stored(session, UpdateRequest)


@pytest.mark.one_engine
def test_an_author_who_was_asked_is_offered_another_day_as_long_as_they_can_be_written_to(
    app: Flask, visitor: Visitor, session: Session
) -> None:
    testimonial = a_year_old(session)
    run_clock(app, session)
    assert "à moins que vous ne choisissiez une date." in visitor.get(private_page(testimonial)).text
    session.rollback()
    end_contact(testimonial)
    session.commit()
    section = visitor.get(private_page(testimonial)).page.select_one("section[aria-labelledby=la-suite]")
    assert section is not None
    words = " ".join(section.get_text().split())
    assert "Nous vous l’avons demandé une fois, et ne le redemanderons pas." in words
    assert "Changer cette date" not in words


@pytest.mark.one_engine
def test_the_letter_has_the_title_that_readers_have(app: Flask, session: Session) -> None:
    testimonial = a_year_old(session)
    amend_text(testimonial, title="Un titre qui attend")
    session.commit()
    run_clock(app, session)
    assert [each.facts["heading"] for each in questions(session)] == ["Récit 00"]
