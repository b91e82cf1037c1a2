"""The placements page in a narrow window, with large text, and without JavaScript."""

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy.orm import Session

from tests.acts import published
from tests.browser.gallery import sign_in
from tests.factories import an_editor

ARRANGE = "/moderation/articles/crpv/en-regard"
WORDS = "On y parlait de ce qui inquiète"


@pytest.mark.slow("several pages in chromium")
def test_the_opening_is_chosen_without_javascript_and_large_text_never_scrolls_sideways(
    site: str, session: Session, browser: Browser
) -> None:
    text = published(session, advice="Commencez par douze personnes qui reviendront.")
    an_editor(session)
    session.commit()
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, site)
    page.goto(f"{site}{ARRANGE}")
    opening = page.locator("#ouverture_")
    opening.get_by_role("button", name="Le garder ici").click()
    opening.locator("summary").click()
    opening.locator("textarea").fill(WORDS)
    opening.get_by_role("button", name="Citer ces mots").click()
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
    context.close()

    page = browser.new_page()
    sign_in(page, site)
    page.goto(f"{site}{ARRANGE}?temoignage={text.public_id}")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    for unfolded in page.locator("details.offered > summary").all():
        unfolded.click()
    for width in (320, 360, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, width
    page.close()
