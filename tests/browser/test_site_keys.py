"""A site's key in a real browser: its codes open on its host, and on no other."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from app.articles.sites import Site, withdraw_site
from app.testimonials.lifecycle import Status
from tests.acts import a_site, committed
from tests.browser.test_embed import LINK, Host, another_site, settled
from tests.factories import by_editor

pytestmark = pytest.mark.one_engine

WORDS = "Les gardiens d’abord"


@pytest.fixture
def open_site(site: str) -> Iterator[Callable[[], Host]]:
    with ExitStack() as stack:
        yield lambda: stack.enter_context(another_site(site))


@pytest.fixture
def registered(session: Session, open_site: Callable[[], Host]) -> tuple[Host, Site]:
    """Give a registered site, and a text whose author agreed to the sites of the network, not to reuse."""
    host = open_site()
    site = a_site(session, urlsplit(host.address).netloc)
    committed(session, status=Status.PUBLISHED, title=WORDS)
    host.body = codes(host, site.key)
    return host, site


def codes(host: Host, key: str) -> str:
    frame = f'<iframe src="{host.ours}/integration/crpv/cadre?cle={key}" title="Retours" height="300"></iframe>'
    return host.element(f'cle="{key}"') + "<p>Un paragraphe.</p>" * 60 + frame


def test_the_codes_of_a_site_show_the_words_on_its_host(registered: tuple[Host, Site], page: Page) -> None:
    host, _ = registered
    host.css += "en-regard-retours { display: block; min-height: 60rem }"
    page.goto(host.address)
    expect(page.locator("en-regard-retours").get_by_text(WORDS)).to_be_visible()
    expect(page.frame_locator("iframe").get_by_text(WORDS)).to_be_visible()


def test_they_show_nothing_on_another_host(
    registered: tuple[Host, Site], open_site: Callable[[], Host], page: Page
) -> None:
    _, site = registered
    other = open_site()
    other.body = codes(other, site.key)
    with (
        page.expect_console_message(lambda line: "frame-ancestors" in line.text),
        page.expect_console_message(lambda line: "CORS" in line.text),
    ):
        page.goto(other.address)
    settled(page)
    expect(page.get_by_role("link", name=LINK)).to_be_visible()
    page.locator("iframe").scroll_into_view_if_needed()
    expect(page.frame_locator("iframe").get_by_text(WORDS)).to_have_count(0)


def test_a_withdrawn_site_shows_a_link_at_the_next_visit(
    registered: tuple[Host, Site], session: Session, page: Page
) -> None:
    host, site = registered
    page.goto(host.address)
    expect(page.frame_locator("iframe").get_by_text(WORDS)).to_be_attached()
    withdraw_site(session, site, by=by_editor(session))
    session.commit()
    page.goto(host.address)
    expect(page.frame_locator("iframe").get_by_text("n’est plus, celle d’un site du réseau")).to_be_attached()
    expect(page.get_by_role("link", name=LINK)).to_be_visible()


def test_without_a_key_a_frame_shows_a_composed_title_and_a_link(
    registered: tuple[Host, Site], open_site: Callable[[], Host], page: Page
) -> None:
    other = open_site()
    other.body = other.frame()
    page.goto(other.address)
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("Ce texte se lit à côté de l’article.")).to_be_visible()
    expect(frame.get_by_text(WORDS)).to_have_count(0)
