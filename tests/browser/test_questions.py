"""A colleague's question, from the readers' page to the author's letter, in a browser 360 pixels wide."""

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from app.features.questions import mails
from tests.acts import readable
from tests.browser.test_preview import overflow
from tests.browser.test_whole_path import a_page
from tests.factories import ASKER, QUESTION
from tests.mail.test_outbox import plain
from tests.questions.test_asking import letters, link_in
from tests.services.accessibility import violations

pytestmark = pytest.mark.one_engine


def look(page: Page, *, javascript: bool) -> None:
    assert overflow(page) <= 0
    assert not (javascript and violations(page))


@pytest.mark.slow("a whole path in chromium, with axe")
def test_a_reader_asks_and_the_author_has_the_words_and_the_address(
    app: Flask, session: Session, site: str, browser: Browser, javascript: bool
) -> None:
    testimonial = readable(session, questions=True)
    page = a_page(browser, javascript=javascript)
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto(f"{site}/temoignages/{testimonial.public_id}")
    page.get_by_role("link", name="Poser une question à ce CLSM").click()
    page.get_by_label("Votre question").fill(QUESTION)
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("heading", name="À reprendre")).to_be_visible()
    expect(page.get_by_label("Votre question")).to_have_value(QUESTION)
    look(page, javascript=javascript)
    page.get_by_label("Prénom et nom").fill("Lou Exemple")
    page.get_by_label("Votre organisation").fill("Ville-Voisine")
    page.get_by_label("Votre courriel").fill(ASKER)
    page.get_by_label("J’accepte que l’auteur·e lise").check()
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("heading", name="Regardez vos courriels")).to_be_visible()
    look(page, javascript=javascript)
    (letter,) = letters(session, mails.QUESTION_CONFIRM)
    page.goto(f"{site}{link_in(letter)}")
    expect(page.get_by_text("Et qui la paie ?")).to_be_visible()
    look(page, javascript=javascript)
    assert letters(session, mails.QUESTION) == []
    page.get_by_role("button", name="Envoyer ma question").click()
    expect(page.get_by_role("heading", name="Votre question est partie")).to_be_visible()
    look(page, javascript=javascript)
    (question,) = letters(session, mails.QUESTION)
    assert question["To"] == "a0@exemple.fr"
    assert question["Reply-To"] == f"Lou Exemple <{ASKER}>"
    assert "Et qui la paie ?" in plain(question)
    page.context.close()
