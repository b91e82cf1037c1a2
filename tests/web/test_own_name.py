"""A site of its own name: wherever readers, authors, editors and machines are told what the site is called."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app import create_app
from app.accounts.models import Role, User
from app.accounts.second_factor import otpauth_uri
from config import ROOT, Config, SettingMissing, Testing
from tests.acts import published
from tests.application import release
from tests.factories import an_editor
from tests.mail.samples import samples
from tests.test_config import PRODUCTION
from tests.visitor import Visitor, words_of

NAME = "Voisines & voisins"  # a sign that HTML, XML and addresses write otherwise
ESCAPED = "Voisines &amp; voisins"

WRITTEN = {".py", ".html", ".txt", ".xml", ".css", ".js", ".svg", ".json"}
# How often each file says the words for something else: the adverb, the software, its face, the page of placements.
ELSEWHERE = {
    "app/__init__.py": 1,
    "app/backup/archive.py": 5,
    "app/backup/engines.py": 1,
    "app/backup/transfer.py": 1,
    "app/cli/database.py": 1,
    "app/moderation/doors.py": 1,  # the name of a tab
    "app/publication/api/openapi.json": 1,  # a title that the site's name replaces
    "static/base.css": 3,
    "static/integration/en-regard.js": 1,
    "static/recueil.css": 4,
    "templates/embed/element.html": 1,
    "templates/document.html": 1,
    "templates/embed/frame.html": 1,
    "templates/pages/legal_notice.html": 1,
    "templates/placements/arrange.html": 1,
    "templates/publication/article_list.html": 2,
    "templates/recueils/document.html": 1,
}


@pytest.fixture
def own_site(tmp_path: Path, database: str, session: Session) -> Iterator[Flask]:
    """Give a site that is called `NAME`, with a published testimonial and an editor."""
    published(session, title="Un retour", reuse=True)
    an_editor(session)
    session.commit()
    app = create_app(Testing(instance=tmp_path, database=database, SITE_NAME=NAME))
    yield app
    release(app)


def test_the_product_is_named_where_it_is_meant_and_the_site_nowhere() -> None:
    files = [path for folder in ("app", "static", "templates") for path in (ROOT / folder).rglob("*.*")]
    texts = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in files if path.suffix in WRITTEN}
    named = {path: text.count("En regard") for path, text in texts.items() if "En regard" in text}
    assert named == ELSEWHERE


@pytest.mark.one_engine
def test_readers_pages_are_titled_and_headed_by_the_name(own_site: Flask, session: Session) -> None:
    visitor = Visitor(own_site)
    for path in ("/articles/crpv", "/charte", "/mentions-legales", "/connexion", "/articles/crpv/temoigner", "/perdu"):
        visitor.get(path)  # which holds the end of the title to the name
        [name] = visitor.page.select(".masthead__name")
        assert words_of(name).startswith(NAME), path
    assert f"s’applique à {NAME}, http://localhost" in visitor.get("/accessibilite").text
    assert not re.search("En regard", visitor.get("/articles/crpv").page.get_text())


@pytest.mark.one_engine
def test_machines_are_told_the_name(own_site: Flask) -> None:
    client = own_site.test_client()
    listed = client.get("/api/v1/articles/crpv/testimonials").get_json()
    page = f"/temoignages/{listed['testimonials'][0]['id']}-un-retour"
    html = client.get(page).get_data(as_text=True)
    assert f'<meta property="og:site_name" content="{ESCAPED}">' in html
    assert f"{ESCAPED}, publié le" in html
    [data] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    assert json.loads(data)["publisher"]["name"] == NAME
    assert client.get("/api/v1/openapi.json").get_json()["info"]["title"] == NAME
    assert f"<author><name>{ESCAPED}</name></author>" in client.get("/articles/crpv/flux.atom").get_data(as_text=True)
    oembed = client.get("/oembed?format=json&url=http%3A//localhost/articles/crpv").get_json()
    assert oembed["provider_name"] == NAME
    for frame in ("/integration/crpv", "/integration/crpv/cadre"):
        assert f'Publié par <a href="http://localhost">{ESCAPED}</a>' in client.get(frame).get_data(as_text=True), frame


@pytest.mark.one_engine
def test_every_letter_of_a_site_is_its_own(own_site: Flask, session: Session) -> None:
    with own_site.app_context():
        letters = {message.name: letter for message, letter in samples()}
        uri = otpauth_uri(User(name="", email="e@exemple.fr", role=Role.EDITOR), pyotp.random_base32())
    senders = {letter["From"].addresses[0].display_name for letter in letters.values()}
    assert senders == {NAME, f"Lou Exemple, par {NAME}"}, "a colleague's question names who asks"
    for message, letter in letters.items():
        text = (letter.get_body(("plain",)) or letter).get_content()
        assert "En regard" not in text, message
        assert f"L’équipe de {NAME}" in text, message
    assert (
        f"dans l’équipe du site {NAME}"
        in (letters["invitation"].get_body(("plain",)) or letters["invitation"]).get_content()
    )
    assert "issuer=Voisines%20%26%20voisins" in uri


@pytest.mark.parametrize("name", ["x" * 61, "Deux\nlignes", 'Le "site"', "Site <a@b>", "a@b", "\x07"])
def test_a_name_that_no_header_can_hold_is_refused(name: str) -> None:
    with pytest.raises(
        SettingMissing, match=r'^SITE_NAME must be one line of 60 signs at most, without any of " < > @ '
    ):
        Config(PRODUCTION | {"SITE_NAME": name})


def test_an_empty_name_is_none_and_a_bare_sender_has_the_name() -> None:
    assert Config(PRODUCTION | {"SITE_NAME": " "}).SITE_NAME == "En regard"
    mail = {"SMTP_URL": "smtp://mail.exemple.fr", "MAIL_FROM": "bonjour@exemple.fr", "SITE_NAME": "L’entraide, ici"}
    assert Config(PRODUCTION | mail).MAIL_FROM == '"L’entraide, ici" <bonjour@exemple.fr>'
