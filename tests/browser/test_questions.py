"""A colleague's question, from the readers' page to the author's answer and the desk, in a browser 360 pixels wide."""

import re
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from app.mail.messages import Message
from app.testimonials.models import Testimonial
from app.testimonials.wordings import Purpose
from tests.acts import private_page, published, readable, stored
from tests.browser.gallery import sign_in
from tests.browser.test_preview import overflow
from tests.browser.test_whole_path import a_page
from tests.factories import ASKER, QUESTION, a_question, an_editor
from tests.mail.test_outbox import in_html, plain
from tests.questions.test_asking import letters, link_in
from tests.services.accessibility import violations

pytestmark = pytest.mark.one_engine


def a_telephone(browser: Browser, *, javascript: bool) -> Page:
    page = a_page(browser, javascript=javascript)
    page.set_viewport_size({"width": 360, "height": 640})
    return page


def look(page: Page, *, javascript: bool) -> None:
    """Hold a page to its width and, with JavaScript, to the rules of accessibility."""
    assert overflow(page) <= 0
    assert not (javascript and violations(page))


def received(session: Session, **changes: Any) -> Testimonial:
    """Return a text whose author has received a question, committed."""
    testimonial = published(session, questions=True)
    a_question(session, testimonial, **changes)
    session.commit()
    return testimonial


@pytest.mark.slow("a whole path in chromium, with axe")
def test_a_reader_asks_and_the_author_has_the_words_and_the_address(
    app: Flask, session: Session, site: str, browser: Browser, javascript: bool
) -> None:
    testimonial = readable(session, questions=True)
    page = a_telephone(browser, javascript=javascript)
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
    (letter,) = letters(session, Message.QUESTION_CONFIRM)
    page.goto(f"{site}{link_in(letter)}")
    expect(page.get_by_text("Et qui la paie ?")).to_be_visible()
    look(page, javascript=javascript)
    assert letters(session, Message.QUESTION) == []
    page.get_by_role("button", name="Envoyer ma question").click()
    expect(page.get_by_role("heading", name="Votre question est partie")).to_be_visible()
    look(page, javascript=javascript)
    (question,) = letters(session, Message.QUESTION)
    assert question["To"] == "a0@exemple.fr"
    assert question["Reply-To"] == f"Lou Exemple <{ASKER}>"
    assert "Et qui la paie ?" in plain(question)
    page.context.close()


def test_an_author_answers_a_question_from_its_letter_or_declines_and_reports_it(
    app: Flask, session: Session, site: str, browser: Browser, javascript: bool
) -> None:
    testimonial = received(session)
    page = a_telephone(browser, javascript=javascript)
    page.goto(f"{site}{private_page(testimonial)}/questions")
    expect(page.get_by_text("Sans réponse, personne n’a votre adresse.")).to_be_visible()
    assert (page.get_by_role("link", name=ASKER).get_attribute("href") or "").startswith(f"mailto:{quote(ASKER, '@')}")
    look(page, javascript=javascript)
    (question,) = letters(session, Message.QUESTION)
    page.set_content(str(in_html(question)))
    button = page.get_by_role("link", name="Répondre à Lou Exemple")
    assert button.get_attribute("href") == f"mailto:{quote(ASKER, '@')}"
    assert overflow(page) <= 0
    page.goto(f"{site}{link_in(question)}")
    expect(page.get_by_role("heading", name="Lou Exemple, Ville-Voisine")).to_be_visible()
    look(page, javascript=javascript)
    assert letters(session, Message.QUESTION_DECLINED) == []
    page.get_by_role("button", name="Non merci").click()
    expect(page.get_by_text("Vous avez répondu « non merci »")).to_be_visible()
    expect(page.get_by_role("button", name="Non merci")).to_have_count(0)
    look(page, javascript=javascript)
    (declined,) = letters(session, Message.QUESTION_DECLINED)
    assert declined["To"] == ASKER
    assert "a0@exemple.fr" not in declined.as_string()
    page.get_by_role("button", name="Signaler cette question").click()
    expect(page.get_by_text("C’est signalé")).to_be_visible()
    look(page, javascript=javascript)
    page.goto(f"{site}{link_in(question)}")
    expect(page.get_by_text("C’est signalé")).to_have_count(0)
    page.get_by_role("link", name="demandez-en un nouveau").click()
    expect(page).to_have_url(f"{site}/mon-temoignage/nouveau-lien")
    page.context.close()


def test_an_author_receives_questions_no_more_and_readers_have_no_way_to_ask(
    app: Flask, session: Session, site: str, browser: Browser, javascript: bool
) -> None:
    testimonial = received(session)
    page = a_telephone(browser, javascript=javascript)
    page.goto(f"{site}{private_page(testimonial)}/questions")
    page.get_by_role("button", name="Ne plus recevoir de questions").click()
    expect(page.get_by_role("status")).to_contain_text("« Questions d’autres CLSM », accord retiré")
    look(page, javascript=javascript)
    (kept,) = stored(session, Testimonial)
    assert not kept.consents_to(Purpose.QUESTIONS)
    page.goto(f"{site}/temoignages/{testimonial.public_id}")
    expect(page.get_by_role("link", name="Poser une question")).to_have_count(0)
    page.goto(f"{site}/temoignages/{testimonial.public_id}/question")
    expect(page.get_by_role("heading", name="Ce témoignage ne reçoit plus de questions")).to_be_visible()
    page.context.close()


def test_a_question_that_its_author_reports_is_read_and_filed_by_an_editor(
    app: Flask, session: Session, site: str, browser: Browser, javascript: bool
) -> None:
    an_editor(session)
    testimonial = received(session)
    page, desk = (a_telephone(browser, javascript=javascript) for _ in range(2))
    sign_in(desk, site)
    desk.goto(f"{site}/moderation/questions")
    expect(desk.get_by_text("Aucune question signalée n’attend.")).to_be_visible()
    expect(desk.get_by_text("Et qui la paie ?")).to_have_count(0)
    page.goto(f"{site}{private_page(testimonial)}/questions")
    page.get_by_text("La signaler à l’équipe").click()
    page.get_by_label("Ce qui ne va pas").fill("Le ton est blessant.")
    look(page, javascript=javascript)
    page.get_by_role("button", name="Signaler cette question").click()
    expect(page.get_by_text("Vous avez signalé cette question à l’équipe")).to_be_visible()
    desk.goto(f"{site}/moderation/questions")
    expect(desk.get_by_text("Et qui la paie ?")).to_be_visible()
    expect(desk.get_by_text("Le ton est blessant.")).to_be_visible()
    expect(desk.get_by_role("row").last).to_contain_text(re.compile(r"1\s+1\s*$"))
    look(desk, javascript=javascript)
    desk.get_by_role("button", name="C’est lu : classer").click()
    expect(desk.get_by_text("Aucune question signalée n’attend.")).to_be_visible()
    page.context.close()
    desk.context.close()
