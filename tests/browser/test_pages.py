"""Every page in every state: usable by all (axe), valid (the Nu checker), never wider than its window."""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from playwright.sync_api import Browser, Page, Request
from sqlalchemy.orm import Session

from app.accounts.permissions import AccessLevel
from app.testimonials.lifecycle import Status
from tests.browser.gallery import ADMIN, SENT, Gallery, furnished, give_passkey, sign_in
from tests.browser.seen import Seen
from tests.depth import DEPTH
from tests.factories import EDITOR
from tests.services import htmlchecker
from tests.services.accessibility import violations
from tests.visitor import UNELIDED

# One engine is enough for what a page looks like.
pytestmark = pytest.mark.one_engine

WIDTHS = (320, 360, 768, 1440)
# With the text twice as large.
ENLARGED = (320, 360, 1440)

State = tuple[str, Callable[[Page], object]]


@pytest.fixture
def gallery(app: Flask, session: Session, site: str) -> Gallery:
    return furnished(app, session, site)


# Whose pages, and the address that one signs in with to see them: those of the routes, and the states that take an act.
PARTS: dict[str, tuple[str | None, Sequence[AccessLevel], Callable[[Gallery], Iterator[State]]]] = {
    "public": (None, (AccessLevel.READER, AccessLevel.AUTHOR), lambda gallery: gallery.pages()),
    "public-more": (
        None,
        (),
        lambda gallery: chain(gallery.reporting(), gallery.empty(), gallery.other_partners(), gallery.address()),
    ),
    "editors": (
        EDITOR,
        (AccessLevel.EDITOR,),
        lambda gallery: chain(gallery.desk(), gallery.letter(), gallery.recueils()),
    ),
    "admins": (ADMIN, (AccessLevel.ADMIN,), lambda gallery: chain(gallery.administration(), gallery.articles())),
    "lists": (ADMIN, (), lambda gallery: gallery.referentials()),
}
# Pages whose links are not yet as tall as a finger asks.
LOW = ("easy_read.", "synthesis.")
# What stands alone: a link within a sentence is as tall as its line, and a région of a map as it is drawn: the form has
# the same choice.
SMALL = """(least) => [...document.querySelectorAll("a, button, summary, input:not([type=hidden]), select, textarea")]
    .filter((each) => each.checkVisibility({ visibilityProperty: true }))
    .filter((each) => !each.closest(".hidden, .skip, en-regard-retours, svg"))
    .filter((each) => each.localName !== "a" || each.parentElement.innerText.trim() === each.innerText.trim())
    .map((each) => [each, ...(each.labels ?? [])])
    .map((several) => [Math.max(...several.map((each) => each.getBoundingClientRect().height)), several[0].outerHTML])
    .filter(([height]) => height && height < least)
    .map(([height, html]) => `${Math.round(height)} px: ${html.slice(0, 100)}`)"""


@pytest.mark.parametrize("parts", [[each] for each in PARTS] if DEPTH.full else [[*PARTS]], ids="-".join)
@pytest.mark.slow("chromium opens many pages at many widths, with axe; Java checks their HTML")
def test_every_page_in_every_state(
    app: Flask, gallery: Gallery, browser: Browser, session: Session, parts: list[str]
) -> None:
    """Holds each page against axe, the Nu checker, fingers and the narrowest window; SHOTS=folder keeps pictures."""
    faults: list[str] = []
    html: dict[str, str] = {}
    looks: list[Seen] = []
    for part in parts:
        address, levels, states = PARTS[part]
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", partial(note_address, asked))
        if address:
            sign_in(page, gallery.site, address)
        if part == "admins":
            give_passkey(session, ADMIN)
        seen, bring = Seen(app, part), dict(chain(gallery.routed(app, page, *levels), states(gallery)))
        for name in seen.drawn([*bring]):
            page.set_viewport_size({"width": 1440, "height": 900})
            page.emulate_media(color_scheme="light")
            with seen.bringing(name):
                bring[name](page)
                page.wait_for_load_state()
            answer = page.request.get(page.url) if not name.startswith(SENT) else None
            html[f"{part} {name}"] = answer.text() if answer else page.content()
            faults += [f"{name}: {each}" for each in faults_of(page, name)]
            if part == "public" and not name.startswith(LOW):
                page.set_viewport_size({"width": 360, "height": 900})
                faults += [f"{name}: {each}" for each in too_small(page)]
            asked += fetched(html[f"{part} {name}"])
            faults += [f"{name}: {each} is of a third party" for each in asked if is_foreign(each, gallery.site)]
            asked.clear()
        page.close()
        looks.append(seen)
    faults += [str(message) for message in htmlchecker.check(html)]
    assert not faults, "\n" + "\n".join(faults)
    for each in looks if DEPTH.full else ():
        each.keep()


def note_address(asked: list[str], request: Request) -> None:
    asked.append(request.url)


