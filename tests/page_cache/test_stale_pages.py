"""Cached pages while PostgreSQL is away: for as long as the owner allows, never with what this process withdrew."""

import os
import re
import signal
import time
from collections.abc import Iterator
from contextvars import Context
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session
from sqlalchemy.orm import Session as AnySession
from werkzeug.test import TestResponse

from app import create_app
from app.db import db
from app.page_cache import middleware, stale_pages
from app.page_cache.middleware import PageCache
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from config import Testing
from tests.acts import committed, private_page
from tests.application import release
from tests.conftest import fill
from tests.services import postgres
from tests.services.cutter import Cutter, cutter
from tests.visitor import Visitor

pytestmark = pytest.mark.services

PATIENCE = 300  # seconds
LIST, ARTICLE = "/articles", "/articles/crpv"
TITLE = "Trois après-midi"


@pytest.fixture
def proxy(postgres_server: postgres.Server, postgres_template: str) -> Iterator[Cutter]:
    """Give a proxy before a database of its own."""
    name = "test_stale"
    with cutter(postgres_server.create_database(name, postgres_template)) as proxy:
        yield proxy
    postgres_server.drop_database(name)


def serving(folder: Path, database: str, patience: int = PATIENCE) -> Flask:
    return create_app(Testing(instance=folder, database=database, STALE_PAGES=str(patience)))


@pytest.fixture
def app(proxy: Cutter, tmp_path: Path) -> Iterator[Flask]:
    """Give an application on the proxy, which may send stale pages."""
    app = serving(tmp_path, proxy.url)
    yield app
    release(app)


def published(app: Flask) -> tuple[str, str]:
    """Publish a testimonial; return its page and its private page."""
    with app.app_context(), Session(db.engine) as session:
        testimonial = committed(session, status=Status.PUBLISHED, title=TITLE)
        return f"/temoignages/{testimonial.public_id}-trois-apres-midi", private_page(testimonial)


def is_stale(answer: TestResponse) -> bool:
    """Whether a page is sent without the database having been asked; else it must say nothing of it."""
    assert ("Age" in answer.headers) is ("Warning" in answer.headers)
    return "Age" in answer.headers


def is_away(client: FlaskClient, path: str) -> bool:
    """Whether a page is refused because the database is away."""
    return client.get(path).status_code == 503


def stale_count(app: Flask) -> int:
    cache: PageCache = app.extensions["page_cache"]
    return cache.totals()["stale"]


def test_cached_pages_are_sent_while_the_database_is_away(app: Flask, proxy: Cutter) -> None:
    client = app.test_client()
    page, _ = published(app)
    paths = [LIST, ARTICLE, page, "/api/v1/articles/crpv/testimonials", f"{ARTICLE}/flux.atom"]
    before = {path: client.get(path) for path in paths}
    assert {path: answer.status_code for path, answer in before.items()} == dict.fromkeys(paths, 200)
    proxy.cut()
    for path, fresh in before.items():
        answer = client.get(path)
        assert (answer.status_code, answer.data) == (200, fresh.data), path
        assert re.fullmatch(r"\d+", answer.headers["Age"])
        assert answer.headers["Warning"] == '110 - "Response is Stale"'
        assert answer.headers["Cache-Control"] == fresh.headers["Cache-Control"]
        unchanged = client.get(path, headers={"If-None-Match": fresh.headers["ETag"]})
        assert unchanged.status_code == 304
        assert is_stale(unchanged)
    assert stale_count(app) == 2 * len(paths)
    assert is_away(client, f"{ARTICLE}?mots=jamais"), "nobody has read that page"
    proxy.mend()
    for path, fresh in before.items():
        answer = client.get(path)
        assert (answer.status_code, answer.data) == (200, fresh.data)
        assert not is_stale(answer)


def test_by_default_no_page_is_sent_while_the_database_is_away(proxy: Cutter, tmp_path: Path) -> None:
    app = create_app(Testing(instance=tmp_path, database=proxy.url))
    client = app.test_client()
    assert client.get(LIST).status_code == 200
    proxy.cut()
    assert is_away(client, LIST)
    release(app)


