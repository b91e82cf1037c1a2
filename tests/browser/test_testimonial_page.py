"""The page of a testimonial as it is seen: its facts, its advice, its neighbours, its way back; and what is printed."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page
from sqlalchemy.orm import Session

from app.testimonials.situation import Situation
from tests.acts import published, readable
from tests.factories import the_article
from tests.services.chromium import wait_until

# One engine is enough for what a page looks like.
pytestmark = pytest.mark.one_engine

ADVICE = "Écrivez la charte à la fin. Au début, elle ne mesure que la prudence de chacun."
LONGEST = "Une fonction-très-longue-et-insécable " * 3


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    yield page
    page.close()


def furnish(session: Session) -> str:
    theme, other, *_ = the_article(session).themes
    readable(session, 1, themes=[theme], situation=Situation.PLANNED, advice="Commencez par douze personnes.")
    readable(session, 2, themes=[other])
    others = "Trois bailleurs, service de psychiatrie"
    here = published(
        session,
        3,
        themes=[theme],
        situation=Situation.PLANNED,
        advice=ADVICE,
        years="depuis 2021",
        other_partners=others,
    )
    readable(session, 4, themes=[theme], situation=Situation.PAST)
    readable(session, 5, themes=[other], situation=Situation.PLANNED, author_role=LONGEST)
    assert here.shown is not None
    return f"/temoignages/{here.public_id}-{here.shown.slug}"


def top(place: Locator) -> float:
    return box(place)["y"]


def box(place: Locator) -> dict[str, float]:
    found = place.bounding_box()
    assert found is not None
    return {name: float(found[name]) for name in ("x", "y", "width", "height")}


def test_the_facts_stand_in_one_line_under_the_signature(session: Session, site: str, page: Page) -> None:
    page.goto(site + furnish(session))
    line, signature = page.locator("article > .facts"), page.locator("article > .byline")
    for width in (360, 768, 1440, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        assert re.sub(r"\s+", " ", line.inner_text()) == "En projet · Bretagne · RésO Villes · depuis 2021", width
        assert box(signature)["y"] + box(signature)["height"] <= top(line) < top(page.locator(".advice")), width
        for fact in line.locator("span").all():
            assert box(fact)["height"] < 28, f"no fact breaks inside at {width} px"


def test_the_advice_is_a_pull_quote_and_is_not_repeated(session: Session, site: str, page: Page) -> None:
    path = furnish(session)
    for width, size, leading in ((360, "25px", "34px"), (1440, "31.2496px", "40px")):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(site + path)
        quote = page.locator(".advice .quote")
        style = quote.evaluate("e => [getComputedStyle(e).fontSize, getComputedStyle(e).lineHeight]")
        assert style == [size, leading]
        assert page.locator("article").inner_text().count("Écrivez la charte") == 1
        assert top(quote) < top(page.locator(".sheet__question").first)
        mark = page.locator(".advice .quote span")
        assert box(mark)["x"] + box(mark)["width"] <= box(quote)["x"], "the guillemet hangs outside the text"
        assert box(mark)["x"] >= 0


def test_the_neighbours_stand_in_the_margin(session: Session, site: str, page: Page) -> None:
    path = furnish(session)
    page.goto(site + path)
    text, voices = box(page.locator("article")), box(page.locator(".voices"))
    assert voices["x"] >= text["x"] + text["width"]
    assert voices["y"] < 900, "in the first screen"
    tint = page.locator(".voices").evaluate("e => getComputedStyle(e).backgroundColor")
    assert tint == "rgb(241, 237, 226)"
    assert page.locator(".voice").count() == 2
    signature = box(page.locator(".voice .byline").first)
    page.mouse.click(signature["x"] + 10, signature["y"] + 10)
    page.wait_for_url(re.compile("recit-04"))
    page.set_viewport_size({"width": 360, "height": 900})
    page.goto(site + path)
    assert top(page.locator(".voices")) > top(page.locator(".neighbours"))


@pytest.mark.parametrize("scripted", [True, False])
def test_back_and_neighbours_keep_the_filter(session: Session, site: str, browser: Browser, scripted: bool) -> None:
    furnish(session)
    page = browser.new_page(java_script_enabled=scripted)
    page.goto(f"{site}/articles/crpv")
    filters = page.locator(".filter form")
    if not filters.locator("select[name=situation]").is_visible():
        page.locator(".filter > summary").click()
    filters.locator("select[name=situation]").select_option("planned")
    filters.get_by_role("button", name="Filtrer").click()
    page.wait_for_url("**situation=planned**")
    page.locator("#retours .card a", has_text="03").click()
    page.wait_for_url("**/temoignages/**recit-03?situation=planned")
    page.get_by_role("link", name=re.compile("^Plus ancien")).click()
    page.wait_for_url("**/temoignages/**recit-01?situation=planned")
    page.get_by_role("link", name=re.compile("Revenir à votre choix.*En projet, 3.retours")).click()
    page.wait_for_url("**/articles/crpv?situation=planned#retours")
    assert page.locator("#retours .card").count() == 3
    page.close()


def test_back_leads_to_the_passage_one_was_reading(session: Session, site: str, page: Page) -> None:
    """From the passage as the browser's own way back; from elsewhere to the list of testimonials."""
    furnish(session)
    page.goto(f"{site}/articles/crpv")
    voice = page.locator(".passage .read:visible").last
    voice.scroll_into_view_if_needed()
    read = page.evaluate("scrollY")
    assert read > 0
    voice.click()
    page.wait_for_url("**/temoignages/**")
    path = page.url
    page.get_by_role("link", name=re.compile("Revenir à l’article")).click()
    page.wait_for_url("**/articles/crpv")
    wait_until(page, "(y) => Math.abs(scrollY - y) < 10", read)
    page.goto(path)
    page.get_by_role("link", name=re.compile("Revenir à l’article")).click()
    page.wait_for_url("**/articles/crpv#retours")


