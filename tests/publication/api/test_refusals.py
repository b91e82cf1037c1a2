"""Errors of the API: problems in French, never a 500, readable across origins."""

import pytest
from flask import Flask, Response
from sqlalchemy.orm import Session
from werkzeug.exceptions import TooManyRequests

from app import page_cache
from tests.acts import readable
from tests.publication.api.client import ARTICLE, ARTICLES, LIST, ask, assert_problem

REFUSED = [
    (f"{LIST}?situation=flying", 404),
    (f"{LIST}?region=99", 404),
    (f"{LIST}?articulation=rien", 404),
    (f"{LIST}?articulation=%1F", 404),
    (f"{LIST}?situation=%20", 404),
    (f"{LIST}?region=53%20", 404),
    (f"{LIST}?partner=rien", 404),
    (f"{LIST}?apres={'0' * 20}", 404),
    (f"{LIST}?apres=-1", 404),
    (f"{LIST}?region=53&region=11", 400),
    (f"{LIST}?regio=53", 400),
    (f"{LIST}?region=%00", 400),
    (f"{LIST}?region=%C3%28", 400),
    (f"{LIST}?mots={'a' * 201}", 414),
    (f"{LIST}?mots={'a' * 10_000}", 414),
    (f"{LIST}?limite=", 422),
    (f"{LIST}?limite=0", 422),
    (f"{LIST}?limite=51", 422),
    (f"{LIST}?limite=-1", 422),
    (f"{LIST}?limite=1e9", 422),
    (f"{LIST}?limite={'9' * 100}", 422),
    (f"{LIST}?limite=%D9%A1", 422),
    (f"{ARTICLE}?region=53", 400),
    (f"{ARTICLES}?x=1", 400),
    ("/api/v1/articles/rien", 404),
    ("/api/v1/articles/rien/testimonials", 404),
    ("/api/v1/testimonials/rien", 404),
    (f"/api/v1/testimonials/{'0' * 20}", 404),
    ("/api/v1/rien", 404),
    ("/api/", 404),
    ("/api/v2/articles", 404),
]


def test_a_refused_request_gets_a_problem_in_french(app: Flask, session: Session, subtests: pytest.Subtests) -> None:
    readable(session)
    for path, code in REFUSED:
        with subtests.test(path=path):
            answer = ask(app, path)
            assert_problem(answer, code)


@pytest.mark.parametrize("path", [f"{ARTICLES}?rien=1", f"{LIST}?limite=999"])
def test_a_preflight_with_unknown_parameters_is_accepted(app: Flask, path: str) -> None:
    asking = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "if-none-match"}
    answer = app.test_client().options(path, headers=asking)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Headers"] == "*"
    assert ask(app, path).status_code >= 400


def test_a_write_gets_405_with_the_allow_header(app: Flask) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = app.test_client().open(LIST, method=method)
        assert_problem(answer, 405)
        assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert_problem(app.test_client().post(LIST, json={}), 415)
    assert_problem(app.test_client().post(LIST, data={"a": "a" * 300_000}), 413)


def test_unknown_hosts_and_unhandled_errors_are_problems_too(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_problem(ask(app, LIST, headers={"Host": "attaquant.exemple"}), 400)
    assert_problem(ask(app, "/", environ_overrides={"PATH_INFO": "/api/v1/articles/\xff"}), 400)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setitem(app.view_functions, "api.article", page_cache.cached()(lambda **_: 1 / 0))
    answer = ask(app, ARTICLE)
    assert_problem(answer, 500)
    assert "ZeroDivision" not in answer.get_data(as_text=True)


def test_a_503_problem_has_retry_after(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    @page_cache.cached()
    def too_many(slug: str) -> Response:
        raise TooManyRequests(retry_after=30)

    monkeypatch.setitem(app.view_functions, "api.article", too_many)
    answer = ask(app, ARTICLE)
    assert_problem(answer, 429)
    assert answer.headers["Retry-After"] == "30"


def test_only_the_api_has_cors_headers(app: Flask, session: Session) -> None:
    """The API and the feed have them, without credentials and for reads only."""
    readable(session)
    origin = {"Origin": "https://autre.exemple"}
    shared = set()
    for rule in app.url_map.iter_rules():
        path = rule.rule.replace("<slug>", "crpv")
        for method in ("GET", "OPTIONS"):
            answer = app.test_client().open(path, method=method, headers=origin)
            assert "Access-Control-Allow-Credentials" not in answer.headers
            if "Access-Control-Allow-Origin" in answer.headers:
                assert answer.headers["Access-Control-Allow-Origin"] == "*"
                assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
                shared.add(rule.endpoint.partition(".")[0])
    assert shared - {"embed"} == {"api", "feed", "synthesis_api"}


def test_a_preflight_is_answered(app: Flask) -> None:
    headers = {
        "Origin": "https://autre.exemple",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "if-none-match",
    }
    answer = app.test_client().options(f"{LIST}?region=53", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert answer.headers["Access-Control-Allow-Headers"] == "*"
