"""The collection on a phone, in a wide window, without JavaScript, by keyboard, with large text."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

# One engine is enough for what a page looks like.
pytestmark = pytest.mark.one_engine

PHONE = {"width": 360, "height": 740}


@pytest.fixture
def article(demonstration: None, site: str) -> str:
    return f"{site}/articles/crpv"


def top(page: Page, selector: str) -> float:
    """Return how far beneath the window's upper edge an element begins."""
    return float(page.locator(selector).first.evaluate("(each) => each.getBoundingClientRect().y"))


@pytest.mark.parametrize("scripted", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_after_a_choice_the_first_result_is_in_sight_on_a_phone(
    article: str, browser: Browser, *, scripted: bool
) -> None:
    page = browser.new_page(viewport=PHONE, java_script_enabled=scripted)  # type: ignore[arg-type]  # a size
    page.goto(f"{article}#retours")
    assert page.locator(".filter__form").is_hidden()
    fold = page.get_by_text("Choisir parmi les retours").first
    fold.focus()
    page.keyboard.press("Enter")
    page.get_by_label("Région", exact=True).select_option("76")
    page.get_by_label("Mots").fill("équipes")
    page.get_by_label("Mots").fill("")
    page.get_by_label("Situation").focus()
    page.get_by_label("Situation").select_option("planned")
    page.get_by_role("button", name="Filtrer").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("situation=planned"))
    assert page.url == f"{article}?situation=planned&region=76#retours"
    assert page.locator(".filter__form").is_hidden(), "the form is folded again"
    expect(page.get_by_text("Changer le choix")).to_be_visible()
    assert 0 < top(page, "#retours-titre") < top(page, ".chosen") < top(page, ".card") <= 302
    page.get_by_role("link", name="En projet : retirer ce choix").click()
    page.wait_for_url(f"{article}?region=76#retours")
    page.close()


def test_in_a_wide_window_the_form_stands_open_and_stays_in_sight(article: str, page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{article}#retours")
    assert page.locator(".card").count() == 15
    assert page.locator("#retours").evaluate("(each) => each.offsetHeight") <= 2_800
    expect(page.get_by_role("heading", name="Choisir parmi les retours")).to_be_visible()
    expect(page.locator(".filter__fold")).to_be_hidden()
    page.get_by_label("Articulation", exact=True).focus()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Situation")).to_be_focused()
    page.locator(".card").nth(9).scroll_into_view_if_needed()
    page.mouse.wheel(0, 400)
    expect(page.get_by_role("button", name="Filtrer")).to_be_in_viewport()


# The facts broken over several lines that would stand on one.
BROKEN = """() => [...document.querySelectorAll("#retours .facts__one")].filter((each) => {
    const whole = document.createRange();
    whole.selectNodeContents(each);
    const lines = new Set([...whole.getClientRects()].map(({ bottom }) => Math.round(bottom)));
    each.style.whiteSpace = "nowrap";
    const fits = each.getBoundingClientRect().width < each.parentElement.getBoundingClientRect().width;
    each.style.whiteSpace = "";
    return fits && lines.size > 1;
}).map((each) => each.textContent)"""

# The dots that begin a line.
LEADING = """() => [...document.querySelectorAll("#retours .signed-facts .facts:not(.facts__one)")].filter((each) =>
    each.getBoundingClientRect().x <= each.closest("p").getBoundingClientRect().x + 1).length"""

# What stands outside the window.
OUTSIDE = """() => [...document.querySelectorAll("#retours, #retours *")].filter((each) =>
    each.checkVisibility({ visibilityProperty: true }) && !each.closest(".hidden")
    && (each.getBoundingClientRect().right > document.documentElement.clientWidth + 1
        || each.getBoundingClientRect().left < -1)).map((each) => each.outerHTML.slice(0, 90))"""


@pytest.mark.parametrize("query", ["", "?mots=équipes", "?situation=planned&region=76&mots=équipes"])
def test_nothing_is_broken_nor_outside_at_any_width_and_size(article: str, page: Page, query: str) -> None:
    page.goto(f"{article}{query}")
    for width in (320, 360, 768, 1440, 1920):
        for size in ("", "200%"):
            page.set_viewport_size({"width": width, "height": 900})
            page.evaluate("(size) => { document.documentElement.style.fontSize = size }", size)
            for wrong, none in ((BROKEN, []), (LEADING, 0), (OUTSIDE, [])):
                assert page.evaluate(wrong) == none, (width, size)


def test_a_card_is_pressed_anywhere(article: str, page: Page) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a size
    page.goto(article)
    card = page.locator("#retours .card").nth(1)
    title = card.locator(".card__title").inner_text()
    card.locator(".signed-facts").click(force=True)
    page.wait_for_url("**/temoignages/**")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
