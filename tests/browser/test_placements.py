"""The placements page with large text, once what is folded is open."""

import pytest
from playwright.sync_api import Page
from sqlalchemy.orm import Session

from app.catalog import placements
from tests.acts import first_place, published
from tests.browser.gallery import sign_in
from tests.browser.test_preview import enlarge, overflow
from tests.factories import an_editor, by_editor

pytestmark = pytest.mark.one_engine


def test_large_text_never_scrolls_sideways(site: str, session: Session, page: Page) -> None:
    text = published(session, advice="Commencez par douze personnes qui reviendront.")
    placements.place_testimonial(session, first_place(session), text, by=by_editor(session))
    an_editor(session)
    session.commit()
    sign_in(page, site)
    page.goto(f"{site}/moderation/articles/crpv/en-regard?temoignage={text.public_id}")
    enlarge(page)
    assert page.locator(".placed details > summary").count()
    for unfolded in page.locator("details.offered > summary, .placed details > summary").all():
        unfolded.click()
    for width in (320, 360, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert overflow(page) <= 0, width
