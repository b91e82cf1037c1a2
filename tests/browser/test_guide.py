"""The guide of editors in a browser: the link that leads to it, its chapters, its pictures."""

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy.orm import Session

from tests.browser.gallery import sign_in
from tests.factories import an_editor

# What a page looks like does not depend on the database.
pytestmark = pytest.mark.one_engine


def test_a_chapter_and_a_picture_are_one_press_away(session: Session, site: str, browser: Browser) -> None:
    an_editor(session)
    session.commit()
    page = browser.new_page(viewport={"width": 360, "height": 700}, java_script_enabled=False)
    sign_in(page, site)
    page.goto(f"{site}/moderation")
    page.locator(".doors__narrow summary").click()
    page.get_by_role("link", name="Aide").click()
    page.get_by_role("navigation", name="Dans ce guide").get_by_role("link", name="Décider").click()
    expect(page.get_by_role("heading", name="Décider")).to_be_in_viewport()
    picture = page.get_by_role("img", name="« Autre décision », ouverte")
    expect(picture).to_have_js_property("naturalWidth", 1366)
    address = str(picture.get_attribute("src"))
    picture.click()
    page.wait_for_url(f"**{address}")
    page.close()
