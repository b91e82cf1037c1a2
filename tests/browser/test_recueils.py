"""Documents to print, from a browser: nothing of them is cut at the edge of a page, nor off the screen."""

import io
import re

import pytest
from playwright.sync_api import Page
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.moderation.recueils.models import Recueil
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from tests.acts import private_page
from tests.browser.gallery import a_recueil, sign_in
from tests.browser.test_tables import WIDE
from tests.factories import an_editor, the_article

pytestmark = pytest.mark.one_engine

SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def recueil(demonstration: None, session: Session, site: str, page: Page) -> str:
    an_editor(session)
    made: Recueil = a_recueil(session)
    session.commit()
    address = f"{site}/moderation/articles/crpv/recueils/{made.id}/document"
    session.rollback()
    sign_in(page, site)
    return address


def printed(page: Page) -> str:
    """Print the page that is open, and return the words within its sheets, without their spaces."""
    pages = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    return re.sub(r"\s", "", " ".join(each.extract_text() for each in pages))


def asked(page: Page, selector: str) -> list[str]:
    return [re.sub(r"\s", "", words) for words in page.locator(selector).all_text_contents()]


def test_a_browser_prints_the_quotes_and_the_facts_that_stand_in_the_margin(recueil: str, page: Page) -> None:
    page.goto(recueil)
    beside = asked(page, ".aside blockquote p") + asked(page, ".sheet__facts dd") + asked(page, ".sheet__title")
    assert len(beside) > 20
    words = printed(page)
    assert [each for each in beside if each not in words] == []


def test_a_browser_prints_the_headings_in_the_margin_of_the_authors_sheet(
    recueil: str, session: Session, site: str, page: Page
) -> None:
    own = session.scalars(select(Testimonial)).all()
    path = private_page(next(each for each in own if each.status is Status.PUBLISHED))
    session.rollback()
    page.goto(f"{site}{path}/piste")
    names = asked(page, ".rubric__name")
    words = printed(page)
    assert len(names) == 8
    assert [each for each in names if each not in words] == []


@pytest.mark.changes_content
def test_a_wide_table_of_the_article_scrolls_on_the_screen_and_is_whole_in_print(
    recueil: str, session: Session, page: Page
) -> None:
    the_article(session).body += f"\n\n## En chiffres\n\nTableau : les CLSM actifs\n\n{WIDE}\n"
    session.commit()
    page.goto(recueil)
    box = page.get_by_role("region", name="Tableau : les CLSM actifs")
    for width in (320, 768, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(SIDEWAYS) <= 0, width
        assert box.evaluate("box => box.scrollWidth > box.clientWidth"), width
    words = printed(page)
    assert "20252026" in words
    assert words.count("234") == 22
