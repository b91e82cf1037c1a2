"""« Suivre ces retours », from the collection to the letter and out of it, in a browser 360 pixels wide."""

import re
from email import message_from_bytes
from email.policy import default

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect
from sqlalchemy.orm import Session

from app.catalog.alerts.models import Alert
from app.testimonials.situation import Situation
from tests.acts import published, stored
from tests.browser.test_preview import overflow
from tests.browser.test_whole_path import a_page
from tests.factories import READER
from tests.mail.test_outbox import plain
from tests.services.accessibility import violations

pytestmark = pytest.mark.one_engine


def link_received(app: Flask) -> str:
    """Deliver what is due, and return the link of the letter to the reader."""
    app.test_cli_runner().invoke(args=["mail", "deliver"], catch_exceptions=False)
    files = (app.config["INSTANCE"] / "mail").glob("*.eml")
    messages = [message_from_bytes(path.read_bytes(), policy=default) for path in files]
    (text,) = [plain(each) for each in messages if each["To"] == READER]
    (link,) = re.findall(r"https?://\S+", text)
    return str(link)


@pytest.mark.slow("a whole path in chromium, with axe")
def test_a_reader_follows_confirms_and_leaves(
    app: Flask, session: Session, site: str, browser: Browser, javascript: bool
) -> None:
    for number in (1, 2):
        published(session, number, situation=Situation.PLANNED)
    session.commit()
    page = a_page(browser, javascript=javascript)
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto(f"{site}/articles/crpv?situation=planned")
    page.get_by_text("Changer le choix").click()
    page.get_by_role("link", name="Suivre ces retours").click()
    expect(page.get_by_text("Votre choix : En projet.")).to_be_visible()
    assert overflow(page) <= 0
    assert not (javascript and violations(page))
    page.get_by_role("button", name="Recevoir la lettre hebdomadaire").click()
    expect(page.get_by_role("heading", name="À reprendre")).to_be_visible()
    page.get_by_label("Votre courriel").fill(READER)
    page.get_by_role("button", name="Recevoir la lettre hebdomadaire").click()
    expect(page.get_by_role("heading", name="Regardez vos courriels")).to_be_visible()
    page.goto(link_received(app))
    expect(page.get_by_text("Rien n’est encore en route.")).to_be_visible()
    assert overflow(page) <= 0
    assert not (javascript and violations(page))
    page.get_by_role("button", name="Recevoir la lettre").click()
    expect(page.get_by_role("heading", name="Vous suivez ces retours")).to_be_visible()
    (alert,) = stored(session, Alert)
    assert alert.confirmed_at is not None
    session.rollback()
    page.get_by_role("link", name="Ne plus recevoir cette lettre").click()
    expect(page.get_by_role("heading", name="Ne plus recevoir cette lettre")).to_be_visible()
    assert overflow(page) <= 0
    assert not (javascript and violations(page))
    page.get_by_role("button", name="Ne plus recevoir cette lettre").click()
    expect(page.get_by_text("Cette lettre ne vient plus")).to_be_visible()
    assert stored(session, Alert) == []
    page.context.close()
