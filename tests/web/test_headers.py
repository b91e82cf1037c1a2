"""The headers of every response, and the views that opt in to frames or CORS."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from flask import Flask, Response, request
from sqlalchemy.orm import Session
from werkzeug.exceptions import Gone, HTTPException, ServiceUnavailable, TooManyRequests
from werkzeug.test import TestResponse

from app import create_app
from app.testimonials.lifecycle import Status
from config import Config, Testing
from tests.acts import private_token, signed_in
from tests.factories import a_testimonial, an_editor
from tests.test_config import PRODUCTION
from tests.visitor import Visitor

# Literals: values imported from the code would hide their removal.
POLICY = (
    "default-src 'none'; style-src 'self'; font-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none';"
    " frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}

METHODS = ("HEAD", "GET", "OPTIONS", "POST", "DELETE")
PRIVATE = "/mon-temoignage|/recu/|/brouillon/"
# Where an address may be a key: only the site is told to what its page leads to.
KEYS = re.compile(
    "/(mon-temoignage|recu|brouillon|signalement|connexion/lien|vos-donnees/mon-adresse|repondre|invitation|question|suivre)/"
)
BEHIND_A_KEY = {"Referrer-Policy": "strict-origin"}

# The endpoints for other sites, and the page of instructions: the only ones with other headers.
FOR_OTHERS = ("/api/", "/integration/", "/oembed")
OPEN = {"Cross-Origin-Resource-Policy": "cross-origin"}
FRAMED = {"Content-Security-Policy": POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")}
FRAMING = {"Content-Security-Policy": POLICY.replace("frame-a", "connect-src 'self'; frame-src 'self'; frame-a")}
SHARED: Mapping[str, Mapping[str, str]] = {
    "api.all_articles": OPEN,
    "api.article": OPEN,
    "api.openapi": OPEN,
    "synthesis_api.document": OPEN,
    "api.testimonial": OPEN,
    "api.testimonials": OPEN,
    "feed.atom": OPEN,
    "embed.element": OPEN,
    "embed.script": OPEN,
    "embed.oembed": OPEN,
    "embed.frame": OPEN | FRAMED,
    "embed.frame_of_one": OPEN | FRAMED,
    "instructions.page": FRAMING,
}


def every_response(app: Flask, session: Session, paths: dict[str, str]) -> Iterator[tuple[str, TestResponse]]:
    """Yield the response of every route by every method, to a stranger and to an editor, and of malformed requests.

    A PDF, which takes a process, is made once, for an editor.
    """
    stranger, editor = Visitor(app), signed_in(Visitor(app), session)
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:[^:>]+:)?(\w+)>", lambda name: paths.get(name[1], "rien"), rule.rule)
        for client in (stranger.client, editor.client):
            for method in METHODS:
                is_made = path.endswith(".pdf") and method in {"GET", "HEAD"}
                if not is_made or (method == "GET" and (client is editor.client or "token" not in rule.arguments)):
                    yield f"{method} {path}", client.open(path, method=method)
    page = stranger.client.get("/vos-donnees").get_data(as_text=True)
    for address in {*re.findall(r"/static/[^\"]+", page), "/static/rien.css", "/rien", "/%00", "/articles/%FF"}:
        yield address, stranger.client.get(address, buffered=True)
    yield "a wrong host", stranger.client.get("/", headers={"Host": "attaquant.exemple"})
    yield "too heavy", stranger.client.post("/connexion", data={"email": "a" * 300_000})
    yield "no form", stranger.client.post("/connexion", json={})


@pytest.fixture
def paths(session: Session) -> dict[str, str]:
    an_editor(session)
    shown, other = a_testimonial(session, status=Status.PUBLISHED), a_testimonial(session, email="b@exemple.fr")
    session.commit()
    return {
        "slug": "crpv",
        "public_id": shown.public_id,
        "token": private_token(other),
    }


def expected(app: Flask, request_line: str) -> Mapping[str, str]:
    method, _, path = request_line.partition(" ")
    if not path.startswith("/"):
        return HEADERS
    with suppress(HTTPException):
        endpoint, _ = app.url_map.bind("localhost").match(path, method=method)
        shared = SHARED.get(endpoint, {})
        return {**HEADERS, **shared, **(BEHIND_A_KEY if KEYS.match(path) else {})}
    if KEYS.match(path):
        return {**HEADERS, **BEHIND_A_KEY}
    if not path.startswith(FOR_OTHERS) and not path.endswith("/flux.atom"):
        return HEADERS
    return {**HEADERS, **OPEN, **(FRAMED if path.endswith("/cadre") else {})}


@pytest.mark.slow("three PDFs are made")
def test_every_response_has_every_header(app: Flask, session: Session, paths: dict[str, str]) -> None:
    """And private pages are never stored (`assert_never_stored`)."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    seen = set()
    for request_line, answer in every_response(app, session, paths):
        seen.add(answer.status_code)
        for name, value in expected(app, request_line).items():
            assert answer.headers.getlist(name) == [value], f"{request_line} ({answer.status}): {name}"
        assert answer.headers.get("Cache-Control") or answer.status_code == 304, request_line
        if not request_line.startswith("OPTIONS"):
            assert_never_stored(request_line, answer)
    assert seen >= {200, 302, 400, 404, 405, 413, 415, 422}, seen


