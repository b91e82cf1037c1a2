"""A flood of junk: it stays unconfirmed, apart from what waits for the editors, whose board costs the same."""

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from app.antispam.signals import Sign, SpamTrace, signs_of
from app.db import db
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from app.testimonials.reasons import Reason
from tests.acts import signed_in
from tests.crowd import multiply
from tests.factories import a_testimonial, an_editor
from tests.visitor import Visitor


@pytest.fixture
def statements(app: Flask) -> list[str]:
    """Give a list that fills with every statement."""
    asked: list[str] = []
    with app.app_context():
        event.listen(
            db.engine, "before_cursor_execute", lambda *seen: None if "PRAGMA" in seen[2] else asked.append(seen[2])
        )
    return asked


def test_ten_thousand_pieces_of_junk_leave_the_board_as_it_was(
    app: Flask, session: Session, statements: list[str]
) -> None:
    an_editor(session)
    a_testimonial(session, title="Un vrai récit")
    junk = a_testimonial(
        session, status=Status.UNCONFIRMED, email="junk@exemple.fr", title="Promotion", account="Achetez. " * 30
    )
    session.commit()
    editor = signed_in(Visitor(app), session)
    statements.clear()
    editor.get("/moderation")
    before, words = len(statements), editor.text
    multiply(session, junk, 10_000)
    statements.clear()
    editor.get("/moderation")
    assert len(statements) == before
    assert "Un vrai récit" in editor.text
    assert "Promotion" not in editor.text
    assert len(editor.text) < len(words) + 20, "only a count has changed"

    editor.get("/moderation?etat=unconfirmed")
    boxes = [str(box["value"]) for box in editor.page.select("input[name=texte]")]
    assert len(boxes) >= 20
    chosen = "&".join(f"texte={box}" for box in boxes)
    editor.get(f"/moderation/ecarter?{chosen}").fill(raison=Reason.SPAM.value).press("Écarter")
    assert editor.path == "/moderation/fait"
    session.rollback()
    left = session.scalar(select(func.count()).where(Testimonial.status == Status.UNCONFIRMED))
    assert left == 10_001 - len(boxes), "a page of it goes in one act"

    statements.clear()
    again = a_testimonial(session, status=Status.UNCONFIRMED, email="encore@exemple.fr", account="Achetez. " * 30)
    assert signs_of(session, again.id) == [Sign.REPEATED]
    asked = [each for each in statements if "spam_trace.fingerprint =" in each]
    assert len(asked) == 2
    assert all("EXISTS" in each for each in asked), "one more costs as much as the first"


def test_each_of_it_but_the_first_is_told_as_the_same_text(session: Session) -> None:
    for number in range(20):
        a_testimonial(session, status=Status.UNCONFIRMED, email=f"junk{number}@exemple.fr")
    signs = session.scalars(select(SpamTrace.signs).order_by(SpamTrace.testimonial_id)).all()
    assert signs == [[], *[[Sign.REPEATED.value]] * 19]
    assert {each.status for each in session.scalars(select(Testimonial))} == {Status.UNCONFIRMED}
