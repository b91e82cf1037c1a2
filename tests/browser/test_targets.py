"""What is pressed is large enough: for a finger on touch, for a pointer anywhere (design: 44 and 24 pixels)."""

import pytest
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy.orm import Session

from tests.browser.gallery import Gallery, furnished

pytestmark = pytest.mark.one_engine

# What stands alone: a link within a sentence is as tall as its line, and a région of a map as it is drawn: the form has
# the same choice.
SMALL = """(least) => [...document.querySelectorAll("a, button, summary, input:not([type=hidden]), select, textarea")]
    .filter((each) => each.checkVisibility({ visibilityProperty: true }))
    .filter((each) => !each.closest(".hidden, .skip, en-regard-retours, svg"))
    .filter((each) => each.localName !== "a" || each.parentElement.innerText.trim() === each.innerText.trim())
    .map((each) => [each, ...(each.labels ?? [])])
    .map((several) => [Math.max(...several.map((each) => each.getBoundingClientRect().height)), several[0].outerHTML])
    .filter(([height]) => height && height < least)
    .map(([height, html]) => `${Math.round(height)} px: ${html.slice(0, 100)}`)"""


@pytest.fixture
def gallery(app: Flask, session: Session, site: str) -> Gallery:
    """Give a site with something in every state."""
    return furnished(app, session, site)


@pytest.mark.parametrize(("touch", "least"), [(True, 44), (False, 24)])
def test_what_stands_alone_is_large_enough(gallery: Gallery, browser: Browser, touch: bool, least: int) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, has_touch=touch, is_mobile=touch)
    page = context.new_page()
    faults = []
    for name, bring in gallery.pages():
        bring(page)
        page.wait_for_load_state()
        faults += [f"{name}: {each}" for each in page.evaluate(SMALL, least)]
    context.close()
    assert not faults, "\n" + "\n".join(faults)
