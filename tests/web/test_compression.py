"""Bytes over the wire: static files and first visits are compressed, never where a page shows words of its address."""

import gzip
from collections.abc import Callable, Mapping

import brotli
import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import demo
from app.web.assets import static_files
from config import ROOT
from tests.acts import signed_in
from tests.crowd import multiply
from tests.factories import a_testimonial, an_editor
from tests.visitor import Visitor

BROWSER = {"Accept-Encoding": "gzip, deflate, br, zstd"}
DECODERS: Mapping[str, Callable[[bytes], bytes]] = {"br": brotli.decompress, "gzip": gzip.decompress}
FORM = "/articles/crpv/temoigner"


@pytest.fixture
def desk(app: Flask, session: Session) -> Visitor:
    an_editor(session)
    demo.load_demo(session, ROOT / "content" / "demo" / "retours.toml")
    session.commit()
    multiply(session, a_testimonial(session, title="Un vrai récit"), 40, moments=("waiting_since", "active_at"))
    return signed_in(Visitor(app), session)


def decoded(answer: TestResponse) -> bytes:
    return DECODERS[answer.headers["Content-Encoding"]](answer.data)


def first_visit(visitor: Visitor, path: str) -> dict[str, int]:
    """Return the bytes of a page, and of what a browser loads with it, faces aside."""
    page = visitor.client.get(path, headers=BROWSER)
    html = BeautifulSoup(decoded(page), "html.parser")
    addresses = [str(each["href"]) for each in html.select("link[rel=stylesheet], link[rel=icon]")]
    addresses += [str(each["src"]) for each in html.select("script[src], img[src]")]
    loaded = [path, *dict.fromkeys(addresses)]
    answers = {address: visitor.client.get(address, headers=BROWSER) for address in loaded}
    assert {each.status_code for each in answers.values()} == {200}
    return {address: len(each.data) for address, each in answers.items()}


@pytest.mark.one_engine
@pytest.mark.slow("the demo is loaded")
def test_a_first_visit_is_light(app: Flask, desk: Visitor, subtests: pytest.Subtests) -> None:
    for path, most in (("/articles/crpv", 22_000), (FORM, 22_000), ("/moderation", 30_000)):
        with subtests.test(msg=path):
            loaded = first_visit(desk if path == "/moderation" else Visitor(app), path)
            assert len(loaded) >= 5
            assert sum(loaded.values()) <= most, loaded


@pytest.mark.one_engine
@pytest.mark.parametrize("encoding", DECODERS)
def test_every_sheet_script_and_drawing_is_sent_compressed_and_nothing_else(app: Flask, encoding: str) -> None:
    client, sent = app.test_client(), set()
    with app.app_context():
        files = static_files()
    for address, path in files.items():
        answer, plain = client.get(address, headers={"Accept-Encoding": encoding}), client.get(address)
        assert plain.data == path.read_bytes()
        assert "Content-Encoding" not in plain.headers
        if "Content-Encoding" in answer.headers:
            sent.add(path.suffix)
            assert decoded(answer) == plain.data
            assert len(answer.data) == answer.content_length < len(plain.data)
            assert "immutable" in answer.headers["Cache-Control"]
            assert answer.content_type == plain.content_type
            assert answer.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
        else:
            assert path.suffix in {".woff2", ".webp", ".md"}
        answer.close()
        plain.close()
    assert sent == {".css", ".js", ".svg"}


@pytest.mark.one_engine
def test_a_compressed_file_has_no_body_for_a_head_and_none_where_it_is_known(app: Flask) -> None:
    client = app.test_client()
    with app.app_context():
        address = next(each for each in static_files() if each.endswith(".css"))
    with client.get(address) as answer:
        plain = answer.data
    whole = client.get(address, headers=BROWSER)
    head = client.head(address, headers=BROWSER)
    assert (head.status_code, head.data, head.content_length) == (200, b"", len(whole.data))
    known = client.get(address, headers=BROWSER | {"If-None-Match": whole.headers["ETag"]})
    assert (known.status_code, known.data) == (304, b"")
    with client.get(address, headers=BROWSER | {"Range": "bytes=0-9"}) as part:
        assert (part.status_code, part.data) == (206, plain[:10])
        assert "Content-Encoding" not in part.headers
    assert client.post(address, headers=BROWSER).status_code == 405


@pytest.mark.one_engine
def test_a_page_with_words_of_its_address_or_of_its_form_is_never_compressed(
    app: Flask, desk: Visitor, session: Session
) -> None:
    """Whoever chooses a word that stands beside a secret may guess it from the length (BREACH)."""
    public_id = a_testimonial(session).public_id
    session.commit()
    plain = [
        f"/moderation?{name}=secret" for name in ("mots", "article", "region", "partner", "articulation", "auteur")
    ]
    plain += [f"/moderation/{public_id}?mots=secret", f"/moderation/{public_id}"]  # its links have the words searched
    plain += ["/connexion?next=/secret", "/moderation/signalements"]
    for path in ("/moderation", "/moderation?etat=published&accord=oui&tri=activite", f"/moderation/{public_id}"):
        answer = desk.client.get(path, headers=BROWSER)
        assert answer.headers["Content-Encoding"] == "br", path
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert "csrf_token" in decoded(answer).decode()
    author = app.test_client()
    form = author.get(f"{FORM}?mots=secret", headers=BROWSER)
    assert "secret" not in decoded(form).decode()
    typed = author.post(FORM, data={"title": "secret", "step": "preview"}, headers=BROWSER)
    assert (typed.status_code, "Content-Encoding" in typed.headers) == (422, False)
    desk.client.get("/moderation?mots=secret", headers=BROWSER)  # it stays the list that the editor comes from
    for path in plain:
        answer = desk.client.get(path, headers=BROWSER)
        assert "Content-Encoding" not in answer.headers, path
