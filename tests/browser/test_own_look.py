"""A site of its own colours, name and logo, in a browser: as readable, and under the same policy."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy.orm import Session

from app import cli, demo
from app.accounts.models import Role
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from config import ROOT, Testing
from tests.application import release
from tests.browser.conftest import served
from tests.browser.gallery import sign_in
from tests.factories import an_editor
from tests.services.accessibility import violations
from tests.web.test_appearance import OWN, logo_file

pytestmark = pytest.mark.one_engine

READERS = (
    *("/articles/crpv", "/articles/crpv?mots=rencontres", "/charte", "/accessibilite", "/facile-a-lire"),
    *("/articles/crpv/temoigner", "/articles/crpv/integrer", "/integration/crpv/cadre", "/connexion", "/perdu"),
)
DESK = ("/moderation", "/moderation/chiffres", "/administration/equipe", "/compte")


def faults(page: Page, address: str) -> list[str]:
    """Say what axe finds on light pages and on dark ones, and which window is too narrow."""
    found = []
    for scheme, width in (("light", 1440), ("dark", 320)):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(address)
        found += [f"{address}, {scheme}: {each}" for each in violations(page)]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{address} is wider than {width} px")
    return found


def test_own_colours_are_readable_on_every_kind_of_page(
    tmp_path: Path, database: str, session: Session, browser: Browser
) -> None:
    demo.load_demo(session, ROOT / "content" / "demo" / "retours.toml")
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
        assert page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor") == "rgb(18, 16, 22)"
        drawn = page.get_by_role("link", name=f"Communauté d’agglomération {name}").locator("img")
        assert drawn.evaluate("image => image.complete && image.naturalWidth > 0")
        sign_in(page, site, editor.email)
        found += [fault for path in (*DESK, paths[0]) for fault in faults(page, site + path)]
        page.close()
    release(app)
    assert found == []
    assert refused == []
