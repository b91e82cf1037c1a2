"""A flood of spam stays unconfirmed, out of the pending list, and the queue page costs the same."""

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.antispam.signals import Sign, signs_of_each
from app.testimonials.lifecycle import Status
from app.testimonials.reasons import Reason
from app.testimonials.testimonial import Testimonial
from tests.acts import committed, signed_in
from tests.crowd import multiply
from tests.factories import a_testimonial, an_editor
from tests.page_cache.workers import recorded_statements
from tests.visitor import Visitor


def test_ten_thousand_spam_texts_leave_the_queue_unchanged(app: Flask, session: Session) -> None:
    an_editor(session)
    a_testimonial(session, title="Un vrai récit")
    junk = committed(
        session, status=Status.UNCONFIRMED, email="junk@exemple.fr", title="Promotion", account="Achetez. " * 30
    )
    editor = signed_in(Visitor(app), session)
    with recorded_statements(app) as before:
        words = editor.get("/moderation").text
    multiply(session, junk, 10_000)
    with recorded_statements(app) as after:
        editor.get("/moderation")
    assert len(after) == len(before)
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

    with recorded_statements(app) as statements:
        again = a_testimonial(session, status=Status.UNCONFIRMED, email="encore@exemple.fr", account="Achetez. " * 30)
        assert signs_of_each(session, [again.id])[again.id] == [Sign.REPEATED]
    lookups = [each for each in statements if "spam_trace.fingerprint =" in each]
    assert [each.count("EXISTS") for each in lookups] == [2], "one more costs as much as the first"
