"""A flood of spam stays unconfirmed, out of the pending list, and the queue page costs the same."""

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from app.antispam.signals import Sign, SpamTrace, signs_of_each
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
    """A list of the SQL statements executed, without PRAGMA."""
    executed: list[str] = []
    with app.app_context():
        event.listen(
            db.engine, "before_cursor_execute", lambda *seen: None if "PRAGMA" in seen[2] else executed.append(seen[2])
        )
    return executed


def test_ten_thousand_spam_texts_leave_the_queue_unchanged(app: Flask, session: Session, statements: list[str]) -> None:
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
    selection = "&".join(f"texte={box}" for box in boxes)
    editor.get(f"/moderation/ecarter?{selection}").fill(raison=Reason.SPAM.value).press("Écarter")
    assert editor.path == "/moderation/fait"
    session.rollback()
    left = session.scalar(select(func.count()).where(Testimonial.status == Status.UNCONFIRMED))
    assert left == 10_001 - len(boxes), "one act declines a whole page"

    statements.clear()
    again = a_testimonial(session, status=Status.UNCONFIRMED, email="encore@exemple.fr", account="Achetez. " * 30)
    assert signs_of_each(session, [again.id])[again.id] == [Sign.REPEATED]
    lookups = [each for each in statements if "spam_trace.fingerprint =" in each]
    assert [each.count("EXISTS") for each in lookups] == [2], "one more costs as much as the first"


def test_repeated_texts_are_flagged_except_the_first(session: Session) -> None:
    for number in range(20):
        a_testimonial(session, status=Status.UNCONFIRMED, email=f"junk{number}@exemple.fr")
    signs = session.scalars(select(SpamTrace.signs).order_by(SpamTrace.testimonial_id)).all()
    assert signs == [[], *[[Sign.REPEATED.value]] * 19]
    assert {each.status for each in session.scalars(select(Testimonial))} == {Status.UNCONFIRMED}
