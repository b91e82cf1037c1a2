"""A flood of junk: it stays unconfirmed, apart from what waits for the editors, whose board costs the same."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from app.db import db
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from app.testimonials.suspicions import Sign, Trace
from tests.factories import EDITOR, PASSWORD, a_testimonial, an_editor
from tests.visitor import Visitor

MANY = 200


@pytest.fixture
def statements(app: Flask) -> list[str]:
    """Give a list that fills with every statement."""
    asked: list[str] = []
    with app.app_context():
        event.listen(
            db.engine, "before_cursor_execute", lambda *seen: None if "PRAGMA" in seen[2] else asked.append(seen[2])
        )
    return asked


def test_a_flood_leaves_the_board_as_it_was(app: Flask, session: Session, statements: list[str]) -> None:
    an_editor(session)
    a_testimonial(session, title="Un vrai récit")
    session.commit()
    editor = Visitor(app).get("/connexion").fill(email=EDITOR, password=PASSWORD).press("Se connecter")
    statements.clear()
    editor.get("/moderation")
    before, words = len(statements), editor.text
    junk: dict[str, Any] = {"account": "Achetez nos produits. " * 20, "title": "Promotion"}
    for number in range(MANY):
        a_testimonial(session, status=Status.UNCONFIRMED, email=f"junk{number}@exemple.fr", **junk)
    session.commit()
    statements.clear()
    editor.get("/moderation")
    assert len(statements) == before
    assert "Un vrai récit" in editor.text
    assert "Promotion" not in editor.text
    assert len(editor.text) < len(words) + 20, "only a count has changed"


def test_each_of_it_but_the_first_is_told_as_the_same_text(session: Session) -> None:
    for number in range(20):
        a_testimonial(session, status=Status.UNCONFIRMED, email=f"junk{number}@exemple.fr")
    signs = session.scalars(select(Trace.signs).order_by(Trace.testimonial_id)).all()
    assert signs == [[], *[[Sign.REPEATED.value]] * 19]
    assert {each.status for each in session.scalars(select(Testimonial))} == {Status.UNCONFIRMED}