def test_at_twice_the_size_nothing_scrolls_sideways(session: Session, site: str, page: Page) -> None:
    page.goto(site + furnish(session))
    for width in (320, 360, 768, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        for size in ("100%", "200%"):
            page.evaluate("size => { document.documentElement.style.fontSize = size }", size)
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, (width, size)
            assert min(box(mark)["x"] for mark in page.locator(".quote span").all()) >= 0, "a guillemet is cut"


def printed_pages(page: Page, address: str) -> int:
    """Return how many sheets of paper an address takes: the page objects of the PDF."""
    page.goto(address)
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(format="A4", prefer_css_page_size=True)))


@pytest.mark.slow("chromium prints sixteen pages")
def test_paper_holds_the_article_in_five_pages_and_a_testimonial_in_two(
    demonstration: None, site: str, page: Page
) -> None:
    """The demonstration's: texts of true lengths."""
    assert printed_pages(page, f"{site}/articles/crpv") <= 5
    paths = {str(link.get_attribute("href")) for link in page.locator("#retours a[href^='/temoignages/']").all()}
    assert len(paths) == 15
    assert max(printed_pages(page, site + path) for path in sorted(paths)) <= 2


def test_paper_has_the_address_at_its_head_and_no_controls(session: Session, site: str, page: Page) -> None:
    path = furnish(session)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 672, "height": 900})
    page.goto(site + path)
    address = page.locator(".printed")
    assert address.inner_text() == site + path
    assert top(address) < top(page.locator("h1"))
    for hidden in (".voices", ".neighbours", ".facing--back", ".colophon", ".sheet__report", ".masthead__call"):
        assert not page.locator(hidden).is_visible(), hidden
    text, margin = box(page.locator("article")), box(page.locator(".sheet__margin"))
    assert margin["y"] >= text["y"] + text["height"], "what is short stands under the text, not in a column of its own"
