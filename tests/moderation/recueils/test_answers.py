"""Answers in a recueil: beneath their testimonial where both authors agreed to reuse, and whom the file leaves with."""

from collections.abc import Callable
from itertools import product

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.moderation.recueils.models import RecueilEntry, RecueilFile
from app.testimonials.testimonial import Testimonial
from tests.acts import published, stored, withdraw
from tests.factories import an_answer
from tests.moderation.recueils.test_recueils import close_reuse, compose, keep_a_file
from tests.pdf import plain
from tests.visitor import Visitor

WORDS = "tenu ces trois après-midi avec une équipe voisine"


@pytest.mark.parametrize(("of_text", "of_answer"), [*product((True, False), repeat=2)])
def test_it_holds_an_answer_where_both_authors_agreed_to_reuse(
    session: Session, editor: Visitor, of_text: bool, of_answer: bool
) -> None:
    text = published(session, 1, reuse=of_text)
    published(session, 2)
    an_answer(session, text, reuse=of_answer)
    session.commit()
    compose(editor)
    page = editor.get(f"{editor.path}/document").page
    sheets = [plain(each.get_text(" ")) for each in page.select("article.sheet")]
    assert len(sheets) == 1 + of_text, "an answer is no sheet"
    assert [WORDS in each for each in sheets] == ([False, True][: len(sheets)] if of_answer else [False] * len(sheets))
    rows = [plain(each.get_text(" ")) for each in page.select("table.consents tbody tr")]
    signed = [each for each in rows if "Labo exemple" in each]
    assert len(rows) == 1 + of_text + (of_text and of_answer)
    assert [("2, réponse" in each, each.count("formulation 101")) for each in signed] == (
        [(True, 1)] if of_text and of_answer else []
    )
    assert f"{1 + of_text} fiche" in plain(page.get_text(" "))


@pytest.fixture
def kept(app: Flask, session: Session, editor: Visitor) -> tuple[Testimonial, Testimonial]:
    """A testimonial and its answer; the open page is a recueil of them, of which a file is kept."""
    text = published(session, 1)
    published(session, 2)
    answer = an_answer(session, text)
    session.commit()
    compose(editor).press("Préparer le PDF")
    session.rollback()
    keep_a_file(app, session)
    return text, answer


@pytest.mark.parametrize(("which", "end"), [*product(("testimonial", "answer"), (withdraw, close_reuse))])
def test_a_file_leaves_with_the_answer_or_with_what_it_is_about(
    session: Session, kept: tuple[Testimonial, Testimonial], which: str, end: Callable[[Session, Testimonial], None]
) -> None:
    text, answer = kept
    assert {each.testimonial_id for each in stored(session, RecueilEntry)} >= {text.id, answer.id}
    end(session, session.get_one(Testimonial, (answer if which == "answer" else text).id))
    session.commit()
    assert stored(session, RecueilFile) == []