def test_pages_are_sent_for_as_long_as_the_owner_allows_since_they_were_last_known(
    app: Flask, proxy: Cutter, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = app.test_client()
    moment = 1e9
    for module in (middleware, stale_pages):
        monkeypatch.setattr(module, "monotonic", lambda: moment)
    assert client.get(LIST).status_code == 200
    moment += 1_000
    assert not is_stale(client.get(LIST)), "looked at again"
    proxy.cut()
    moment += PATIENCE
    assert client.get(LIST).headers["Age"] == str(PATIENCE)
    moment += 1
    assert is_away(client, LIST)


def test_a_page_is_not_sent_past_the_end_of_a_publication(
    app: Flask, proxy: Cutter, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = app.test_client()
    page, _ = published(app)
    assert client.get(page).status_code == 200
    proxy.cut()
    assert is_stale(client.get(page))
    four_years = time.time() + 4 * 366 * 24 * 3600
    monkeypatch.setattr(middleware, "time", lambda: four_years)
    assert is_away(client, page)


def test_what_this_process_withdrew_is_not_sent(app: Flask, proxy: Cutter) -> None:
    """Its page is in the cache still: nobody has asked for it since, nor has the database been looked at."""
    client = app.test_client()
    page, private = published(app)
    for path in (ARTICLE, page):
        assert TITLE in client.get(path).text
    Visitor(app).get(private).press("Retirer mon texte")
    proxy.cut()
    for path in (ARTICLE, page, LIST):
        assert is_away(client, path)
    proxy.mend()
    assert TITLE not in client.get(ARTICLE).text
    proxy.cut()
    answer = client.get(ARTICLE)
    assert is_stale(answer)
    assert TITLE not in answer.text
    assert is_away(client, page)


def test_a_withdrawal_of_unknown_outcome_counts_as_one(app: Flask, proxy: Cutter) -> None:
    """The database commits, and goes away before it says so."""
    client = app.test_client()
    page, private = published(app)
    visitor = Visitor(app).get(private)
    assert TITLE in client.get(page).text
    with app.app_context():
        engine = db.engine

    def cut_at_commit(_: AnySession) -> None:
        event.listen(engine, "commit", lambda _: proxy.cut_after(0, is_heard=True), once=True)

    event.listen(AnySession, "before_commit", cut_at_commit, once=True)
    visitor.press("Retirer mon texte")
    assert visitor.status == 503
    assert is_away(client, page)
    proxy.mend()
    with app.app_context(), Session(db.engine) as session:
        assert session.query(Testimonial).one().status is Status.WITHDRAWN
    assert client.get(page).status_code == 410


def test_a_page_read_while_a_commit_is_under_way_is_not_sent_after_it(
    app: Flask, proxy: Cutter, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = app.test_client()
    page, private = published(app)
    visitor = Visitor(app).get(private)
    answers: list[Any] = []

    def read_then_cut(_: AnySession) -> None:
        answers.append(Context().run(client.get, page))  # as it was before the withdrawal
        proxy.cut()
        answers.append(Context().run(client.get, page))

    event.listen(AnySession, "before_commit", read_then_cut, once=True)
    visitor.press("Retirer mon texte")
    assert [answer.status_code for answer in answers] == [200, 503]
    assert is_away(client, page)


def test_pages_are_sent_when_postgresql_is_killed(tmp_path: Path) -> None:
    with postgres.server() as server:
        url = server.create_database("test_killed")
        fill(Testing(instance=tmp_path, database=url))
        app = serving(tmp_path, url)
        client = app.test_client()
        page, _ = published(app)
        fresh = client.get(page)
        folder = Path(str(server.url.query["host"]))
        os.kill(int((folder / "data/postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        # Its children see that it is gone, and go by themselves.
        unread = (f"{ARTICLE}?mots=jamais{number}" for number in count())
        while not is_away(client, next(unread)):
            assert client.get(page).status_code == 200
        answer = client.get(page)
        assert (answer.status_code, answer.data, is_stale(answer)) == (200, fresh.data, True)
        release(app)
