"""What became of a project, from the private page to the readers' page, in a browser 360 pixels wide."""

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy.orm import Session

from app.testimonials.lifecycle import Action
from app.testimonials.situation import Situation
from app.testimonials.testimonial import Testimonial
from tests.acts import private_page, readable, stored
from tests.browser.test_preview import overflow
from tests.browser.test_whole_path import a_page
from tests.factories import by_editor
from tests.services.accessibility import violations

pytestmark = pytest.mark.one_engine


@pytest.mark.slow("a whole path in chromium, with axe")
def test_an_author_says_what_became_of_a_project(
    session: Session, site: str, browser: Browser, javascript: bool
) -> None:
    testimonial = readable(session, situation=Situation.PLANNED, outcome="Des liens entre équipes.")
    page = a_page(browser, javascript=javascript)
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto(f"{site}{private_page(testimonial)}")
    page.get_by_role("link", name="Dire ce que c’est devenu").click()
    page.get_by_role("button", name="Relire").click()
    expect(page.get_by_role("heading", name="À reprendre")).to_be_visible()
    assert overflow(page) <= 0
    assert not (javascript and violations(page))
    page.get_by_label("Cela s’est fait autrement").check()
    page.get_by_label("La suite").fill("À la médiathèque, avec deux équipes.")
    page.get_by_role("button", name="Relire").click()
    expect(page.get_by_text("À la médiathèque")).to_be_visible()
    assert overflow(page) <= 0
    assert not (javascript and violations(page))
    page.get_by_label("J’atteste").check()
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_text("Votre nouvelle version est arrivée")).to_be_visible()
    (text,) = stored(session, Testimonial)
    text.perform(Action.PUBLISH, by=by_editor(session))
    session.commit()
    page.goto(f"{site}/temoignages/{text.public_id}")
    expect(page.get_by_text("À la médiathèque")).to_be_visible()
    page.context.close()
