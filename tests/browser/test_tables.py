"""A table of an article: it scrolls in its own box, is whole in print, and accessible."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from tests.browser.test_preview import enlarge, overflow
from tests.factories import the_article
from tests.services.accessibility import violations

pytestmark = [pytest.mark.one_engine, pytest.mark.changes_content]

YEARS = [str(year) for year in range(2016, 2027)]
WIDE = "\n".join(
    [
        f"|  | {' | '.join(YEARS)} |",
        f"|--|{'--:|' * len(YEARS)}",
        *(f"| {region} {'| 1 234 ' * len(YEARS)}|" for region in ("Bretagne", "Île-de-France")),
    ]
)


def test_a_wide_table_scrolls_in_its_box_and_the_page_does_not(site: str, session: Session, page: Page) -> None:
    the_article(session).body += f"\n## En chiffres\n\nTableau : les CLSM actifs\n\n{WIDE}\n"
    session.commit()
    page.goto(f"{site}/articles/crpv")
    box = page.get_by_role("region", name="Tableau : les CLSM actifs")
    expect(box.get_by_role("rowheader", name="Bretagne")).to_have_count(1)
    expect(box.get_by_role("columnheader")).to_have_count(len(YEARS))
    for width in (320, 360, 768, 1440, 1920):
        page.set_viewport_size({"width": width, "height": 800})
        assert overflow(page) <= 0, width
    page.set_viewport_size({"width": 360, "height": 640})
    assert box.evaluate("box => box.scrollWidth > box.clientWidth")
    box.focus()
    expect(box).to_be_focused()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == [], scheme
    page.emulate_media(media="print")
    assert box.evaluate("box => getComputedStyle(box).overflowX") == "visible"
    page.emulate_media(media="screen")
    enlarge(page)
    assert overflow(page) <= 0
