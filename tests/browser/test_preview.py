"""The preview: its order, its height and its words on a telephone; the CRPV that follow the département."""

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_whole_path import a_page, fill_in
from tests.factories import AUTHOR
from tests.services.accessibility import violations

# One engine is enough for what a page looks like.
pytestmark = pytest.mark.one_engine

# The words that one sees, in the main part: those of what is folded do not count.
SEEN_WORDS = (
    r"document.querySelector('main').innerText.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length"
)
TALLEST, MOST_WORDS = 2750, 360


def bring_preview(page: Page, site: str, *, department: str = "35") -> None:
    page.goto(f"{site}/articles/crpv/temoigner")
    fill_in(page)
    page.get_by_label("Département").select_option(department)
    page.get_by_role("button", name="Relire mon texte").click()
    expect(page.get_by_role("heading", name="Relisez votre texte")).to_be_visible()


def enlarge(page: Page) -> None:
    page.evaluate("document.documentElement.style.fontSize = '200%'")


def overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def tops(page: Page) -> list[float]:
    """Return where each part begins, in the order in which one should meet them."""
    parts = [page.get_by_role("heading", name=name) for name in ("Face au passage", "Dans la liste", "Vos accords")]
    parts += [page.get_by_role("heading", name="Ensuite"), page.get_by_role("button", name="Envoyer", exact=True)]
    boxes = [part.bounding_box() for part in parts]
    return [box["y"] for box in boxes if box]


def test_the_receipt_is_short_on_a_telephone(site: str, page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    bring_preview(page, site)
    page.get_by_label("Non", exact=True).check()
    page.get_by_role("button", name="Envoyer", exact=True).click()
    expect(page.get_by_role("heading", name="Votre texte est arrivé")).to_be_in_viewport()
    expect(page.get_by_text("un courriel vient de partir")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollHeight") <= 1400
    assert page.evaluate(SEEN_WORDS) <= 110
    page.get_by_text("Si rien n’arrive").click()
    expect(page.get_by_text("ce nouvel envoi remplace le premier")).to_be_visible()
    enlarge(page)
    assert overflow(page) <= 0


def test_on_a_telephone_it_is_short_and_the_margin_comes_first(
    app: Flask, site: str, browser: Browser, javascript: bool
) -> None:
    page = a_page(browser, javascript=javascript)
    page.set_viewport_size({"width": 360, "height": 640})
    bring_preview(page, site)
    height = page.evaluate("document.documentElement.scrollHeight")
    assert height <= TALLEST
    assert page.evaluate(SEEN_WORDS) <= MOST_WORDS
    assert len(tops(page)) == 5
    assert tops(page) == sorted(tops(page))
    assert tops(page)[0] < 400, "the margin is in sight at once"
    page.get_by_text("Le lire en entier").click()
    expect(page.get_by_role("heading", name="Ce qui se fait ensemble")).to_be_visible()
    page.context.close()


def test_where_there_is_a_margin_the_note_stands_in_it_and_the_text_is_open(site: str, page: Page) -> None:
    for width in (1440, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        bring_preview(page, site)
        note, card = page.locator(".note").bounding_box(), page.locator(".card").bounding_box()
        assert note
        assert card
        assert note["x"] > card["x"] + card["width"], width
        assert note["y"] + note["height"] < 900, "the note is in the first screen"
        expect(page.get_by_role("heading", name="Ce qui se fait ensemble")).to_be_visible()
        expect(page.get_by_text("Le lire en entier")).to_be_hidden()


def test_at_200_percent_nothing_scrolls_sideways_and_axe_finds_nothing(site: str, page: Page) -> None:
    bring_preview(page, site, department="59")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == [], scheme
    enlarge(page)
    for width in (320, 360, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        assert overflow(page) <= 0, width


def test_the_keyboard_reaches_every_answer_and_sends_from_the_last(site: str, page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    bring_preview(page, site)
    page.get_by_role("button", name="Modifier le texte").focus()
    reached: list[str] = []
    while len(reached) < 20 and "Envoyer" not in reached:
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.name || document.activeElement.innerText"))
        if reached[-1] == "publish":
            page.keyboard.press("ArrowDown")
            page.keyboard.press("ArrowDown")
        reached[-1] = page.evaluate("document.activeElement.value === 'send' ? 'Envoyer' : ''") or reached[-1]
    assert [each for each in reached if each in {"publish", "reuse", "contact", "Envoyer"}] == [
        *("publish", "reuse", "contact", "Envoyer")
    ]


def test_the_partners_of_the_departement_come_first_and_named(site: str, page: Page) -> None:
    page.goto(f"{site}/articles/crpv/temoigner")
    department, partner = page.get_by_label("Département"), page.get_by_label("CRPV concerné")
    as_served = partner.locator("option").all_inner_texts()
    assert len(as_served) == 21
    department.select_option("95")
    group = partner.locator("optgroup")
    assert group.get_attribute("label") == "Couvre le Val-d’Oise"
    covering = "Val-d’Oise et Yvelines – Pôle ressources Ville et développement social"
    assert group.locator("option").all_inner_texts() == [covering]
    reordered = partner.locator("option").all_inner_texts()
    assert reordered[:2] == ["Choisissez", covering]
    assert reordered[2:] == [each for each in as_served[1:] if each != covering], "the others keep their order"
    assert partner.input_value() == "", "nothing is chosen for the author"

    # What was chosen stays chosen.
    partner.select_option("reso-villes")
    department.select_option("44")
    assert group.get_attribute("label") == "Couvre la Loire-Atlantique"
    assert partner.input_value() == "reso-villes"

    # No CRPV is known to cover Paris: the list is as it was.
    department.select_option("75")
    expect(group).to_have_count(0)
    assert partner.locator("option").all_inner_texts() == as_served
    assert partner.input_value() == "reso-villes"


def test_the_partners_come_first_again_when_one_comes_back_to_the_form(site: str, page: Page) -> None:
    bring_preview(page, site)
    for come_back in (page.get_by_role("button", name="Modifier le texte").click, page.go_back):
        come_back()
        expect(page.get_by_label("CRPV concerné").locator("optgroup")).to_have_attribute(
            "label", "Couvre l’Ille-et-Vilaine"
        )
        assert page.get_by_label("CRPV concerné").input_value() == "reso-villes"
        page.get_by_role("button", name="Relire mon texte").click()
        expect(page.get_by_role("heading", name="Relisez votre texte")).to_be_visible()


def test_without_a_script_the_preview_asks_which_partner_is_meant(site: str, browser: Browser) -> None:
    page = a_page(browser, javascript=False)
    bring_preview(page, site, department="59")
    expect(page.get_by_text("IREV couvre le Nord")).to_be_visible()
    page.get_by_role("button", name="Modifier le CLSM, le CRPV").click()
    page.get_by_label("CRPV concerné").select_option("irev")
    page.get_by_role("button", name="Relire mon texte").click()
    expect(page.get_by_role("heading", name="Relisez votre texte")).to_be_visible()
    expect(page.get_by_text("IREV couvre le Nord")).to_have_count(0)
    expect(page.get_by_role("region", name="Ensuite")).to_contain_text(AUTHOR)
    page.context.close()
