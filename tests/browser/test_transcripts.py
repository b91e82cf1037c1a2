"""The sheet of what was told by voice, as a real browser prints it."""

import io

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from sqlalchemy.orm import Session

from tests.browser.gallery import sign_in
from tests.factories import a_transcript

pytestmark = pytest.mark.one_engine

# Wide letters, in paragraphs: about the most room that so many signs take.
WORDS = "Nous avons mené mensuellement nos rencontres communes, avec méthode et humour. " * 5 + "\n\n"


@pytest.mark.parametrize("signs", [(1_500, 600, 0, 0), (2_500, 1_000, 0, 0), (2_500, 1_500, 1_500, 500)])
@pytest.mark.slow("chromium prints")
def test_the_sheet_is_one_page_however_long_the_text(
    session: Session, site: str, page: Page, signs: tuple[int, ...]
) -> None:
    names = ("account", "outcome", "obstacles", "advice")
    told, _ = a_transcript(
        session, **{name: (WORDS * 7)[:most].strip() for name, most in zip(names, signs, strict=True)}
    )
    session.commit()
    sign_in(page, site)
    page.goto(f"{site}/moderation/{told.public_id}")
    page.get_by_role("button", name="Imprimer une autre feuille").click()
    expect(page.locator(".told__code")).to_be_visible()
    pages = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    assert len(pages) == 1
    assert page.locator(".told__code").inner_text() in pages[0].extract_text()
