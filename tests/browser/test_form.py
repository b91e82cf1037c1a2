"""The form as its author meets it: one box first, few words, no script needed, any size of text."""

import re

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_whole_path import a_page, fill_in, unfold

# What a page looks like does not depend on the database.
pytestmark = pytest.mark.one_engine

FORM = "/articles/crpv/temoigner"
MAX_WORDS = 443  # two thirds of the 665 that an author once had to read
FIRST_QUESTION = 578  # px from the top of a telephone's page, the demonstration's line included


def words_to_read(page: Page) -> list[str]:
    """Return the visible words of the page's main part, without the options of its lists."""
    page.locator("main").evaluate("main => main.querySelectorAll('select').forEach((list) => list.remove())")
    return page.locator("main").inner_text().split()


def test_the_form_has_few_words_to_read(app: Flask, site: str, browser: Browser, javascript: bool) -> None:
    page = a_page(browser, javascript=javascript)
    for width in (360, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{site}{FORM}")
        words = words_to_read(page)
        assert "exemple" in words
        assert len(words) <= MAX_WORDS, width
        assert ("retiriez," in words) is (width == 1440), "the promises fold on a telephone"
    page.context.close()


def test_the_first_question_is_on_a_telephone_s_first_screen(app: Flask, site: str, page: Page) -> None:
    app.config["DEMO"] = True
    page.set_viewport_size({"width": 360, "height": 900})
    page.goto(f"{site}{FORM}")
    top = page.locator("#etape-1").evaluate("question => question.getBoundingClientRect().top + scrollY")
    assert top <= FIRST_QUESTION


def test_one_box_is_open_first_and_the_others_unfold(app: Flask, site: str, browser: Browser, javascript: bool) -> None:
    page = a_page(browser, javascript=javascript)
    page.goto(f"{site}{FORM}")
    page.get_by_label("Nous prévoyons de travailler ensemble").check()
    expect(page.locator("textarea:visible")).to_have_count(1)
    expect(page.get_by_label("Ce que vous prévoyez de faire ensemble")).to_be_visible()
    expect(page.get_by_text("L’idée est venue de… D’abord… Dans un an…")).to_be_visible()
    for added, label in (
        ("Ajouter ce que vous en attendez", "Ce que vous en attendez"),
        ("Ajouter ce qui pourrait freiner, ce qui aiderait", "Ce qui pourrait freiner, ce qui aiderait"),
        ("Ajouter un conseil à un autre CLSM", "Un conseil à un autre CLSM"),
        ("Ajouter un titre, une année, un lien", "Un titre"),
    ):
        title = page.locator("summary", has_text=added.removeprefix("Ajouter "))
        assert title.inner_text() == added
        title.press("Enter")
        field = page.get_by_label(label)
        expect(field).to_be_visible()
        if javascript:
            expect(field).to_be_focused()
        assert title.inner_text() == added.removeprefix("Ajouter ").capitalize().replace("clsm", "CLSM")
    page.get_by_text("Lire un exemple").click()
    assert 55 <= len(page.locator(".example__words p").first.inner_text().split()) <= 65
    page.context.close()


def test_what_is_filled_in_or_in_error_is_unfolded(app: Flask, site: str, browser: Browser, javascript: bool) -> None:
    page = a_page(browser, javascript=javascript)
    page.goto(f"{site}{FORM}")
    fill_in(page)
    unfold(page, "un titre")
    page.get_by_label("Un lien vers").fill("exemple.fr")
    page.get_by_role("button", name="Relire mon texte").click()
    expect(page).to_have_title(re.compile("^À reprendre\\s: 1\\sréponse – Votre retour d’expérience"))
    expect(page.get_by_label("Un conseil à un autre CLSM")).to_be_visible()
    expect(page.get_by_label("Ce que cela apporte")).to_be_hidden()
    page.get_by_role("link", name="Écrivez l’adresse entière").click()
    expect(page.get_by_label("Un lien vers")).to_be_focused()
    page.context.close()


def test_the_summary_is_the_first_thing_and_has_the_sentences_of_the_fields(app: Flask, site: str, page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 900})
    page.goto(f"{site}{FORM}")
    page.get_by_role("button", name="Relire mon texte").click()
    main, summary, title = (page.locator(each).bounding_box() for each in ("main", ".summary", "h1"))
    assert main
    assert summary
    assert title
    assert main["y"] <= summary["y"] <= main["y"] + 48
    assert summary["y"] + summary["height"] <= title["y"]
    assert page.locator(".summary a").all_inner_texts() == page.locator(".field__error").all_inner_texts()
    expect(page.get_by_text("Ce que nous promettons")).to_be_hidden()
    expect(page.get_by_text("Racontez comment votre CLSM")).to_have_count(0)
    bars = page.evaluate(
        "[...document.querySelectorAll('.field--wrong:not(.step), .step.field--wrong > .answer')]"
        ".map((field) => getComputedStyle(field).borderInlineStartWidth)"
    )
    assert set(bars) == {"4px"}


def test_text_twice_as_large_never_scrolls_sideways(app: Flask, site: str, page: Page) -> None:
    page.goto(f"{site}{FORM}")
    for refused in (False, True):
        if refused:
            page.get_by_role("button", name="Relire mon texte").click()
            page.locator(".summary").wait_for()
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        for folded in (True, False):
            if not folded:
                page.evaluate("document.querySelectorAll('main details').forEach((each) => { each.open = true; })")
            for width in (320, 360, 1440):
                page.set_viewport_size({"width": width, "height": 900})
                wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                assert wider == 0, (refused, folded, width)


def test_the_signature_is_shown_as_it_is_typed(app: Flask, site: str, browser: Browser) -> None:
    page = a_page(browser, javascript=True)
    page.goto(f"{site}{FORM}")
    expect(page.locator(".answer__line:visible")).to_have_count(0)
    page.get_by_label("Nom de votre CLSM").fill("CLSM de Ville-Exemple")
    expect(page.locator(".answer__line:visible")).to_have_text(re.compile("Vous signez\\s: CLSM de Ville-Exemple"))
    page.context.close()
    page = a_page(browser, javascript=False)
    page.goto(f"{site}{FORM}")
    expect(page.locator(".answer__line:visible")).to_have_count(4)
    page.context.close()
