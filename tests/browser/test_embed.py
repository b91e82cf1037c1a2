"""From another site, in a real browser: the element and the frame, under a strict policy, when we are slow or away."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product

import pytest
from flask import Flask, Response
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy.orm import Session
from werkzeug.serving import make_server
from werkzeug.wrappers import Request
from werkzeug.wrappers import Response as Answer

from app.testimonials.attribution import Attribution
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from tests.acts import committed
from tests.factories import a_testimonial
from tests.services import htmlchecker
from tests.services.accessibility import violations
from tests.services.chromium import complaints, wait_until
from tests.services.ports import kept_port

# One engine is enough: what a browser shows does not depend on where a text was stored.
pytestmark = pytest.mark.one_engine

LINK = "Lire les retours d’expérience"
# A frame as high as its page: no scrollbar, nothing empty beneath.
WHOLE = (
    "(({ offsetHeight, scrollHeight }) => offsetHeight === innerHeight && scrollHeight === innerHeight)"
    "(document.documentElement)"
)
ROOM = "en-regard-retours { display: block; min-height: 60rem }"
# A long article before, so that what comes after it is not in sight.
BEFORE = "<p>Un paragraphe de l’article.</p>" * 60

SHIFTS = """
    window.shifts = [];
    new PerformanceObserver((list) => shifts.push(...list.getEntries().map((each) => each.value)))
        .observe({ type: "layout-shift", buffered: true });
    window.breaches = [];
    addEventListener("securitypolicyviolation", (event) => breaches.push(event.violatedDirective));
