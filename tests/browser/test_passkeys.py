"""Passkeys in a real browser, with an authenticator that Chromium plays."""

import json

import pytest
from flask import Flask
from playwright.sync_api import Browser, CDPSession, Page, expect
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.accounts.models import Passkey, User
from app.accounts.sessions import EditorSession
from app.audit import AuditEvent, Kind
from app.testimonials.decision import Remark
from tests.acts import committed, stored
from tests.browser.gallery import sign_out, type_password
from tests.services.chromium import complaints
from tests.visitor import Visitor

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def localhost(app: Flask, site: str) -> str:
    """Give the site under a name: an address of the network can have no passkeys."""
    app.config["PUBLIC_URL"] = site.replace("127.0.0.1", "localhost")
    return str(app.config["PUBLIC_URL"])


def with_authenticator(page: Page, **changes: bool) -> tuple[CDPSession, str]:
    """Give the page's browser an authenticator; return the line to it and its name."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR | changes})
    return devtools, str(made["authenticatorId"])


def make(page: Page, localhost: str) -> None:
    type_password(page, localhost)
    page.goto(f"{localhost}/mon-compte/second-facteur")
    page.get_by_label("Nom de cette clé").fill("Mon téléphone")
    page.get_by_role("button", name="Ajouter une clé d’accès").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vos codes de secours")


def leave_and_return(page: Page, localhost: str) -> None:
    sign_out(page)
    page.wait_for_url(f"{localhost}/articles/*")
    page.goto(f"{localhost}/connexion?next=/moderation?etat=declined")


def test_an_editor_makes_a_passkey_and_enters_by_it_alone(
    localhost: str, session: Session, editor: User, page: Page
) -> None:
    found = complaints(page)
    devtools, authenticator = with_authenticator(page)
    make(page, localhost)
    held = devtools.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})["credentials"]
    assert [each["rpId"] for each in held] == ["localhost"]
    leave_and_return(page, localhost)
    page.get_by_role("button", name="Continuer avec une clé d’accès").click()
    page.wait_for_url(f"{localhost}/moderation?etat=declined")
    session.rollback()
    passkey = session.scalars(select(Passkey)).one()
    assert passkey.name == "Mon téléphone"
    assert passkey.used_at is not None
    kinds = session.scalars(select(AuditEvent.kind).order_by(AuditEvent.id)).all()
    assert kinds[:2] == [Kind.SIGNED_IN, Kind.PASSKEY_ADDED]
    assert kinds[-2:] == [Kind.SIGNED_OUT, Kind.SIGNED_IN]
    assert found == []


def test_a_passkey_is_a_second_factor_too_and_confirms_who_one_is(localhost: str, editor: User, page: Page) -> None:
    with_authenticator(page)
    make(page, localhost)
    sign_out(page)
    type_password(page, localhost)
    page.wait_for_url(f"{localhost}/connexion/second-facteur")
    page.get_by_role("button", name="Continuer avec une clé d’accès").click()
    page.wait_for_url(f"{localhost}/moderation")
    page.goto(f"{localhost}/connexion/confirmer?next=/mon-compte/courriel")
    page.get_by_role("button", name="Continuer avec une clé d’accès").click()
    page.wait_for_url(f"{localhost}/mon-compte/courriel")


def test_a_passkey_brings_back_the_note_of_a_session_that_had_ended(
    localhost: str, session: Session, editor: User, page: Page
) -> None:
    public_id = committed(session).public_id
    with_authenticator(page)
    make(page, localhost)
    page.goto(f"{localhost}/moderation/{public_id}")
    page.get_by_role("textbox", name="Note").fill("Une note,\n\nlongue à récrire.")
    session.rollback()
    session.execute(delete(EditorSession))
    session.commit()
    page.get_by_role("button", name="Ajouter la note").click()
    expect(page.get_by_text("Ce que vous avez écrit est gardé")).to_be_visible()
    page.get_by_role("button", name="Continuer avec une clé d’accès").click()
    page.wait_for_url(f"{localhost}/moderation/{public_id}/note")
    expect(page.get_by_role("textbox", name="Note")).to_have_value("Une note,\n\nlongue à récrire.")
    assert stored(session, Remark) == []
    page.get_by_role("button", name="Ajouter la note").click()
    page.wait_for_url(f"{localhost}/moderation/{public_id}#notes")
    assert len(stored(session, Remark)) == 1


def test_the_answer_of_a_passkey_is_good_once(localhost: str, session: Session, editor: User, page: Page) -> None:
    with_authenticator(page)
    make(page, localhost)
    leave_and_return(page, localhost)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or "") if request.method == "POST" else None)
    page.get_by_role("button", name="Continuer avec une clé d’accès").click()
    page.wait_for_url(f"{localhost}/moderation?etat=declined")
    leave_and_return(page, localhost)
    session.rollback()
    session.scalars(select(Passkey)).one().sign_count = 0  # not all devices count: the question itself must be spent
    session.commit()
    token = page.locator("[name=csrf_token]").first.input_value()
    answer = dict(pair.split("=", 1) for pair in sent[0].split("&"))["credential"]
    replayed = page.request.post(
        f"{localhost}/connexion/cle-d-acces",
        data=f"csrf_token={token}&credential={answer}",
        headers={"Content-Type": "application/x-www-form-urlencoded", "Referer": localhost},
    )
    assert replayed.status == 422
    page.goto(f"{localhost}/moderation")
    assert page.url.startswith(f"{localhost}/connexion")


def test_a_device_that_does_not_know_its_owner_is_not_enough(localhost: str, editor: User, page: Page) -> None:
    devtools, authenticator = with_authenticator(page)
    make(page, localhost)
    leave_and_return(page, localhost)
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    page.get_by_role("button", name="Continuer avec une clé d’accès").click()
    expect(page.get_by_text("n’a présenté aucune clé")).to_be_visible()


def test_a_passkey_that_is_removed_opens_nothing(localhost: str, session: Session, editor: User, page: Page) -> None:
    with_authenticator(page)
    make(page, localhost)
    page.goto(f"{localhost}/mon-compte/second-facteur")
    page.get_by_role("button", name="Retirer").click()
    page.wait_for_url(f"{localhost}/mon-compte/second-facteur")
    leave_and_return(page, localhost)
    page.get_by_role("button", name="Continuer avec une clé d’accès").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("n’a pas été acceptée")
    session.rollback()
    assert session.scalars(select(Passkey)).all() == []


def test_without_a_script_or_a_name_passkeys_are_not_offered(
    localhost: str, app: Flask, editor: User, browser: Browser
) -> None:
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto(f"{localhost}/connexion")
    assert not plain.get_by_role("button", name="Continuer avec une clé d’accès").is_visible()
    app.config["PUBLIC_URL"] = localhost.replace("localhost", "127.0.0.1")
    plain.goto(f"{localhost}/connexion")
    assert "data-passkey" not in plain.content()
    plain.context.close()


NOT_CREDENTIALS = [
    "",
    "rien",
    "null",
    "[]",
    "{}",
    '"x"',
    "1e999",
    "[" * 5000,
    json.dumps({"response": {"clientDataJSON": "AAAA"}}),
    json.dumps({"response": {"clientDataJSON": 7}}),
    json.dumps({"response": {"clientDataJSON": "eyJjaGFsbGVuZ2UiOiAiIn0"}}),
    json.dumps({"id": "x", "response": None}),
    "é" * 1000,
]


def test_a_malformed_passkey_answer_is_refused(app: Flask, editor: User, subtests: pytest.Subtests) -> None:
    for credential in NOT_CREDENTIALS:
        with subtests.test(credential=credential[:40]):
            visitor = Visitor(app).get("/connexion")
            token = visitor.csrf_token
            visitor.post("/connexion/cle-d-acces", [("credential", credential), ("csrf_token", token)])
            assert visitor.status == 422
            assert "n’a pas été acceptée" in visitor.text
