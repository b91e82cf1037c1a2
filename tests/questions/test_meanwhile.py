"""A question, while its author, its sender or an editor does something else at the same moment."""

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.features.questions import mails
from app.features.questions.models import ColleagueQuestion
from app.testimonials import erasure
from app.testimonials.consent import Channel, ConsentDecision
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose
from tests.acts import private_page, published, signed_in, stored
from tests.concurrency import wait_for_company
from tests.factories import a_question
from tests.questions.test_asking import ask, asked, letters, link_in
from tests.visitor import Visitor

pytestmark = pytest.mark.both_engines

__all__ = ["asked"]


def refuses(testimonial: Testimonial) -> None:
    testimonial.answer(Purpose.QUESTIONS, ConsentDecision.WITHDRAWN, Channel.PRIVATE_PAGE)


def press_meanwhile(session: Session, visitor: Visitor, button: str, act: Callable[[Testimonial], None]) -> None:
    """Press a button while the author, who came first, acts on the text; their act is committed then."""
    session.rollback()
    testimonial = session.scalars(select(Testimonial).with_for_update(of=Testimonial)).one()
    # SQLite locks by writing alone. On PostgreSQL, an erasure must not wait for who has the question.
    acts_first = act is refuses or session.get_bind().dialect.name == "sqlite"
    if acts_first:
        act(testimonial)
    session.flush()
    pressing = threading.Thread(target=visitor.press, args=(button,))
    pressing.start()
    wait_for_company()
    if not acts_first:
        act(testimonial)
    session.commit()
    pressing.join(timeout=60)
    session.expire_all()


@pytest.mark.parametrize(
    ("act", "status", "sentence"),
    [
        (erasure.erase_testimonial, 410, "Cette question n’est plus là"),
        (refuses, 409, "Ce témoignage ne reçoit plus de questions"),
    ],
)
def test_an_author_s_act_wins_over_a_question_that_is_being_sent(  # noqa: PLR0917  # fixtures, by name
    visitor: Visitor,
    session: Session,
    asked: Testimonial,
    act: Callable[[Testimonial], None],
    status: int,
    sentence: str,
) -> None:
    ask(visitor, asked)
    visitor.get(link_in(letters(session, mails.QUESTION_CONFIRM)[0]))
    press_meanwhile(session, visitor, "Envoyer ma question", act)
    assert visitor.status == status
    assert sentence in visitor.text
    assert letters(session, mails.QUESTION) == []


def test_a_report_is_settled_while_its_text_is_erased(app: Flask, visitor: Visitor, session: Session) -> None:
    question = a_question(session, published(session, questions=True))
    session.commit()
    path = f"{private_page(question.testimonial)}/questions"
    session.rollback()
    visitor.get(path).press("Signaler cette question")
    desk = signed_in(Visitor(app), session).get("/moderation/questions")
    press_meanwhile(session, desk, "C’est lu", erasure.erase_testimonial)
    assert desk.status == 200
    assert "Aucune question signalée n’attend." in desk.text
    assert stored(session, ColleagueQuestion) == []


def test_an_erasure_wins_over_an_act_on_a_letter_s_page(visitor: Visitor, session: Session) -> None:
    a_question(session, published(session, questions=True))
    session.commit()
    visitor.get(link_in(letters(session, mails.QUESTION)[0]))
    press_meanwhile(session, visitor, "Non merci", erasure.erase_testimonial)
    assert visitor.status == 410
    assert letters(session, mails.QUESTION_DECLINED) == []
