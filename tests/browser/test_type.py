"""The text face: that pages are set in it, that nothing moves when it comes, that lines are of a length one reads."""

from typing import Any

import pytest
from playwright.sync_api import Page, Route
from sqlalchemy.orm import Session

from tests.acts import readable
from tests.services.chromium import complaints

pytestmark = pytest.mark.one_engine

# What French texts are made of: letters, figures, quotes, dashes, spaces of three widths, a hyphen that never breaks.
FRENCH = (
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdefghijklmnopqrstuvwxyz 0123456789 ÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸŒÆ àâäçéèêëîïôöùûüÿœæ ñáíóúãõ "
    "«\u202f“‘guillemets’”\u202f» l’œil\u202f; \u202f: \u202f! \u202f? (…) [–] — êtes\u2011vous 3\u00a0% 1\u2009000 "
    "§·•° € @ & / → ← ↑ ↓"
)

# The mean number of signs of whole lines: of the article's paragraphs, all lines but the last of each.
SIGNS_A_LINE = """() => {
    const lines = [];
    for (const paragraph of document.querySelectorAll(".facing__text.prose > p")) {
        const walker = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT), own = [];
        let top = null;
        while (walker.nextNode()) {
            for (let at = 0; at < walker.currentNode.length; at++) {
                const range = document.createRange();
                range.setStart(walker.currentNode, at);
                range.setEnd(walker.currentNode, at + 1);
                const box = range.getClientRects()[0];
                if (!box) continue;
                if (top === null || box.top - top > 8) { own.push(0); top = box.top; }
                own[own.length - 1] += 1;
            }
        }
        lines.push(...own.slice(0, -1));
    }
    return lines.reduce((sum, each) => sum + each, 0) / lines.length;
}"""

HEIGHTS = "[...document.querySelectorAll('main p')].reduce((sum, each) => sum + each.offsetHeight, 0)"

WATCH_SHIFTS = """
    window.shifts = [];
    new PerformanceObserver((list) => shifts.push(...list.getEntries()))
        .observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture
def article(demonstration: None, site: str) -> str:
    return f"{site}/articles/crpv"


def faces(page: Page, selector: str) -> set[tuple[str, bool]]:
    """Return the faces that draw an element: each by its PostScript name, and whether the page brought it."""
    painted(page)  # before that, an element whose words have changed is drawn by none
    channel = page.context.new_cdp_session(page)
    channel.send("DOM.enable")
    channel.send("CSS.enable")
    root = channel.send("DOM.getDocument")["root"]["nodeId"]
    node = channel.send("DOM.querySelector", {"nodeId": root, "selector": selector})["nodeId"]
    drawn: list[dict[str, Any]] = channel.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
    return {(each["postScriptName"], each["isCustomFont"]) for each in drawn}


def settled(page: Page, address: str) -> None:
    page.goto(address)
    page.evaluate("document.fonts.ready.then(() => undefined)")


def painted(page: Page) -> None:
    """Wait for two frames: what has changed is painted, and its shifts are known."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())))")


def shifted(page: Page, since: float = 0) -> float:
    """Return how much has moved since a moment of the page."""
    moved = "since => shifts.filter(each => each.startTime >= since).reduce((sum, each) => sum + each.value, 0)"
    return float(page.evaluate(moved, since))


def test_french_is_set_in_the_face_that_pages_bring(article: str, page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    faults = complaints(page)
    fonts = []
    page.on("request", lambda request: fonts.append(request.url) if request.resource_type == "font" else None)
    settled(page, article)
    page.evaluate("words => { document.querySelector('.facing__text.prose > p').textContent = words }", FRENCH)
    page.evaluate("words => { document.querySelector('.quote').textContent = words }", FRENCH)
    assert faces(page, ".facing__text.prose > p") == {("EnregardSerif-Regular", True)}
    assert faces(page, ".quote") == {("EnregardSerif-Italic", True)}, "a true italic, not a slanted roman"
    assert sorted(url.rsplit("/", 1)[1].split(".")[0] for url in fonts) == ["serif-italic", "serif-roman"]
    assert faults == []


def test_numerals_are_old_style_in_text_and_of_one_width_in_tables(article: str, page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    settled(page, article)
    page.evaluate("document.querySelector('.facing__text.prose > p').innerHTML = '<span>36790</span>'")
    number = page.locator(".facing__text.prose > p > span")

    def drawn(numerals: str) -> bytes:
        number.evaluate("(each, numerals) => { each.style.fontVariantNumeric = numerals }", numerals)
        return number.screenshot()

    assert drawn("") == drawn("oldstyle-nums") != drawn("lining-nums")
    widths = number.evaluate("""each => ["11111", "88888"].map(words => {
        each.style.fontVariantNumeric = "tabular-nums";
        each.textContent = words;
        return each.getBoundingClientRect().width;
    })""")
    assert widths[0] == widths[1]


def test_a_line_of_the_article_has_60_to_68_signs(article: str, page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    settled(page, article)
    assert 60 <= page.evaluate(SIGNS_A_LINE) <= 68


@pytest.mark.parametrize("width", [360, 1440])
def test_nothing_moves_where_the_faces_come_before_the_style(article: str, page: Page, width: int) -> None:
    """The page asks for them at its head: they may come first. Without that, the style would wait for ever."""
    page.set_viewport_size({"width": width, "height": 900})
    page.add_init_script(WATCH_SHIFTS)
    held: list[Route] = []
    came: list[Route] = []

    def bring(route: Route) -> None:
        route.fulfill(response=route.fetch())
        came.append(route)
        while len(came) == 2 and held:
            held.pop().continue_()

    page.route("**/*.woff2", bring)
    page.route("**/base.*.css", lambda route: held.append(route) if len(came) < 2 else route.continue_())
    settled(page, article)
    painted(page)
    assert shifted(page) <= 0.01


@pytest.mark.parametrize("width", [360, 1440])
def test_hardly_anything_moves_when_the_faces_come_late(article: str, page: Page, width: int) -> None:
    """What stands in until then is as wide on average: in DejaVu Serif the first screen breaks alike."""
    page.set_viewport_size({"width": width, "height": 900})
    page.add_init_script(WATCH_SHIFTS)
    held: list[Route] = []
    page.route("**/*.woff2", lambda route: held.append(route))  # noqa: PLW0108  # it writes on its handlers
    page.goto(article, wait_until="domcontentloaded")
    painted(page)
    assert [brought for _, brought in faces(page, ".facing__text.prose > p")] == [False]
    heights, ready = page.evaluate(HEIGHTS), page.evaluate("performance.now()")
    while len(held) < 2:  # one that is asked for later would never come
        page.wait_for_timeout(20)
    for route in held:
        route.continue_()
    page.unroute("**/*.woff2")
    page.evaluate("document.fonts.ready.then(() => undefined)")
    painted(page)
    assert faces(page, ".facing__text.prose > p") == {("EnregardSerif-Regular", True)}
    assert shifted(page, ready) <= 0.01
    assert page.evaluate(HEIGHTS) == pytest.approx(heights, rel=0.02)


@pytest.mark.parametrize("sheet", ["comes", "is-late"])
def test_a_frame_in_another_site_loads_no_face(session: Session, site: str, page: Page, sheet: str) -> None:
    readable(session, reuse=True)
    if sheet == "is-late":
        page.route("**/frame.*.css", lambda route: route.abort())
    settled(page, f"{site}/integration/crpv/cadre")
    assert page.locator(".quote").count() > 0
    assert (
        page.evaluate("performance.getEntriesByType('resource').filter(each => each.name.includes('.woff2')).length")
        == 0
    )
