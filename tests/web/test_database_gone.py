"""PostgreSQL that goes away at any moment of a request: the French page and `Retry-After`, never gunicorn's own."""

import http.cookiejar
import os
import re
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest
from flask import Flask, Response
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.db import db
from app.testimonials.lifecycle import Status
from tests.acts import committed, private_page
from tests.application import new_app, release
from tests.depth import DEPTH
from tests.services import postgres
from tests.services.cutter import Cutter, cutter
from tests.services.ports import kept_port
from tests.services.server import PATIENCE, gunicorn

pytestmark = pytest.mark.services

MANY = 60  # messages: more than any of these requests sends


@dataclass
class Answer:
    """A response, whatever its status."""

    status: int
    text: str
    retry_after: str | None


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Keeps a redirection as the answer."""

    def redirect_request(self, *_: object) -> None:
        return None


@dataclass
class Reader:
    """A reader of the served site, with cookies; each request comes from an address of its own."""

    base: str
    number: int = 0

    def __post_init__(self) -> None:
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(cookies, NoRedirect)

    def ask(self, path: str, fields: dict[str, str] | None = None) -> Answer:
        self.number += 1
        data = urllib.parse.urlencode(fields).encode() if fields is not None else None
        address = {"X-Forwarded-For": f"10.0.{self.number // 250}.{self.number % 250}"}
        request = urllib.request.Request(self.base + path, data, address)  # noqa: S310  # our own address on loopback
        try:
            with self.opener.open(request, timeout=PATIENCE) as answer:
                return Answer(answer.status, answer.read().decode(), None)
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.read().decode(), error.headers["Retry-After"])

    def token(self) -> str:
        (token,) = re.findall(r'name="csrf_token" value="([^"]+)"', self.ask("/mon-temoignage/nouveau-lien").text)[:1]
        return str(token)


@pytest.fixture
def proxy(postgres_server: postgres.Server, postgres_template: str) -> Iterator[Cutter]:
    name = "test_gone"
    with cutter(postgres_server.create_database(name, postgres_template)) as proxy:
        yield proxy
    postgres_server.drop_database(name)


@pytest.fixture
def filled(proxy: Cutter, tmp_path: Path, compiled_templates: Path) -> Iterator[tuple[Flask, str]]:
    """Give the application on that database, and the private page of a published testimonial."""
    app = new_app(tmp_path, proxy.url, compiled_templates)
    with app.app_context(), Session(db.engine) as session:
        testimonial = committed(session, status=Status.PUBLISHED)
        page = private_page(testimonial)
    yield app, page
    release(app)


@pytest.fixture
def reader(proxy: Cutter, filled: tuple[Flask, str], tmp_path: Path) -> Iterator[Reader]:
    """Serve with one worker; give a reader."""
    with kept_port() as port:
        inherited = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
        environment = inherited | {
            "EN_REGARD_ENV": "development",
            "INSTANCE": str(tmp_path),
            "PUBLIC_URL": f"http://localhost:{port}",
            "SECRET_KEY": filled[0].config["SECRET_KEY"],
            "DATABASE_URL": proxy.url,
            "WEB_CONCURRENCY": "1",
            "PROXIES": "1",
        }
        with gunicorn(environment, tmp_path / "output", "/articles/crpv") as url:
            yield Reader(url)


@pytest.mark.slow("a server before PostgreSQL, cut at each message of a request")
def test_a_database_that_goes_away_at_any_moment_gets_the_french_503(
    proxy: Cutter, reader: Reader, filled: tuple[Flask, str], subtests: pytest.Subtests
) -> None:
    """The database takes no more than n messages, or takes them and answers nothing, for each n a request sends."""
    token = reader.token()

    def save_draft() -> Answer:
        key = str(uuid.uuid4())
        fields = {"csrf_token": token, "key": key, "email": f"a{key}@exemple.fr", "title": "Un récit"}
        return reader.ask("/articles/crpv/brouillon", fields)

    requests: dict[str, Callable[[], Answer]] = {
        "search": lambda: reader.ask(f"/articles/crpv?mots=travail{uuid.uuid4()}"),
        "private page": lambda: reader.ask(filled[1]),
        "draft": save_draft,
    }
    for is_lost, (name, ask) in product(DEPTH.drawn(["question", "answer"]), requests.items()):
        refused, was_cut = 0, True
        for moment in range(MANY):
            proxy.cut_after(moment, is_heard=is_lost == "answer")
            answer = ask()
            was_cut = proxy.mend()
            with subtests.test(request=name, moment=moment, lost=is_lost):
                assert answer.status in ({200, 303, 503} if was_cut else {200, 303})
                if answer.status == 503:
                    refused += 1
                    assert answer.retry_after == "60"
                    assert "La plateforme reprend son souffle" in answer.text
                again = reader.ask(f"/articles/crpv?mots=reprise{uuid.uuid4()}")
                assert again.status == 200, "the next request finds it back"
            if not was_cut:
                break
        assert refused > 5, name
        assert not was_cut, "every moment was seen"


def test_a_cached_page_is_not_sent_while_the_database_is_away(filled: tuple[Flask, str], proxy: Cutter) -> None:
    """What it shows may have been withdrawn."""
    app, _ = filled
    app.config["PROPAGATE_EXCEPTIONS"] = False
    fresh = [app.test_client().get("/articles/crpv") for _ in range(2)]
    proxy.cut()
    assert app.test_client().get("/articles/crpv").status_code == 503
    proxy.mend()
    assert [each.data for each in fresh] == [app.test_client().get("/articles/crpv").data] * 2


def test_a_session_that_cannot_be_closed_harms_no_finished_page(filled: tuple[Flask, str], proxy: Cutter) -> None:
    app, page = filled
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def go_away(response: Response) -> Response:
        proxy.cut()
        return response

    app.after_request(go_away)
    assert app.test_client().get(page).status_code == 200


def test_a_session_that_cannot_be_rolled_back_harms_no_error_page(filled: tuple[Flask, str], proxy: Cutter) -> None:
    """The lists of the form are read over a connection of their own, so the session's may be found dead afterwards."""
    app, _ = filled
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def fail() -> None:
        db.session.execute(text("SELECT 1"))
        proxy.cut()
        raise OperationalError(None, None, OSError())

    app.before_request(fail)
    answer = app.test_client().get("/articles")
    assert answer.status_code == 503
    assert "La plateforme reprend son souffle" in answer.text
