"""The article's page in a window: who speaks on the first screens, the margin, the rail, an article that begins."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from app.testimonials.lifecycle import Status
from tests.browser.test_whole_path import fill_in
from tests.factories import a_testimonial, the_article
from tests.services.chromium import wait_until

# The browser tests do not depend on the database engine.
pytestmark = pytest.mark.one_engine

WIDTHS = (320, 360, 768, 960, 1024, 1152, 1280, 1440, 1600, 1920)
TINT = {"light": "rgb(241, 237, 226)", "dark": "rgb(29, 35, 37)"}

BOXES = """(selector) => [...document.querySelectorAll(selector)]
    .filter((each) => each.checkVisibility({ contentVisibilityAuto: true }))
    .map((each) => { const { x, y, width, height } = each.getBoundingClientRect();
                     return { x, y: y + scrollY, width, height, end: y + scrollY + height } })"""


def boxes(page: Page, selector: str) -> list[dict[str, float]]:
    """Return where the elements that are shown stand in the page, in pixels."""
    found: list[dict[str, float]] = page.evaluate(BOXES, selector)
    return found


def style(page: Page, selector: str, name: str) -> str:
    return str(page.locator(selector).first.evaluate("(each, name) => getComputedStyle(each)[name]", name))


def published(session: Session, first: int, end: int) -> None:
    themes = the_article(session).themes
    for each in range(max(first, 0), end):
        a_testimonial(
            session,
            status=Status.PUBLISHED,
            email=f"a{each}@exemple.fr",
            title=f"Récit {each}",
            advice=f"Un conseil qui porte le numéro {each}.",
            themes=[themes[each % 5]],
        )
    session.commit()


@pytest.fixture
def article(demonstration: None, site: str) -> str:
    return f"{site}/articles/crpv"


def visit(page: Page, address: str, width: int = 1440, height: int = 900) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(address)


@pytest.mark.parametrize("width", [360, 768])
def test_where_there_is_no_margin_the_first_quote_stands_open_under_its_passage(
    article: str, page: Page, width: int
) -> None:
    visit(page, article, width, 800)
    assert boxes(page, ".facing .quote")[0]["y"] < 2 * 800, "by the second screen"
    passages = page.locator(".passage:has(.note)")
    assert passages.count() >= 5
    for passage in passages.all():
        quotes = [quote for quote in passage.locator(".quote").all() if quote.is_visible()]
        assert len(quotes) == 1, "only the others fold"
        assert passage.locator(".byline").first.is_visible()
        text, note = passage.locator(".facing__text").bounding_box(), passage.locator(".note").bounding_box()
        assert text
        assert note
        assert 0 < note["y"] - (text["y"] + text["height"]) < 48
        assert note["x"] + note["width"] <= width
    others = page.locator(".others summary").first
    others.click()
    assert page.locator(".others__one").first.is_visible()


def test_the_first_screen_of_a_wide_window_shows_someone_speaking(article: str, page: Page) -> None:
    visit(page, article)
    (quote, *_) = boxes(page, ".note--opening .quote")
    (signature, *_) = boxes(page, ".note--opening .byline")
    assert 130 < quote["y"] < 200
    assert quote["end"] <= signature["y"] < signature["end"] < 900
    assert style(page, ".note--opening .quote", "fontSize") == "25px", "1.5625 rem"
    assert style(page, ".note--opening .quote", "fontStyle") == "italic"
    welcome = page.locator(".facing--opening .welcome")
    assert "15\xa0retours d’expérience, de 13\xa0régions" in welcome.inner_text()
    assert boxes(page, ".facing--opening .welcome")[0]["end"] < 900


def test_a_row_is_as_high_as_its_text_or_its_note(article: str, page: Page) -> None:
    visit(page, article)
    for width in (1024, 1440, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        rows = page.locator(".passage").evaluate_all(
            """rows => rows.map(row => [row, ...row.querySelectorAll(".facing__text, .note")]
                .map(each => each.getBoundingClientRect().height))"""
        )
        assert len(rows) >= 5
        for height, *heights in rows:
            assert height <= max(heights) + 48, width
        for note in boxes(page, ".passage .note"):
            assert note["height"] <= 360, "one full note, and the others folded"


def test_the_introduction_follows_its_title_however_long_the_margin_is(article: str, page: Page) -> None:
    visit(page, article, 1024)
    (header, introduction) = boxes(page, ".facing--opening > .facing__text")
    assert introduction["y"] - header["end"] <= 1


def test_from_eighty_rem_the_index_stays_in_a_rail(article: str, page: Page) -> None:
    visit(page, article)
    assert not page.locator(".facing__margin .index").is_visible()
    page.mouse.wheel(0, 3500)
    wait_until(page, "scrollY >= 3500")
    rail = page.locator(".rail nav").bounding_box()
    assert rail
    assert 0 <= rail["y"] < 100, "sticky"
    assert rail["height"] < 400
    current = page.locator(".rail a[aria-current]")
    current.wait_for()
    assert current.count() == 1
    assert style(page, ".rail a[aria-current]", "borderLeftWidth") == "3px"
    assert style(page, ".rail a[aria-current]", "color") == style(page, ".title", "color"), "in ink"
    assert style(page, ".rail a[aria-current]", "fontWeight") == style(page, ".rail a", "fontWeight")


def test_a_count_of_the_rail_stands_on_one_line(article: str, page: Page) -> None:
    visit(page, article)
    counts, line = page.locator(".rail .index__count"), 20
    assert counts.count() == 5
    for number in ("10", "100", "1\u202f000"):
        counts.evaluate_all("(all, number) => all.forEach((each) => { each.firstChild.data = number })", number)
        for width in (1280, 1440, 1920):
            page.set_viewport_size({"width": width, "height": 900})
            assert {each["height"] <= line for each in boxes(page, ".rail .index__count")} == {True}, (number, width)


def test_without_script_the_rail_leads_to_each_passage(article: str, browser: Browser) -> None:
    page = browser.new_page(java_script_enabled=False)
    visit(page, article)
    page.locator(".rail a").nth(3).click()
    page.wait_for_url("**#culture-commune")
    page.close()


def test_under_eighty_rem_the_index_is_one_folded_line(article: str, browser: Browser) -> None:
    page = browser.new_page(java_script_enabled=False)
    index = page.locator(".facing__margin .index")
    for width in (360, 1024, 1279):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(article)
        assert not page.locator(".rail").is_visible()
        (line,), (welcome,) = boxes(page, ".facing__margin .index"), boxes(page, ".welcome")
        assert line["height"] <= 56, width
        assert 0 < line["y"] - welcome["end"] < 48, width
        index.locator("summary").click()
        index.locator("a").first.click()
        page.wait_for_url("**#qualification")
    page.close()


def test_no_window_is_too_narrow_for_the_page(article: str, page: Page) -> None:
    page.goto(article)
    faults = []
    for size in ("100%", "200%"):
        page.evaluate("(size) => { document.documentElement.style.fontSize = size }", size)
        page.evaluate("document.querySelectorAll('article details').forEach((each) => { each.open = true })")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            more = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if more > 0:
                faults.append(f"{more} px too wide at {width} px, text at {size}")
    assert not faults, faults


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_tint_stands_only_behind_voices(article: str, page: Page, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    visit(page, article)
    tinted = page.evaluate(
        """(tint) => [...document.querySelectorAll('main *')]
            .filter((each) => getComputedStyle(each).backgroundColor === tint)
            .map((each) => [each.className, Boolean(each.querySelector('blockquote'))])""",
        TINT[scheme],
    )
    assert len(tinted) > 5
    assert all(is_voice and "note" in name.split() for name, is_voice in tinted), tinted


def test_nobody_is_quoted_twice_in_the_margins(article: str, page: Page) -> None:
    visit(page, article)
    quotes = [" ".join(each.split()) for each in page.locator(".facing__margin .quote").all_text_contents()]
    assert len(quotes) > 5
    assert len(quotes) == len(set(quotes))


def test_the_margin_by_keyboard(article: str, page: Page) -> None:
    visit(page, article)
    summary = page.locator(".others summary").first
    page.locator(".passage:has(.others) .read").first.focus()
    page.keyboard.press("Tab")
    assert summary.evaluate("(each) => each === document.activeElement")
    assert style(page, ".others summary", "outlineWidth") == "3px"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.others__one') !== null")


def test_the_margin_in_forced_colors(article: str, page: Page) -> None:
    page.emulate_media(forced_colors="active")
    visit(page, article)
    assert style(page, ".note", "borderLeftStyle") == "solid"
    page.locator("#culture-commune").evaluate("(each) => each.scrollIntoView()")
    page.locator(".rail a[aria-current]").wait_for()
    assert style(page, ".rail a[aria-current]", "borderLeftWidth") == "3px"


def test_an_article_begins_with_one_invitation(
    session: Session, site: str, page: Page, subtests: pytest.Subtests
) -> None:
    for number in range(4):
        published(session, number - 1, number)
        page.goto(f"{site}/articles/crpv")
        for width in (360, 1440):
            with subtests.test(number=number, width=width):
                page.set_viewport_size({"width": width, "height": 900})
                assert page.locator("main a[href$='/temoigner']").count() == 1
                (call,) = boxes(page, "main a[href$='/temoigner']")
                assert call["y"] < (900 if width == 1440 else 1500), "in the top margin"
                text = page.locator("main").inner_text()
                assert "0 " not in text.replace("2010 ", "").replace("10 ", "")
                assert page.locator("#retours").count() == (number > 1), "no empty list, nor the same words twice"
                assert page.locator(".note--opening blockquote").count() == (number > 0)
                first = page.locator("article blockquote:not(.card *)", has_text="le numéro 0")
                assert first.count() == (number > 0)


def test_a_closed_article_without_testimonials_says_so_once(session: Session, site: str, page: Page) -> None:
    the_article(session).is_open = False
    session.commit()
    visit(page, f"{site}/articles/crpv")
    assert page.locator("a[href$='/temoigner']").count() == 0
    assert page.get_by_text("Aucun retour d’expérience n’est paru ici").count() == 1
    assert page.locator("#retours, .note, .facing--call").count() == 0


def test_a_dashed_line_means_not_yet(session: Session, site: str, page: Page) -> None:
    """And words say it too: the line is never the only sign."""
    visit(page, f"{site}/articles/crpv")
    assert style(page, ".note--awaited", "borderLeftStyle") == "dashed"
    assert style(page, ".note--awaited", "backgroundColor") == style(page, "body", "backgroundColor"), "nobody speaks"
    assert "prendront place" in page.locator(".note--awaited").inner_text()
    page.goto(f"{site}/articles/crpv/temoigner")
    fill_in(page)
    page.get_by_role("button", name="Relire mon texte").click()
    expect(page.get_by_role("heading", name="Relisez votre texte")).to_be_visible()
    assert style(page, "figure.note", "borderLeftStyle") == "dashed"
    assert "Pas encore paru" in page.locator("figure.note").inner_text()
    published(session, 0, 1)
    page.goto(f"{site}/articles/crpv")
    assert page.locator(".note--awaited").count() == 0
    assert style(page, ".note", "borderLeftStyle") == "solid"
    assert style(page, ".note", "backgroundColor") == TINT["light"]


@pytest.mark.usefixtures("session")
def test_no_word_of_the_title_is_cut_with_text_twice_as_large(site: str, page: Page) -> None:
    visit(page, f"{site}/articles/crpv", 360)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    cut = page.evaluate("""() => {
        const text = document.querySelector("h1").firstChild, range = document.createRange();
        return [...text.data.matchAll(/[^\\s-]+/g)].filter((word) => {
            range.setStart(text, word.index);
            range.setEnd(text, word.index + word[0].length);
            return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1;
        }).map(([word]) => word);
    }""")
    assert cut == []
