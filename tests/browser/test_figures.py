"""Figures as they are seen: words within their drawing at any width, the map that readers press."""

from typing import Literal

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from tests.browser.gallery import sign_in
from tests.factories import an_editor

pytestmark = pytest.mark.one_engine

# The words that stick out of their drawing by more than a pixel, on the sides.
STICKING_OUT = """() => [...document.querySelectorAll(".chart text, .bars span")].filter(text => {
    const box = text.getBoundingClientRect(), chart = text.closest(".chart, .bars").getBoundingClientRect()
    return box.width > 0 && (box.left < chart.left - 1 || box.right > chart.right + 1)
}).map(text => text.textContent)"""
# The names of bars that run into the figure at the end of their line.
RUNNING_INTO = """() => [...document.querySelectorAll(".bars__words")].filter(line => {
    const [name, figure] = [...line.children].map(each => each.getBoundingClientRect())
    return name.right > figure.left && name.bottom > figure.top + 1
}).map(line => line.textContent)"""
# The names of bars that take several lines.
WRAPPED = """() => [...document.querySelectorAll(".bars__words span:first-child")].filter(name => {
    const words = document.createRange()
    words.selectNodeContents(name)
    return new Set([...words.getClientRects()].map(each => each.top)).size > 1
}).map(name => name.textContent)"""


# How much of the white of the paper is left on what a selector names first.
BRIGHTNESS = """selector => {
    const { fill, fillOpacity } = getComputedStyle(document.querySelector(selector))
    return 255 - (255 - Number(fill.match(/\\d+/)[0])) * fillOpacity
}"""


@pytest.fixture
def figures(demonstration: None, session: Session, site: str, page: Page) -> str:
    an_editor(session)
    session.commit()
    sign_in(page, site)
    return f"{site}/moderation/chiffres"


def test_the_words_of_a_drawing_stay_within_it(figures: str, page: Page, subtests: pytest.Subtests) -> None:
    page.goto(figures)
    for width, size in ((320, 100), (320, 200), (360, 100), (768, 200), (1440, 100), (1920, 200)):
        with subtests.test(width=width, size=size):
            page.set_viewport_size({"width": width, "height": 900})
            page.evaluate("size => { document.documentElement.style.fontSize = size }", f"{size}%")
            assert page.locator(".chart text, .bars span").count() > 10
            assert page.evaluate(STICKING_OUT) == []
            assert page.evaluate(RUNNING_INTO) == []


def test_the_names_of_bars_take_the_width_there_is(figures: str, page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 900})
    page.goto(figures)
    assert page.evaluate(WRAPPED)
    assert page.locator(".bars").count() > 3
    for width in (768, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(WRAPPED) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_readers_press_a_region_and_read_its_texts(figures: str, page: Page, scheme: Literal["light", "dark"]) -> None:
    article = figures.replace("/moderation/chiffres", "/articles/crpv")
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(article)
    sizes = page.evaluate("[...document.querySelectorAll('.map a')].map(each => each.getBoundingClientRect().width)")
    assert len(sizes) == 13
    assert min(sizes) >= 24, "what is pressed"
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.locator(".map a[href='?region=76#retours']").click()
    page.wait_for_url("**?region=76#retours")
    expect(page.locator(".card")).to_have_count(2)
    page.goto(article)
    page.get_by_role("link", name="Occitanie\u00a02").press("Enter")
    page.wait_for_url("**?region=76#retours")
    expect(page.locator(".card")).to_have_count(2)
    page.emulate_media(media="print")
    expect(page.locator(".map")).to_be_visible()
    empty, heard = (page.evaluate(BRIGHTNESS, each) for each in (".map > path", ".map a > path"))
    assert heard < empty - 30, "on paper, who has been heard is the darker"
    page.set_viewport_size({"width": 1440, "height": 800})
    page.emulate_media(media="screen")
    drawing, lines = page.locator(".map").bounding_box(), page.locator(".insight > div").bounding_box()
    assert drawing is not None
    assert lines is not None
    assert drawing["x"] + drawing["width"] <= lines["x"], "side by side"
