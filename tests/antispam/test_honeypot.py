"""Antispam: a confirmation asked of hasty or automatic senders, and signs for the editors; nobody is refused."""

import uuid
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.antispam.signals import Sign, SpamTrace, signs_of_each, text_digest
from app.db import now
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from app.tokens import sign_token
from tests.acts import ask_for_link, committed, private_token, signed_in, stored
from tests.factories import ACCOUNT, a_testimonial, an_editor
from tests.testimonials.test_form import ANSWERS, NO, preview
from tests.visitor import Visitor

QUESTION = "Est‑ce bien vous ?"
ANSWER = "Oui, c’est moi"
EARLY = timedelta(hours=1)


def signs(session: Session) -> list[Sign]:
    (testimonial,) = stored(session, Testimonial)
    return signs_of_each(session, [testimonial.id]).get(testimonial.id, [])


def test_an_author_who_takes_the_time_is_not_asked(app: Flask, visitor: Visitor, session: Session) -> None:
    preview(visitor).fill(**NO).press("Envoyer")
    assert visitor.path.startswith("/recu/")
    assert signs(session) == []


def test_a_hasty_author_is_asked_and_loses_nothing(app: Flask, visitor: Visitor, session: Session) -> None:
    app.config["FASTEST_FORM"] = EARLY
    preview(visitor).fill(publish="yes", attest="y", contact="y").press("Envoyer")
    assert visitor.status == 422
    assert QUESTION in visitor.text
    assert ACCOUNT[:60] in visitor.text
    assert [each["value"] for each in visitor.page.select("[name=publish][checked]")] == ["yes"]
    assert visitor.page.select("[name=contact][checked]")
    assert stored(session, Testimonial) == []
    visitor.press(ANSWER)
    assert visitor.path.startswith("/recu/")
    assert signs(session) == [Sign.HASTY]
    assert stored(session, Testimonial)[0].publication_consent


def test_a_filled_hidden_field_is_asked_about(visitor: Visitor, session: Session) -> None:
    visitor.get("/articles/crpv/temoigner").fill(website="https://exemple.fr")
    visitor.fill(**ANSWERS).press("Relire mon texte").fill(**NO).press("Envoyer")
    assert QUESTION in visitor.text
    assert stored(session, Testimonial) == []
    visitor.press(ANSWER)
    assert signs(session) == [Sign.TRAPPED]


@pytest.mark.parametrize("token", ["", "x", "of another page", "of another purpose", "a number"])
def test_a_form_never_shown_is_asked_about(visitor: Visitor, session: Session, token: str, app: Flask) -> None:
    key = str(uuid.uuid4())
    moment = int(now().timestamp()) - 60
    with app.app_context():
        shown = {
            "of another page": sign_token("shown", [str(uuid.uuid4()), moment]),
            "of another purpose": sign_token("sure", [key, moment]),
            "a number": sign_token("shown", [key, "hier"]),
        }.get(token, token)
    preview(visitor)
    visitor.fill(**NO, key=key, shown=shown).press("Envoyer")
    assert QUESTION in visitor.text
    visitor.press(ANSWER)
    assert signs(session) == [Sign.UNTIMED]


def test_the_confirmation_of_another_page_is_refused(app: Flask, visitor: Visitor, session: Session) -> None:
    app.config["FASTEST_FORM"] = EARLY
    preview(visitor).fill(**NO).press("Envoyer")
    with app.app_context():
        visitor.fill(sure=sign_token("sure", [str(uuid.uuid4())])).press("Envoyer")
    assert QUESTION in visitor.text
    assert stored(session, Testimonial) == []


def test_an_amendment_is_never_asked_about(app: Flask, visitor: Visitor, session: Session) -> None:
    app.config["FASTEST_FORM"] = EARLY
    testimonial = committed(session)
    token = private_token(testimonial)
    visitor.get(f"/mon-temoignage/{token}/modifier").fill(account="Autre récit. " * 20).press("Relire mon texte")
    visitor.fill(**NO).press("Envoyer")
    assert visitor.path == f"/mon-temoignage/{token}"


def test_a_repeated_text_gets_a_sign_and_is_stored(session: Session) -> None:
    first = a_testimonial(session, status=Status.UNCONFIRMED)
    again = a_testimonial(session, status=Status.UNCONFIRMED)
    other = a_testimonial(session, status=Status.UNCONFIRMED, email="b@exemple.fr", account=f"  {ACCOUNT.upper()} !")
    different = a_testimonial(session, account="Tout autre chose. " * 20)
    ids = [each.id for each in (first, again, other, different)]
    assert signs_of_each(session, ids) == {again.id: [Sign.DOUBLE], other.id: [Sign.REPEATED]}
    assert other.status is Status.UNCONFIRMED, "nothing is refused"


def test_editors_read_the_signs(app: Flask, session: Session) -> None:
    a_testimonial(session)
    again = a_testimonial(session, email="b@exemple.fr")
    an_editor(session)
    session.commit()
    editor = signed_in(Visitor(app), session)
    assert "Le même texte est déjà venu d’une autre adresse." in editor.get(f"/moderation/{again.public_id}").text


def test_spam_traces_are_deleted_with_the_text_or_after_thirty_days(app: Flask, session: Session) -> None:
    a_testimonial(session, status=Status.ERASED)
    old, young = a_testimonial(session), a_testimonial(session)
    assert {trace.testimonial_id for trace in session.scalars(select(SpamTrace))} == {old.id, young.id}
    session.get_one(SpamTrace, old.id).at -= timedelta(days=31)
    session.commit()
    app.test_cli_runner().invoke(args=["clock"], catch_exceptions=False)
    session.rollback()
    assert [trace.testimonial_id for trace in session.scalars(select(SpamTrace))] == [young.id]


def test_the_text_digest_ignores_case_spaces_and_punctuation() -> None:
    assert text_digest("Avec le CLSM, nous…") == text_digest("  avec le clsm nous")
    assert text_digest("Avec le CLSM") != text_digest("Sans le CLSM")


def test_a_new_private_link_makes_no_decision_stale(app: Flask, visitor: Visitor, session: Session) -> None:
    testimonial = a_testimonial(session)
    an_editor(session)
    session.commit()
    editor = signed_in(Visitor(app), session)
    editor.get(f"/moderation/{testimonial.public_id}")
    session.rollback()
    ask_for_link(visitor, session)
    session.rollback()
    session.refresh(testimonial)
    assert testimonial.link_generation == 2
    session.rollback()
    editor.press("Publier")
    assert editor.status == 200
    session.refresh(testimonial)
    assert testimonial.status is Status.PUBLISHED
