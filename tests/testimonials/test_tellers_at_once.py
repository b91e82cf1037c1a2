"""Who tells, in two windows, as an editor corrects or the clock erases: one outcome, a sentence for the other."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.audit import Kind
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose
from tests.acts import private_page, reload, signed_in, stored
from tests.concurrency import together
from tests.factories import a_transcript
from tests.testimonials.test_tellers import ANSWERS, EMAIL, entered
from tests.visitor import Visitor

pytestmark = pytest.mark.both_engines

CORRECTED = "Un titre relu"
CODE = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){3}\b")
CODE_SHOWN, PAGE_SHOWN, LINK_REFUSED = "Gardez ce code", "Où en est votre texte", "Ce lien n’ouvre rien"


def told(session: Session, email: str | None = EMAIL) -> tuple[Testimonial, str]:
    testimonial, _ = a_transcript(session, email=email)
    session.commit()
    page = private_page(testimonial)
    session.rollback()
    return testimonial, page


def window(app: Flask, page: str, **answers: Any) -> Visitor:
    return Visitor(app).get(page).fill(**ANSWERS | answers)


def pressing(visitor: Visitor, button: str) -> Callable[[], Visitor]:
    return lambda: visitor.press(button)


def kinds(session: Session, testimonial: Testimonial) -> list[Kind]:
    session.rollback()
    return [event.kind for event in testimonial.events]


def heading(visitor: Visitor) -> str:
    return visitor.page.select("h1")[0].get_text()


@pytest.mark.parametrize("email", [EMAIL, None], ids=["letter", "code"])
def test_two_windows_sign_once(app: Flask, session: Session, email: str | None) -> None:
    testimonial, page = told(session, email)
    windows = [window(app, page) for _ in range(2)]
    together(*(pressing(each, "Je signe") for each in windows))
    assert kinds(session, testimonial).count(Kind.SIGN_ACCOUNT) == 1
    assert (testimonial.status, len(testimonial.versions)) == (Status.PENDING, 2)
    assert len({line.purpose for line in testimonial.consents}) == len(testimonial.consents)
    shown = sorted(heading(each) for each in windows)
    # The other window of a sheet may be of whoever handed it over: the code that lasts is not told there.
    assert shown == ([PAGE_SHOWN, PAGE_SHOWN] if email else [LINK_REFUSED, CODE_SHOWN])
    assert sorted(each.status for each in windows) == [200, 200 if email else 404]


def test_two_windows_that_answer_otherwise_store_one_answer_and_say_so_to_the_other(
    app: Flask, session: Session
) -> None:
    """Yes and no at the same moment: what is stored is the one or the other, never a bit of both."""
    testimonial, page = told(session)
    yes, no = window(app, page), window(app, page, publish="no", attest=[])
    together(pressing(yes, "Je signe"), pressing(no, "Je signe"))
    session.rollback()
    stored_yes = testimonial.consents_to(Purpose.PUBLICATION)
    taken, refused = (yes, no) if stored_yes else (no, yes)
    assert (taken.status, refused.status) == (200, 409)
    assert "rien n’a été fait" in refused.text
    assert testimonial.status is Status.PENDING
    assert len([line for line in testimonial.consents if line.purpose is Purpose.PUBLICATION]) == 1


def test_words_changed_in_a_second_window_come_back_once_the_first_has_signed(app: Flask, session: Session) -> None:
    testimonial, page = told(session)
    changing = Visitor(app).get(page).press("Changer le texte").fill(title="Mes mots à moi").press("Relire mon texte")
    window(app, page).press("Je signe")
    changing.fill(**ANSWERS).press("Je signe")
    assert changing.status == 409
    (kept,) = [each.get_text() for each in changing.page.select("#vos-mots")]
    assert "Mes mots à moi" in kept
    assert (reload(session, testimonial).status, len(testimonial.versions)) == (Status.PENDING, 2)


def test_what_is_signed_is_what_was_read_while_an_editor_corrects(app: Flask, session: Session) -> None:
    testimonial, page = told(session)
    teller = window(app, page)
    editor = (
        signed_in(Visitor(app), session).get(f"/moderation/{testimonial.public_id}/recueilli").fill(title=CORRECTED)
    )
    session.rollback()
    together(pressing(teller, "Je signe"), pressing(editor, "Enregistrer la correction"))
    assert {teller.status, editor.status} == {200, 409}
    session.rollback()
    if teller.status == 200:
        assert testimonial.status is Status.PENDING
        assert testimonial.latest.title != CORRECTED
        assert CORRECTED in editor.text, "what was typed is kept"
    else:
        assert (testimonial.status, testimonial.consents) == (Status.PROOF_SENT, [])
        assert "Ce texte a changé depuis que vous l’avez ouvert" in teller.text
        assert CORRECTED in teller.text


@pytest.mark.parametrize("email", [EMAIL, None], ids=["letter", "code"])
def test_what_is_signed_as_the_clock_erases_is_signed_or_erased(
    app: Flask, session: Session, email: str | None
) -> None:
    testimonial, page = told(session, email)
    teller = window(app, page)
    (due,) = stored(session, Testimonial)
    assert due.due_at is not None
    due.due_at -= timedelta(days=31)
    session.commit()
    together(pressing(teller, "Je signe"), lambda: app.test_cli_runner().invoke(args=["clock"], catch_exceptions=False))
    session.rollback()
    if teller.status == 200:
        assert testimonial.status is Status.PENDING
        assert Kind.ERASE not in kinds(session, testimonial)
    else:
        assert teller.status == 404
        assert "le texte qu’il ouvrait est effacé" in teller.text
        assert (testimonial.status, testimonial.versions, testimonial.consents) == (Status.ERASED, [], [])


def test_a_page_opened_by_a_sheet_that_another_replaced_says_to_enter_the_code(app: Flask, session: Session) -> None:
    testimonial, page = told(session, None)
    teller = window(app, page)
    editor = signed_in(Visitor(app), session).get(f"/moderation/{testimonial.public_id}")
    session.rollback()
    editor.press("Imprimer une autre feuille")
    teller.press("Je signe")
    assert teller.status == 404
    assert "Si vous avez un code, entrez-le de nouveau" in teller.text
    assert (reload(session, testimonial).status, testimonial.consents) == (Status.PROOF_SENT, [])


def test_two_editors_who_correct_at_once_overwrite_nothing(app: Flask, session: Session) -> None:
    testimonial, _ = told(session)
    path = f"/moderation/{testimonial.public_id}/recueilli"
    first, second = (signed_in(Visitor(app), session, email=f"{name}@exemple.fr").get(path) for name in "ab")
    session.rollback()
    first.fill(title="Le titre de l’une"), second.fill(title="Le titre de l’autre")
    together(*(pressing(each, "Enregistrer la correction") for each in (first, second)))
    assert {first.status, second.status} == {200, 409}
    assert len(reload(session, testimonial).versions) == 2
    refused = first if first.status == 409 else second
    assert ("Le titre de l’une" if refused is first else "Le titre de l’autre") in refused.text


def test_a_text_signed_as_its_sheet_is_replaced_is_signed_or_keeps_the_new_code_alone(
    app: Flask, session: Session
) -> None:
    """Never both: with a code drawn after the answer, an editor could consent in the teller's name."""
    testimonial, page = told(session, None)
    teller = window(app, page)
    editor = signed_in(Visitor(app), session).get(f"/moderation/{testimonial.public_id}")
    session.rollback()
    together(pressing(teller, "Je signe"), pressing(editor, "Imprimer une autre feuille"))
    session.rollback()
    if teller.status == 200:
        assert testimonial.status is Status.PENDING
        assert editor.status == 409
        assert CODE.findall(editor.text) == []
    else:
        assert (teller.status, testimonial.status, testimonial.consents) == (404, Status.PROOF_SENT, [])
        (code,) = CODE.findall(editor.text)
        assert "Relisez, puis signez" in heading(entered(Visitor(app), code))


def test_a_text_erased_by_its_teller_as_an_editor_corrects_is_erased(app: Flask, session: Session) -> None:
    testimonial, page = told(session)
    teller = Visitor(app).get(f"{page}/effacer")
    editor = (
        signed_in(Visitor(app), session).get(f"/moderation/{testimonial.public_id}/recueilli").fill(title=CORRECTED)
    )
    session.rollback()
    together(pressing(teller, "Effacer mon texte"), pressing(editor, "Enregistrer la correction"))
    assert teller.status == 200, "its teller is never refused"
    assert editor.status in {200, 409}
    assert (reload(session, testimonial).status, testimonial.versions, testimonial.email) == (Status.ERASED, [], None)