@pytest.mark.slow("every address with a token; two PDFs are made")
def test_an_address_with_a_token_is_no_referer_whatever_its_answer(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every rule of the route map that has a token, by every method, and the addresses that no rule has."""
    token = private_token(a_testimonial(session))
    session.commit()
    client, answers = app.test_client(), []
    rules = [rule for rule in app.url_map.iter_rules() if "token" in rule.arguments]
    assert len(rules) >= 18
    for rule in rules:
        for given in (token, "rien"):
            path = rule.rule.replace("<token>", given)
            # A PDF, which takes a process, is made once.
            methods = METHODS[1:] if path.endswith(".pdf") else METHODS
            answers += [client.open(path, method=method) for method in methods]
            answers += [client.get(path, headers={"Host": "attaquant.exemple"}), client.get(f"{path}/rien")]
            answers += [
                client.get(path.replace(f"/{given}", f"//{given}")),
                client.post(path, data={"words": "a" * 300_000}),
            ]
    for refusal in (Gone(), TooManyRequests(), ServiceUnavailable()):
        monkeypatch.setitem(app.view_functions, "private_page.private", partial(raised, refusal))
        answers.append(client.get(f"/mon-temoignage/{token}"))
    told = {(answer.request.path, answer.status_code, answer.headers["Referrer-Policy"]) for answer in answers}
    assert {each for each in told if each[2] != "strict-origin"} == set()
    assert {status for _, status, _ in told} >= {200, 308, 400, 404, 405, 410, 413, 422, 429, 503}
    elsewhere = [client.get(path) for path in ("/vos-donnees", "/articles/crpv", "/connexion", "/rien")]
    assert {answer.headers["Referrer-Policy"] for answer in elsewhere} == {"same-origin"}


def raised(error: Exception, **_: str) -> Response:
    raise error


def assert_never_stored(request_line: str, answer: TestResponse) -> None:
    """Only the browser may store the form, new or draft, for its back button (product rule 7)."""
    cache = answer.headers["Cache-Control"]
    if "/moderation" in request_line or "/administration" in request_line or re.search(PRIVATE, request_line):
        storable = request_line.endswith(("/modifier", "/suite")) or "/brouillon/" in request_line
        private = {"no-store", "private, no-cache"} if storable else {"no-store"}
        nothing = {302, 405} if re.search(PRIVATE, request_line) else {302, 404, 405}
        assert cache in private or answer.status_code in nothing, f"{request_line} ({answer.status}): {cache}"
    assert "public" not in cache or "/static/" in request_line, request_line


def test_hsts_is_sent_in_production_only(tmp_path: Path) -> None:
    production = create_app(Config(PRODUCTION | {"INSTANCE": str(tmp_path)}))
    answer = production.test_client().get("/.well-known/security.txt", base_url="https://en-regard.exemple.fr")
    assert answer.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
    testing = create_app(Testing(instance=tmp_path, database="sqlite://"))
    assert "Strict-Transport-Security" not in testing.test_client().get("/.well-known/security.txt").headers


@pytest.mark.parametrize(("proxies", "seen"), [("0", "10.0.0.9"), ("1", "203.0.113.7"), ("2", "198.51.100.5")])
def test_only_the_declared_proxies_are_trusted(tmp_path: Path, proxies: str, seen: str) -> None:
    app = create_app(Testing(instance=tmp_path, database="sqlite://", PROXIES=proxies))
    asking = []
    app.before_request_funcs.setdefault(None, []).append(lambda: asking.append(request.remote_addr))
    answer = app.test_client().get(
        "/.well-known/security.txt",
        headers={"X-Forwarded-For": "192.0.2.1, 198.51.100.5, 203.0.113.7", "X-Forwarded-Host": "attaquant.exemple"},
        environ_overrides={"REMOTE_ADDR": "10.0.0.9"},
    )
    assert asking == [seen]
    assert answer.status_code == 200, "X-Forwarded-Host is ignored"
