"""Sign-in by an identity provider in a real browser: there, back, out, and what the content policy lets through."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from app.accounts.models import User
from config import identity_provider as configured
from tests.browser.gallery import sign_out
from tests.factories import EDITOR
from tests.services.chromium import complaints
from tests.services.identity_provider import Provider, identity_provider

pytestmark = pytest.mark.filterwarnings("ignore:.*:authlib.deprecate.AuthlibDeprecationWarning")


@pytest.fixture
def provider(app: Flask, site: str) -> Iterator[Provider]:
    """A provider that knows the editor, and the site that knows it, by one name."""
    with identity_provider() as provider:
        provider.give("42", email=EDITOR, email_verified=True)
        app.config["PUBLIC_URL"] = site.replace("127.0.0.1", "localhost")
        settings = {"OIDC_CLIENT_ID": "en-regard", "OIDC_CLIENT_SECRET": "s", "OIDC_NAME": "ProExemple"}
        app.config["IDENTITY_PROVIDER"] = configured(settings | {"OIDC_ISSUER": provider.issuer}, schemes=["http"])
        yield provider


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="fr-FR", java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_an_editor_enters_and_leaves_by_the_provider(app: Flask, provider: Provider, editor: User, page: Page) -> None:
    found, site = complaints(page), str(app.config["PUBLIC_URL"])
    page.goto(f"{site}/connexion?next=/moderation?etat=declined")
    page.get_by_role("link", name="Se connecter avec ProExemple").click()
    page.wait_for_url(f"{provider.issuer}/**")
    page.locator("input[name=sub]").fill("42")
    page.get_by_role("button", name="Authorize", exact=True).click()
    page.wait_for_url(f"{site}/connexion/identite/continuer")
    expect(page.get_by_text(EDITOR)).to_be_visible()
    page.get_by_role("button", name="Ouvrir mon compte").click()
    page.wait_for_url(f"{site}/moderation?etat=declined")
    sign_out(page)
    page.wait_for_url(f"{site}/connexion/identite/fin")
    page.get_by_role("link", name="Se déconnecter aussi de ProExemple").click()
    page.wait_for_url(f"{provider.issuer}/oauth2/end_session?**")
    assert [each for each in found if each.startswith(site) or "Content" in each] == []
