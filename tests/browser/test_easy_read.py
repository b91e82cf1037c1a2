"""How easy-to-read pages look: large upright words without serifs, each sentence on a line of its own."""

import pytest
from playwright.sync_api import Page

from tests.publication.test_easy_read import PATHS

# What a page looks like does not depend on the database.
pytestmark = pytest.mark.one_engine

# 14 points, the least that the rules allow, in pixels of CSS.
LEAST = 14 * 96 / 72
LOOKS = """() => [...document.querySelectorAll('.easy, .easy *')].map((each) => {
  const look = getComputedStyle(each)
  return {
    size: parseFloat(look.fontSize), style: look.fontStyle, face: look.fontFamily, align: look.textAlign,
    case: look.textTransform, hyphens: look.hyphens, said: each.textContent.trim().slice(0, 40)
  }
})"""


def test_the_words_are_large_upright_and_start_at_the_left(site: str, page: Page) -> None:
    for path in PATHS:
        page.goto(f"{site}{path}")
        looks = []
        for width in (360, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            looks += page.evaluate(LOOKS)
        assert len(looks) > 2 * 20
        for look in looks:
            assert look["size"] >= LEAST, look
            assert look["style"] == "normal", look
            assert "erif" not in look["face"].replace("sans-serif", ""), look
            assert (look["align"], look["case"]) == ("start", "none"), look
            assert look["hyphens"] == "none", look


def test_the_footer_leads_to_them_and_keeps_its_one_line(site: str, page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    lines = "all => all.map(each => each.getBoundingClientRect().top)"
    for path in ("/charte", "/articles/crpv"):
        page.goto(f"{site}{path}")
        tops = page.eval_on_selector_all(".colophon__links a", lines)
        assert len(tops) > 5
        assert len(set(tops)) == 1
        page.locator(".colophon__links").get_by_role("link", name="Aide", exact=True).click()
        page.wait_for_url("**/facile-a-lire")
