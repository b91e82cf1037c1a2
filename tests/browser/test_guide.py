"""The guide of editors in a browser: the link that leads to it, its chapters, its pictures."""

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from app.accounts.models import Role
from tests.browser.gallery import ADMIN, sign_in
from tests.factories import EDITOR, an_editor

# What a page looks like does not depend on the database.
pytestmark = pytest.mark.one_engine

HEIGHT = "document.querySelector('.masthead').offsetHeight"


@pytest.mark.parametrize("address", [EDITOR, ADMIN])
def test_the_link_to_the_guide_adds_no_line_to_the_masthead(
    session: Session, site: str, page: Page, address: str
) -> None:
    an_editor(session)
    an_editor(session, email=ADMIN, role=Role.ADMIN)
    session.commit()
    page.set_viewport_size({"width": 1366, "height": 700})
    sign_in(page, site, address)
    page.goto(f"{site}/moderation")
    expect(page.locator(".masthead__account").get_by_role("link", name="Aide")).to_be_visible()
    height = page.evaluate(HEIGHT)
    page.locator(".masthead__account a[href='/aide']").evaluate("link => link.remove()")
    assert page.evaluate(HEIGHT) == height


def test_a_chapter_and_a_picture_are_one_press_away(session: Session, site: str, browser: Browser) -> None:
    an_editor(session)
    session.commit()
    page = browser.new_page(viewport={"width": 360, "height": 700}, java_script_enabled=False)
    sign_in(page, site)
    page.goto(f"{site}/moderation")
    page.locator(".masthead").get_by_role("link", name="Aide").click()
    page.get_by_role("navigation", name="Dans ce guide").get_by_role("link", name="Décider").click()
    expect(page.get_by_role("heading", name="Décider")).to_be_in_viewport()
    picture = page.get_by_role("img", name="« Autre décision », ouverte")
    expect(picture).to_have_js_property("naturalWidth", 1366)
    address = str(picture.get_attribute("src"))
    picture.click()
    page.wait_for_url(f"**{address}")
    page.close()
