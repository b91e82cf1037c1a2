"""Addresses in templates, built once but for private links and searches; and the files that style sheets name."""

import hashlib
import re
from typing import Any

import pytest
from flask import Flask, url_for

from config import ROOT

# What content/fonts/cut makes, to the byte: other tools, another family or other signs would change it.
FONTS = {
    "LICENSE.md": "c21d7293d87b6d7ab1d0229a2f55b77f33a7613a6a4e66f6693d68d7d8d09464",
    "serif-italic.woff2": "9bed062f7d01b923519316081d1d052bc300b2018c0cbcbd929a8b60947b2b11",
    "serif-roman.woff2": "8e7ff0f0315b55035842ed84d86718d4fdf9cd80222768ce895a8ffa8e46b96c",
}

TOKEN = "un-lien-qui-n-est-pas-garde"


def test_an_address_is_the_one_flask_gives(app: Flask) -> None:
    asked: list[tuple[str, dict[str, Any]]] = [
        ("publication.home", {}),
        ("publication.article", {"slug": "crpv"}),
        ("publication.article", {"slug": "lits"}),
        ("submission.write", {"slug": "crpv"}),
        ("queue.index", {"mots": "soin été", "tri": "activite"}),
        ("queue.index", {"mots": "soin été"}),
        ("private_page.private", {"token": TOKEN}),
        ("publication.article", {"slug": "crpv", "_anchor": "retours"}),
    ]
    address: Any = app.jinja_env.globals["url_for"]
    with app.test_request_context():
        expected = [url_for(endpoint, **values) for endpoint, values in asked]
        for _ in range(2):
            assert [address(endpoint, **values) for endpoint, values in asked] == expected


def test_an_address_is_built_once_but_private_links_and_searches_are_not_kept(app: Flask) -> None:
    address: Any = app.jinja_env.globals["url_for"]
    with app.test_request_context():
        assert address("publication.article", slug="crpv") is address("publication.article", slug="crpv")
        assert address("private_page.private", token=TOKEN) is not address("private_page.private", token=TOKEN)
        assert address("queue.index", mots="Ourliaguet") is not address("queue.index", mots="Ourliaguet")


def test_the_faces_are_those_that_the_script_makes_and_light() -> None:
    made = {path.name: path.read_bytes() for path in (ROOT / "static" / "fonts").iterdir()}
    assert {name: hashlib.sha256(content).hexdigest() for name, content in made.items()} == FONTS
    assert all(len(content) <= 36 * 1024 for name, content in made.items() if name.endswith(".woff2"))
    # The licence reserves the name of the family for what its makers publish.
    assert b"Reserved Font Name" in made["LICENSE.md"]
    assert "Source" not in (ROOT / "static" / "base.css").read_text(encoding="utf-8")


@pytest.mark.parametrize("sheet", sorted(path.name for path in (ROOT / "static").glob("*.css")))
def test_what_a_style_sheet_names_is_served_for_good(app: Flask, sheet: str) -> None:
    named = re.findall(r"url\(\"?([^)\"]+)", (ROOT / "static" / sheet).read_text(encoding="utf-8"))
    assert len(named) == (2 if sheet in {"base.css", "recueil.css"} else 0)
    for address in named:
        answer = app.test_client().get(f"/static/{address}")
        assert answer.status_code == 200, f"{address}: content/fonts/cut writes the address of what it makes"
        assert answer.mimetype == "font/woff2"
        assert "immutable" in answer.headers["Cache-Control"]
        answer.close()