def faults_of(page: Page, name: str) -> Iterator[str]:
    """Say what is wrong with a page as it is shown: its words, its width, what axe finds."""
    for word in sorted(set(re.findall(r"(?<![\w-])(?:NaN|None|undefined)(?![\w-])", page.inner_text("body")))):
        yield f"« {word} »"
    yield from set(UNELIDED.findall(page.text_content("body") or ""))
    yield from too_wide(page, name, WIDTHS, 100)
    yield from (f"1440 px, light: {each}" for each in violations(page))
    page.set_viewport_size({"width": 360, "height": 900})
    page.emulate_media(color_scheme="dark")
    yield from (f"360 px, dark: {each}" for each in violations(page))
    yield from too_wide(page, name, ENLARGED, 200)


def too_small(page: Page) -> Iterator[str]:
    """Say what is too small to press: for a pointer, 24 pixels high; for a finger, 44 (design)."""
    page.evaluate("document.documentElement.style.fontSize = ''")
    yield from page.evaluate(SMALL, 24)
    devtools = page.context.new_cdp_session(page)
    devtools.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    assert page.evaluate("matchMedia('(pointer: coarse)').matches")
    yield from page.evaluate(SMALL, 44)
    devtools.detach()


# Of links, those that a browser fetches, or makes ready to.
FETCHED = (
    "stylesheet",
    "icon",
    "manifest",
    "preload",
    "modulepreload",
    "prefetch",
    "prerender",
    "preconnect",
    "dns-prefetch",
)


def fetched(html: str) -> Iterator[str]:
    """Yield the addresses that a page makes a browser fetch; links to follow are none."""
    page = BeautifulSoup(html, "html.parser")
    links = ", ".join(f"link[rel~='{kind}']" for kind in FETCHED)
    named = (
        ("[src]", "src"),
        (links, "href"),
        ("[srcset]", "srcset"),
        ("[poster]", "poster"),
        ("object[data]", "data"),
    )
    for selector, attribute in named:
        yield from (str(each[attribute]) for each in page.select(selector))


def is_foreign(address: str, site: str) -> bool:
    parts = urlsplit(address)
    return bool(parts.netloc) and parts.netloc != urlsplit(site).netloc


def test_what_a_page_would_fetch_elsewhere_is_seen() -> None:
    page = """
      <a href="https://ailleurs.exemple/5">Un lien</a><img src="/static/x.svg"><link rel="icon" href="/x.ico">
      <link rel="canonical" href="https://ailleurs.exemple/6">
      <img src="//ailleurs.exemple/1"><link rel="preconnect" href="https://ailleurs.exemple/2">
      <script src="https://ailleurs.exemple/3"></script><img srcset="https://ailleurs.exemple/4 2x">
    """
    seen = {
        re.sub(r".*exemple/(\d).*", r"\1", each) for each in fetched(page) if is_foreign(each, "http://ici.exemple")
    }
    assert seen == {"1", "2", "3", "4"}


def too_wide(page: Page, name: str, widths: Iterable[int], size: int) -> Iterator[str]:
    """Say where a page scrolls sideways, its text at `size` per cent."""
    folder = os.environ.get("SHOTS")
    page.evaluate("size => { document.documentElement.style.fontSize = size }", f"{size}%")
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if overflow > 0:
            yield f"{overflow} px too wide at {width} px, text at {size} %"
        if folder:
            page.screenshot(path=Path(folder, f"{name}-{width}-{size}.png"), full_page=True)


@pytest.mark.slow("chromium prints")
def test_what_is_kept_on_paper_prints(gallery: Gallery, page: Page, tmp_path: Path) -> None:
    published = gallery.by_status[Status.PUBLISHED]
    private = gallery.link(Status.PUBLISHED)
    read = (f"{gallery.site}/articles/crpv", f"{gallery.site}/temoignages/{published.public_id}")
    for address in (*read, private, f"{private}/mes-donnees", f"{private}/preuve"):
        page.goto(address)
        page.emulate_media(media="print")
        hidden = page.evaluate("[...document.querySelectorAll('main h1, main p')].filter(e => e.offsetHeight).length")
        assert hidden > 2, address
        assert page.get_by_role("button").count() == 0 or not page.get_by_role("button").first.is_visible(), address
        assert len(page.pdf()) > 5_000


def test_after_back_the_lists_say_what_is_listed(demonstration: None, site: str, page: Page) -> None:
    page.goto(f"{site}/articles/crpv")
    page.select_option("#filtre-region", index=1)
    page.get_by_role("button", name="Filtrer").click()
    page.wait_for_url("**?*")
    page.go_back()
    page.wait_for_url("**/articles/crpv")
    assert page.locator("#filtre-region").input_value() == ""


def test_what_paper_unfolds_is_folded_again(demonstration: None, site: str, page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{site}/articles/crpv")
    page.locator("summary").first.click()
    folded = page.locator("details:not([open])").count()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details:not([open])").count() == folded > 0
    page.locator("details:not([open]) summary").first.click()
    page.evaluate("dispatchEvent(new Event('beforeprint')); dispatchEvent(new Event('afterprint'))")
    assert page.locator("details:not([open])").count() == folded - 1, "what one has opened since stays open"
