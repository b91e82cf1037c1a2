"""A site of its own accent, name and logo, in a browser: as readable, and under the same policy."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy.orm import Session

from app import cli
from app.accounts.models import Role
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from config import Testing
from tests.application import release
from tests.browser.conftest import served
from tests.browser.gallery import sign_in
from tests.factories import an_editor
from tests.services.accessibility import violations
from tests.web.test_appearance import OWN, logo_file

pytestmark = pytest.mark.one_engine

READERS = ("/articles/crpv", "/charte", "/articles/crpv/temoigner", "/integration/crpv/cadre", "/connexion", "/perdu")
DESK = ("/moderation", "/moderation/chiffres")


def faults(page: Page, address: str) -> list[str]:
    """Say what axe finds on light pages and on dark ones, and which window is too narrow."""
    found = []
    page.goto(address)
    for scheme, width in (("light", 1440), ("dark", 320)):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.set_viewport_size({"width": width, "height": 900})
        found += [f"{address}, {scheme}: {each}" for each in violations(page)]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{address} is wider than {width} px")
    return found


def document_tokens(page: Page, site: str) -> list[str]:
    """Return the paper, the edge and the accent of a recueil as a document, on a light screen."""
    page.goto(f"{site}/moderation/articles/crpv/recueils/nouveau")
    page.get_by_label("Titre").fill("Ce que nous avons appris")
    with page.expect_navigation():
        page.get_by_role("button", name="Composer ce recueil").click()
    page.emulate_media(color_scheme="light")
    page.goto(f"{page.url.partition('?')[0]}/document")
    style = "name => getComputedStyle(document.querySelector('.document')).getPropertyValue(name).trim()"
    return [str(page.evaluate(style, name)) for name in ("--paper", "--edge", "--accent")]


@pytest.mark.slow("an application of its own in chromium, axe twice on ten pages")
def test_an_own_accent_is_readable_on_every_kind_of_page(
    tmp_path: Path, demonstration: None, database: str, session: Session, browser: Browser
) -> None:
    editor = an_editor(session, role=Role.ADMIN)
    pending = session.query(Testimonial).filter(Testimonial.status == Status.PENDING).first()
    assert pending
    shown = session.query(Testimonial).filter(Testimonial.status == Status.PUBLISHED).first()
    assert shown
    paths = (f"/moderation/{pending.public_id}", f"/temoignages/{shown.public_id}")
    session.commit()
    name = "Voisines, voisins et leurs récits de quartier"
    settings = {"SITE_NAME": name, "PUBLISHER_NAME": "Communauté d’agglomération", "LOGO": logo_file(tmp_path), **OWN}
    app = cli.create_app(Testing(instance=tmp_path / "own", database=database, **settings))
    refused: list[str] = []
    with served(app) as site:
        page = browser.new_page()
        page.on("console", lambda message: refused.append(message.text) if "Content Security" in message.text else None)
        found = [fault for path in (*READERS, paths[1]) for fault in faults(page, site + path)]
        link = page.get_by_role("link", name="Charte").first
        assert link.evaluate("link => getComputedStyle(link).getPropertyValue('--accent').trim()") == "#f0a8c8"
        drawn = page.get_by_role("link", name=f"Communauté d’agglomération {name}").locator("img")
        assert drawn.evaluate("image => image.complete && image.naturalWidth > 0")
        sign_in(page, site, editor.email)
        found += [fault for path in (*DESK, paths[0]) for fault in faults(page, site + path)]
        assert document_tokens(page, site) == ["#fffefb", "1px", "#7a1f4b"]
        page.close()
    release(app)
    assert found == []
    assert refused == []
