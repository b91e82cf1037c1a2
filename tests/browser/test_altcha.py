"""ALTCHA in a real browser: computed while the page is read, waited for in words, and never in the way."""

import re
import secrets
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.testimonials import effort
from app.testimonials.consent import Purpose
from app.testimonials.models import Testimonial
from app.testimonials.suspicions import Sign, signs_of
from tests.browser.test_whole_path import fill_in
from tests.services.chromium import complaints

# One engine is enough for what a browser computes.
pytestmark = pytest.mark.one_engine


@pytest.fixture
def form(app: Flask, site: str) -> str:
    """Give the address of a form whose platform asks for a computation."""
    app.config["ALTCHA"] = True
    return f"{site}/articles/crpv/temoigner"


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Give a page of a browser of its own, with and without JavaScript."""
    context = browser.new_context(java_script_enabled=request.param, locale="fr-FR")
    yield context.new_page()
    context.close()


def read(page: Page, form: str) -> None:
    """Fill in the form, and read the preview."""
    page.goto(form)
    fill_in(page)
    page.get_by_role("button", name="Relire mon texte").click()
    page.get_by_label("Non", exact=True).check()


def sign_told(session: Session) -> list[Sign]:
    session.rollback()
    return signs_of(session, session.scalars(select(Testimonial.id)).one())


def test_a_script_computes_and_who_has_none_is_asked(form: str, page: Page, session: Session) -> None:
    found = complaints(page)
    read(page, form)
    asking = page.get_by_role("button", name=re.compile("^Oui, c’est moi"))
    page.get_by_role("button", name=re.compile("^Envoyer")).click()
    arrived = page.get_by_role("heading", level=1, name="Votre texte est arrivé")
    arrived.or_(asking).first.wait_for()
    if asking.is_visible():
        asking.click()
        arrived.wait_for()
        assert sign_told(session) == [Sign.EFFORTLESS]
        assert [each for each in found if "422" not in each] == []
    else:
        assert sign_told(session) == []
        assert found == []


@pytest.mark.parametrize("page", [True], indirect=True)
def test_whoever_sends_at_once_is_told_to_wait_and_the_page_stays_alive(
    form: str, page: Page, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number stands at the very end, far away: the page says so, answers meanwhile, then sends by itself."""
    monkeypatch.setattr(effort, "MOST", 400_000)
    monkeypatch.setattr(secrets, "randbelow", lambda most: most - 1)
    read(page, form)
    page.get_by_role("button", name=re.compile("^Envoyer")).click()
    said = page.get_by_role("status").filter(has_text="Un instant")
    expect(said).to_be_visible()
    page.locator("[name=contact]").check()
    page.get_by_role("heading", level=1, name="Votre texte est arrivé").wait_for(timeout=120_000)
    assert sign_told(session) == []
    assert session.scalars(select(Testimonial)).one().consents_to(Purpose.CONTACT), "ticked while it was computing"
