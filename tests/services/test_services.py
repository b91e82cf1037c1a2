"""The services themselves work: a real one that failed quietly would let every other test pass."""

from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Browser, Page, Route

from tests.services import accessibility, chromium, htmlchecker, postgres

PAGE = """<!doctype html>
<html lang="fr">
  <head>
    <meta charset="utf-8">
    <title>Une page</title>
  </head>
  <body>
    <main>
      <h1>Une page</h1>
      {}
    </main>
  </body>
</html>
"""


@pytest.mark.services
def test_postgres_is_stopped_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    with postgres.server() as server:
        address = plain(server.url.render_as_string())
        psycopg.connect(address).close()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(address)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context() as context:
        yield context.new_page()


def test_chromium_reaches_no_third_party(page: Page) -> None:
    complaints = chromium.complaints(page)
    show(page, '<img src="http://example.org/a.png" alt="">', policy="img-src *")
    assert any("ERR_NAME_NOT_RESOLVED" in complaint for complaint in complaints)


def test_chromium_reports_a_breach_of_the_policy(page: Page) -> None:
    complaints = chromium.complaints(page)
    show(page, "<script>document.title = 'never'</script>")
    assert any("Content Security Policy" in complaint for complaint in complaints)


def test_axe_finds_what_is_wrong_under_a_strict_policy(page: Page) -> None:
    show(page, "<input>")
    [violation] = accessibility.violations(page)
    assert violation.startswith("label (critical): ")
    assert "<input>" in violation


@pytest.mark.services
def test_the_html_checker_tells_right_from_wrong() -> None:
    messages = htmlchecker.check({"right": PAGE.format("<p>Oui</p>"), "wrong": PAGE.format("<p><div>Non</div></p>")})
    assert {(message.page, message.kind) for message in messages} == {("wrong", "error")}
    assert "No “p” element in scope" in str(messages[0])


def show(page: Page, body: str, *, policy: str = "default-src 'none'") -> None:
    def answer(route: Route) -> None:
        headers = {"Content-Security-Policy": policy, "Content-Type": "text/html; charset=utf-8"}
        route.fulfill(body=PAGE.format(body), headers=headers)

    page.route("http://localhost/", answer)
    page.goto("http://localhost/")


def plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")
