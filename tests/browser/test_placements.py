"""The placements page in a narrow window, with large text, and without JavaScript."""

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from app.catalog import placements
from tests.acts import first_place, private_page, published
from tests.browser.gallery import sign_in
from tests.browser.test_preview import overflow
from tests.browser.test_whole_path import a_page
from tests.factories import an_editor, by_editor
from tests.services.accessibility import violations

ARRANGE = "/moderation/articles/crpv/en-regard"
WORDS = "On y parlait de ce qui inquiète, de ce qui soulage, et de qui appeler."


def a_telephone(browser: Browser, *, javascript: bool) -> Page:
    page = a_page(browser, javascript=javascript)
    page.set_viewport_size({"width": 360, "height": 640})
    return page


def checked(page: Page, heading: str, *, javascript: bool) -> None:
    """Hold the page of a heading to its width and, with JavaScript, to the rules of accessibility."""
    expect(page.get_by_role("heading", level=1, name=heading)).to_be_visible()
    assert overflow(page) <= 0
    assert not (javascript and violations(page))


@pytest.mark.slow("several pages in chromium")
def test_the_opening_is_chosen_without_javascript_and_large_text_never_scrolls_sideways(
    site: str, session: Session, browser: Browser
) -> None:
    text = published(session, advice="Commencez par douze personnes qui reviendront.")
    an_editor(session)
    session.commit()
    page = browser.new_page(java_script_enabled=False)
    sign_in(page, site)
    page.goto(f"{site}{ARRANGE}")
    opening = page.locator("#ouverture_")
    opening.get_by_role("button", name="Le garder ici").click()
    opening.locator("summary").click()
    opening.get_by_label(WORDS).check()
    opening.get_by_role("button", name="Citer ces phrases").click()
    page.wait_for_url("**#ouverture_")
    page.goto(f"{site}/articles/crpv")
    assert WORDS in page.locator(".facing--opening .quote").inner_text().replace("\u202f", " ")
    page.goto(f"{site}{ARRANGE}")
    passage = page.locator(".arranging__passage").nth(1)
    passage.locator("summary", has_text="Placer un retour").click()
    candidate = passage.locator(".candidate", has_text="douze personnes qui reviendront")
    expect(candidate).to_contain_text("Bretagne")
    candidate.get_by_role("button", name="Placer ici").click()
    expect(passage.locator(".arranging__chosen .placed")).to_have_count(1)
    page.close()

    page = browser.new_page()
    sign_in(page, site)
    page.goto(f"{site}{ARRANGE}?temoignage={text.public_id}")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    for unfolded in page.locator("details.offered > summary, .placed details > summary").all():
        unfolded.click()
    for width in (320, 360, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, width
    page.close()


@pytest.mark.slow("several pages in chromium, with axe")
def test_sentences_are_ticked_and_their_author_objects_on_a_telephone(
    site: str, session: Session, browser: Browser, *, javascript: bool
) -> None:
    """With a mark between two that do not follow; the author reads them, and takes them away by one press."""
    text = published(
        session, account=f"{WORDS} Deux phrases se suivent. La troisième ferme la marche. {'Et ainsi. ' * 9}"
    )
    placements.place_testimonial(session, first_place(session), text, by=by_editor(session))
    an_editor(session)
    session.commit()
    page = a_telephone(browser, javascript=javascript)
    sign_in(page, site)
    page.goto(f"{site}{ARRANGE}")
    placed = page.locator(".arranging__chosen .placed")
    placed.get_by_text("Citer d’autres phrases").click()
    for sentence in ("La troisième ferme la marche.", WORDS):
        placed.get_by_label(sentence).check()
    checked(page, "En regard de chaque passage", javascript=javascript)
    placed.get_by_role("button", name="Citer ces phrases").click()
    made = f"{WORDS} […] La troisième ferme la marche."
    expect(placed.locator("blockquote")).to_contain_text(made)

    author = a_telephone(browser, javascript=javascript)
    author.goto(f"{site}{private_page(text)}")
    checked(author, "Où en est votre texte", javascript=javascript)
    expect(author.get_by_label("Ce qui est cité de votre texte")).to_contain_text(made)
    author.get_by_role("button", name="Je ne souhaite pas être cité·e ainsi").click()
    expect(author.locator(".standing__next")).to_contain_text("ces mots ne sont plus cités")
    author.context.close()
    page.goto(f"{site}/articles/crpv")
    expect(page.locator("blockquote").first).to_be_visible()
    assert made not in page.content().replace("\u202f", " ")
    page.context.close()
