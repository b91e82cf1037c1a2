"""The services themselves work: a real one that failed quietly would let every other test pass."""

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage

import psycopg
import pytest
from playwright.sync_api import Browser, Page, Route

from tests.services import accessibility, chromium, htmlchecker, postgres, smtp

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
def test_postgres_clones_a_database() -> None:
    with postgres.server() as server:
        template = server.create_database("template")
        with psycopg.connect(plain(template)) as connection:
            connection.execute("CREATE TABLE word (word text)")
            connection.execute("INSERT INTO word VALUES ('dès')")
        clone = server.create_database("clone", template="template")
        with psycopg.connect(plain(clone)) as connection:
            assert connection.execute("SELECT word FROM word").fetchall() == [("dès",)]
        server.drop_database("clone")
        with pytest.raises(psycopg.OperationalError, match="does not exist"):
            psycopg.connect(plain(clone))
        server.drop_database("template")


@pytest.mark.services
def test_postgres_is_stopped_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    with postgres.server() as server:
        address = plain(server.url.render_as_string())
        psycopg.connect(address).close()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(address)


def test_the_smtp_peer_keeps_what_it_is_sent() -> None:
    with smtp.peer() as peer:
        send(peer, to="camille@example.org")
    [received] = peer.received
    assert received.recipients == ["camille@example.org"]
    assert received.message["Subject"] == "Votre témoignage"
    assert received.message.get_content() == "Il a été reçu.\n"


def test_the_smtp_peer_refuses_when_told() -> None:
    with smtp.peer() as peer:
        peer.refuse("451 4.3.0 Try again later")
        with pytest.raises(smtplib.SMTPRecipientsRefused, match="451"):
            send(peer, to="camille@example.org")
        peer.accept()
        peer.refuse(recipient="nobody@example.org")
        with pytest.raises(smtplib.SMTPRecipientsRefused, match="550"):
            send(peer, to="nobody@example.org")
        send(peer, to="camille@example.org")
    assert len(peer.received) == 1


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context() as context:
        yield context.new_page()


def test_chromium_shows_a_page(page: Page) -> None:
    complaints = chromium.complaints(page)
    show(page, "<p>Bonjour</p>")
    assert page.get_by_role("heading", level=1).inner_text() == "Une page"
    assert complaints == []


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


def test_axe_finds_nothing_on_a_sound_page(page: Page) -> None:
    show(page, '<label for="a">Votre prénom</label> <input id="a" name="a">')
    assert accessibility.violations(page) == []


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


def send(peer: smtp.Peer, *, to: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "en-regard@example.org", to, "Votre témoignage"
    message.set_content("Il a été reçu.")
    with smtplib.SMTP(peer.host, peer.port) as connection:
        connection.send_message(message)


def plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")
