"""Addresses in templates: those that Flask gives, built once, but for private links and searches."""

from typing import Any

from flask import Flask, url_for

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
    assert address("publication.article", slug="crpv") is address("publication.article", slug="crpv")
    assert address("private_page.private", token=TOKEN) is not address("private_page.private", token=TOKEN)
    assert address("queue.index", mots="Ourliaguet") is not address("queue.index", mots="Ourliaguet")