"""


@dataclass
class Host:
    """Another site: its one page, its style sheet, its policy."""

    ours: str
    address: str = ""
    body: str = ""
    css: str = "body { font: 18px/1.5 sans-serif; margin: 1rem }"
    policy: str = ""
    seen: list[str] = field(default_factory=list)

    def __call__(self, request: Request) -> Answer:
        self.seen.append(request.path)
        if request.path == "/host.css":
            return Answer(self.css, mimetype="text/css")
        script = f'<script src="{self.ours}/integration/en-regard.js" async referrerpolicy="no-referrer"></script>'
        page = (
            '<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>Un autre site</title>'
            f'<link rel="icon" href="data:,"><link rel="stylesheet" href="/host.css">{script}</head>'
            f"<body><main><h1>Un autre site</h1>{self.body}<p>La suite de la page.</p></main></body></html>"
        )
        headers = {"Content-Security-Policy": self.policy} if self.policy else {}
        return Answer(page, mimetype="text/html", headers=headers)

    def element(self, attributes: str = "") -> str:
        link = f'<a href="{self.ours}/articles/crpv#retours">{LINK}</a>'
        return f'<en-regard-retours article="crpv" {attributes}>{link}</en-regard-retours>'

    def frame(self) -> str:
        address = f"{self.ours}/integration/crpv/cadre"
        return f'<iframe src="{address}" title="Retours" width="100%" height="300" frameborder="0"></iframe>'


@contextmanager
def another_site(ours: str) -> Iterator[Host]:
    host = Host(ours=ours)
    server = make_server("127.0.0.1", 0, Request.application(host), threaded=True)
    host.address = f"http://localhost:{server.port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield host
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def host(site: str) -> Iterator[Host]:
    with another_site(site) as host:
        yield host


@pytest.fixture
def several(session: Session) -> list[Testimonial]:
    every = [
        a_testimonial(
            session,
            status=Status.PUBLISHED,
            reuse=True,
            email=f"a{number}@exemple.fr",
            title=f"Récit {number} : « parler » & <écouter>",
            attribution=list(Attribution)[number % 4],
        )
        for number in range(5)
    ]
    session.commit()
    return every


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Give a page that notes what shifts and what a policy refuses."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script(SHIFTS)
    page = context.new_page()
    yield page
    context.close()


def shown(page: Page) -> None:
    wait_until(page, "document.querySelector('en-regard-retours').shadowRoot?.querySelector('article')")


def settled(page: Page) -> None:
    wait_until(page, "!!customElements.get('en-regard-retours')")
    wait_until(page, "!document.querySelector('en-regard-retours').ariaBusy")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def has_shifted(page: Page) -> float:
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))")
    return float(page.evaluate("shifts.reduce((sum, each) => sum + each, 0)"))


def held_back(app: Flask) -> threading.Event:
    may_come = threading.Event()

    @app.before_request
    def wait() -> None:
        from flask import request  # noqa: PLC0415  # beside werkzeug's, which this file speaks of

        if request.endpoint == "embed.element":
            may_come.wait(timeout=30)

    return may_come


def failing(app: Flask, status: int) -> None:
    @app.after_request
    def refuse(response: Response) -> Response:
        from flask import request  # noqa: PLC0415  # as above

        if request.endpoint == "embed.element":
            response.status_code = status
        return response


def test_the_element_shows_what_the_article_shows(host: Host, several: list[Testimonial], page: Page) -> None:
    host.body = BEFORE + host.element('nombre="5"')
    wrong = complaints(page)
    page.goto(host.address)
    shown(page)
    element = page.locator("en-regard-retours")
    ours = page.context.new_page()
    ours.goto(f"{host.ours}/articles/crpv")
    cards = ours.locator("#retours .card")
    assert cards.count() == 5
    for number in range(5):
        said = cards.nth(number).locator(".card__title, .quote, .byline, .facts__one").all_inner_texts()
        assert len(said) >= 5
        there = " ".join(element.locator("article").nth(number).inner_text().split())
        for each in said:
            assert " ".join(each.split()).removesuffix(" ·") in there
    expect(element.get_by_text(LINK)).to_be_hidden()
    assert element.locator("a", has_text="Lire les 5 retours").get_attribute("href") == (
        f"{host.ours}/articles/crpv#retours"
    )
    assert wrong == []
    assert page.context.cookies() == []


def test_it_takes_the_type_and_the_colours_of_its_page(host: Host, several: list[Testimonial], page: Page) -> None:
    host.css = f"body {{ font: 19px/1.5 monospace; color: rgb(1, 2, 3) }} h2 {{ color: red }} {ROOM}"
    host.body = host.element()
    page.goto(host.address)
    shown(page)
    style = page.locator("en-regard-retours h2").evaluate(
        "(e) => { const { fontFamily, color } = getComputedStyle(e); return [fontFamily, color] }"
    )
    assert style == ["monospace", "rgb(1, 2, 3)"]


def test_under_a_strict_policy_nothing_is_refused(host: Host, several: list[Testimonial], page: Page) -> None:
    """Nothing inline, no style sheet, only what « Intégrer » asks for."""
    ours = host.ours
    host.policy = f"default-src 'none'; script-src {ours}; connect-src {ours}; frame-src {ours}; img-src data:"
    host.body = BEFORE + host.element() + host.frame()
    page.goto(host.address)
    # Waiting in the page itself would take an eval, which this policy refuses.
    expect(page.locator("en-regard-retours article").first).to_be_attached()
    page.locator("iframe").scroll_into_view_if_needed()
    expect(page.frame_locator("iframe").locator(".card").first).to_be_visible()
    expect(page.locator("iframe")).to_have_attribute("style", re.compile("height: [0-9]+px"))
    wait_until(page, "document.querySelector('iframe').offsetHeight > 320")
    # The host's own style sheet is what this policy refuses; nothing of ours.
    assert set(page.evaluate("breaches")) == {"style-src-elem"}
    applied = page.locator("en-regard-retours").evaluate("(e) => getComputedStyle(e).display")
    assert applied == "block"
    assert page.context.cookies() == []


@pytest.mark.parametrize("where", ["below", "in sight, with room", "in sight, without"])
def test_nothing_in_sight_ever_moves(
    app: Flask, host: Host, several: list[Testimonial], page: Page, where: str
) -> None:
    answer = held_back(app)
    host.body = (BEFORE if where == "below" else "") + host.element()
    host.css += ROOM if "with room" in where else ""
    page.goto(host.address)
    if where.endswith("without"):
        answer.set()
        settled(page)
        expect(page.get_by_text(LINK)).to_be_visible()
        assert page.locator("en-regard-retours article").count() == 0
        page.evaluate("document.querySelector('h1').style.marginBottom = '2000px'")
        shown(page)
        return
    expect(page.get_by_text(LINK)).to_be_attached()
    expect(page.locator("en-regard-retours")).to_have_attribute("aria-busy", "true")
    answer.set()
    shown(page)
    assert page.locator("en-regard-retours article").count() == 3
    assert page.locator("en-regard-retours").get_attribute("aria-busy") is None
    assert has_shifted(page) == 0


def test_a_shift_would_be_noticed(host: Host, several: list[Testimonial], page: Page) -> None:
    host.body = host.element()
    page.goto(host.address)
    settled(page)
    assert has_shifted(page) == 0
    page.evaluate("document.querySelector('en-regard-retours').style.cssText = 'display: block; height: 300px'")
    assert has_shifted(page) > 0


def test_where_there_is_less_room_there_are_fewer(host: Host, several: list[Testimonial], page: Page) -> None:
    host.body = host.element('nombre="5"')
    host.css += ROOM.replace("60rem", "34rem")
    page.goto(host.address)
    shown(page)
    assert 1 <= page.locator("en-regard-retours article").count() < 5
    expect(page.get_by_text("Lire les 5 retours")).to_be_visible()
    assert has_shifted(page) == 0


@pytest.mark.parametrize(("room", "quoted"), [("26em", True), ("23em", False)])
def test_where_there_is_room_for_less_than_one_its_quote_is_cut(
    session: Session, host: Host, page: Page, room: str, quoted: bool
) -> None:
    long = {"title": "Long. " * 15, "advice": "Parlez-en d’abord entre vous. " * 16}
    committed(session, status=Status.PUBLISHED, reuse=True, **long)
    host.body = host.element('nombre="1"')
    host.css += ROOM.replace("60rem", room) + " main { inline-size: 32rem }"
    page.goto(host.address)
    shown(page)
    quotes = page.locator("en-regard-retours blockquote p")
    assert quotes.count() == quoted
    if quoted:
        assert quotes.evaluate("(quote) => quote.scrollHeight > quote.clientHeight"), "some of it is left out"
        assert quotes.evaluate("(quote) => quote.clientHeight / parseFloat(getComputedStyle(quote).lineHeight)") >= 1
    assert has_shifted(page) == 0


@pytest.mark.parametrize("status", [404, 410, 422, 500, 503])
def test_the_link_stays_when_we_refuse(
    app: Flask, host: Host, several: list[Testimonial], page: Page, status: int
) -> None:
    failing(app, status)
    host.body = BEFORE + host.element()
    page.goto(host.address)
    settled(page)
    assert page.locator("en-regard-retours article").count() == 0
    expect(page.get_by_role("link", name=LINK)).to_be_visible()


def test_the_link_stays_when_we_are_away(host: Host, page: Page) -> None:
    host.body = BEFORE + host.element()
    page.route(re.compile("/integration/crpv"), lambda route: route.abort("connectionrefused"))
    page.goto(host.address)
    settled(page)
    expect(page.get_by_role("link", name=LINK)).to_be_visible()
    with kept_port() as closed:
        host.ours = f"http://127.0.0.1:{closed}"  # not even the script
        page.goto(host.address)
        expect(page.get_by_role("link", name=LINK)).to_be_visible()


def test_the_link_stays_without_a_script_and_the_frame_shows(
    host: Host, several: list[Testimonial], browser: Browser
) -> None:
    page = browser.new_page(java_script_enabled=False)
    host.body = host.element() + host.frame()
    page.goto(host.address)
    expect(page.get_by_role("link", name=LINK)).to_be_visible()
    expect(page.frame_locator("iframe").get_by_text("Récit 4")).to_be_visible()
    page.close()


def test_what_leaves_the_page_stops_asking(host: Host, several: list[Testimonial], page: Page) -> None:
    held: list[Route] = []
    page.route(re.compile("/integration/crpv"), lambda route: held.append(route))  # noqa: PLW0108  # it writes on its handlers
    host.body = BEFORE + host.element()
    with page.expect_request(re.compile("/integration/crpv")):
        page.goto(host.address)
    with page.expect_event("requestfailed", lambda asked: "/integration/crpv" in asked.url):
        page.evaluate("window.kept = document.querySelector('en-regard-retours'); kept.remove()")
    page.unroute_all()
    page.evaluate("document.querySelector('main').append(kept)")
    shown(page)


def test_an_answer_that_is_not_ours_brings_nothing_into_the_page(host: Host, page: Page) -> None:
    """Whatever our server was made to say: only what a piece is made of is copied, and nothing of it runs."""
    evil = (
        "<section onclick=\"document.title='XSS-RAN'\" style='color:red'><h2>Bonjour</h2>"
        "<script>document.title='XSS-RAN'</script>"
        "<img src=x onerror=\"document.title='XSS-RAN'\"><p><a href='javascript:document.title=1'>a</a></p>"
        "<article><iframe srcdoc='<p>x'></iframe><svg><a href='https://x'></a></svg><p>fin</p></article></section>"
    )
    headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "text/html"}
    page.route(re.compile("/integration/crpv"), lambda route: route.fulfill(body=evil, headers=headers))
    host.body = BEFORE + host.element()
    page.goto(host.address)
    shown(page)
    html = page.evaluate("document.querySelector('en-regard-retours').shadowRoot.innerHTML")
    assert html == "<section><h2>Bonjour</h2><p><a>a</a></p><article><p>fin</p></article></section>"
    assert page.title() == "Un autre site"


def test_what_is_taken_back_is_gone_at_the_next_look(
    host: Host, several: list[Testimonial], session: Session, page: Page
) -> None:
    host.body = BEFORE + host.element() + host.frame()
    host.css += "iframe { display: block }"

    def titles() -> list[str]:
        page.goto(host.address)
        shown(page)
        page.locator("iframe").scroll_into_view_if_needed()
        framed = page.frame_locator("iframe").locator(".card__title")
        expect(framed.first).to_be_visible()
        return [*page.locator("en-regard-retours h3").all_inner_texts(), *framed.all_inner_texts()]

    assert sum("Récit 4" in each for each in titles()) == 2
    several[4].withdraw()
    session.commit()
    assert not any("Récit 4" in each for each in titles())


def test_we_are_told_nothing_of_the_page_or_of_who_reads_it(
    app: Flask, host: Host, several: list[Testimonial], page: Page
) -> None:
    told: list[tuple[str, str | None, str | None]] = []

    @app.before_request
    def note() -> None:
        from flask import request  # noqa: PLC0415  # as above

        told.append((request.path, request.headers.get("Referer"), request.headers.get("Cookie")))

    page.context.add_cookies([{"name": "theirs", "value": "x", "url": host.ours}])
    host.body = BEFORE + host.element()
    page.goto(host.address)
    shown(page)
    assert ("/integration/crpv", None, None) in told
    assert {referer for _, referer, _ in told} == {None}


def test_the_frame_takes_the_height_of_its_page(host: Host, several: list[Testimonial], page: Page) -> None:
    host.body = host.frame()
    page.goto(host.address)
    frame = page.locator("iframe")
    wait_until(page, "document.querySelector('iframe').offsetHeight > 320")
    wait_until(page.frames[1], WHOLE)
    before = frame.evaluate("(e) => e.offsetHeight")
    page.set_viewport_size({"width": 360, "height": 800})
    wait_until(page, f"document.querySelector('iframe').offsetHeight > {before}")
    wait_until(page.frames[1], WHOLE)


def test_a_frame_is_sized_by_ours_alone(host: Host, several: list[Testimonial], page: Page) -> None:
    host.body = f'<iframe src="{host.address}/other" title="Un autre" height="150"></iframe>'
    page.goto(host.address)
    wait_until(page, "!!customElements.get('en-regard-retours')")
    page.frames[1].evaluate("parent.postMessage({ 'en-regard': 900 }, '*')")
    page.evaluate("new Promise((done) => setTimeout(done, 50))")
    assert page.locator("iframe").evaluate("(e) => e.style.height") == ""


def test_the_links_of_a_frame_open_in_the_whole_window(host: Host, several: list[Testimonial], page: Page) -> None:
    host.body = host.frame()
    page.goto(host.address)
    page.frame_locator("iframe").get_by_role("link", name="Récit 4").click()
    page.wait_for_url(re.compile("/temoignages/"))


@pytest.mark.slow("chromium and axe at three widths, light and dark")
def test_it_is_usable_by_all(host: Host, several: list[Testimonial], page: Page) -> None:
    host.css += (
        "@media (prefers-color-scheme: dark) { body { background: #111; color: #eee } a { color: #9cf } }" + ROOM
    )
    host.body = host.element() + host.frame()
    page.goto(host.address)
    shown(page)
    expect(page.frame_locator("iframe").locator(".card").first).to_be_visible()
    for scheme, width in product(("light", "dark"), (1280, 360, 320)):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page) == [], (scheme, width)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (scheme, width)


@pytest.mark.slow("Java checks the HTML")
def test_what_is_given_is_valid_html(host: Host, several: list[Testimonial], page: Page) -> None:
    get: Callable[[str], str] = lambda path: page.request.get(f"{host.ours}{path}").text()  # noqa: E731  # a word
    start = '<!DOCTYPE html><html lang="fr"><head><title>Un autre site</title></head><body><h1>Un autre site</h1>'
    pages = {
        "element": f"{start}{get('/integration/crpv?nombre=5')}</body></html>",
        "frame": get("/integration/crpv/cadre"),
        "one": get(f"/integration/temoignages/{several[0].public_id}/cadre"),
        "frame-refused": get("/integration/rien/cadre"),
        "page": get("/articles/crpv/integrer"),
    }
    assert [str(each) for each in htmlchecker.check(pages)] == []


def test_the_page_shows_what_it_gives_and_copies_it(host: Host, several: list[Testimonial], page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    wrong = complaints(page)
    page.goto(f"{host.ours}/articles/crpv/integrer?nombre=2")
    shown(page)
    page.locator("iframe").scroll_into_view_if_needed()
    expect(page.frame_locator("iframe").locator(".card")).to_have_count(2)
    page.locator("[data-copies=element-code]").click()
    expect(page.get_by_text("Copié", exact=True)).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("#element-code").inner_text()
    assert wrong == []
    host.body = BEFORE + copied.partition("</script>")[2]
    page.goto(host.address)
    shown(page)
    assert page.locator("en-regard-retours article").count() == 2
