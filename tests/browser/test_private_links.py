"""Private links over HTTPS, behind a proxy: no request that follows from one tells it as its Referer."""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from app import create_app
from app.accounts import mails as account_mails
from app.accounts.account_links import LinkKind
from app.accounts.mails import account_page
from app.db import db
from app.testimonials.draft import save_draft
from app.testimonials.lifecycle import Status
from app.tokens import sign_draft_link, sign_token
from config import Config
from tests.acts import private_page
from tests.browser.conftest import served
from tests.browser.test_whole_path import unfold
from tests.factories import AUTHOR, EDITOR, a_notice, a_testimonial, an_editor, an_invitation, the_article
from tests.services import tls
from tests.services.tls import Front
from tests.test_config import PRODUCTION

# Headers and CSRF checks do not depend on the database.
pytestmark = pytest.mark.one_engine


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    with tls.front(tmp_path) as given:
        yield given


@pytest.fixture
def secure(front: Front, database: str, tmp_path: Path) -> Iterator[Flask]:
    """Give the application in production, behind the front, with the settings of docs/operating.md."""
    settings = PRODUCTION | {"PUBLIC_URL": front.url, "INSTANCE": str(tmp_path), "DATABASE_URL": database}
    app = create_app(Config(settings | {"PROXIES": "1", "REQUIRE_SECOND_FACTOR": "0"}))
    with served(app) as behind:
        front.behind, app.config["PUBLIC_URL"] = behind, front.url
        yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@contextmanager
def visiting(browser: Browser, *, javascript: bool) -> Iterator[Page]:
    context = browser.new_context(ignore_https_errors=True, locale="fr-FR", java_script_enabled=javascript)
    yield context.new_page()
    context.close()


def links(secure: Flask, session: Session) -> dict[str, str]:
    editor = an_editor(session, email=EDITOR)
    waiting = a_testimonial(session, status=Status.UNCONFIRMED)
    shown = a_testimonial(session, status=Status.PUBLISHED, email="b@exemple.fr")
    notice = a_notice(session, shown)
    answers = {"title": "Trois"}
    draft = save_draft(session, the_article(session), key=str(uuid.uuid4()), email=AUTHOR, answers=answers)
    with secure.app_context():
        reset = account_mails.send_link(session, editor, LinkKind.RESET, to=EDITOR)
        invited = an_invitation(session)
        session.commit()
        return {
            "page": private_page(waiting),
            "invitation": f"/repondre/{sign_token('answer', [shown.public_id, str(uuid.uuid4()), '0' * 64])}",
            "call": f"/invitation/{sign_token('invitation', [invited, '0' * 64])}",
            "receipt": f"/recu/{sign_token('receipt', [waiting.public_id])}",
            "draft": f"/brouillon/{sign_draft_link(draft.public_id)}",
            "kept": f"/brouillon/garde/{sign_token('draft-kept', [draft.public_id])}",
            "notice": f"/signalement/{sign_token('notice', [notice.key])}",
            "account": "/" + account_page(reset.public_id).split("/", 3)[3],
        }


@pytest.mark.slow("chromium behind a real TLS front, along every private link")
def test_no_request_tells_a_private_link_and_forms_are_accepted_over_https(
    secure: Flask, session: Session, front: Front, browser: Browser, javascript: bool
) -> None:
    paths = links(secure, session)
    with visiting(browser, javascript=javascript) as page:
        for path in paths.values():
            page.goto(f"{front.url}{path}")
            expect(page.get_by_role("heading", level=1)).not_to_have_text("Ce lien n’ouvre rien")
            page.get_by_role("link", name="Vos données").last.click()
            page.wait_for_url(f"{front.url}/vos-donnees", wait_until="commit")
        follow_the_forms(page, front, paths)
        page.goto(f"{front.url}/mon-temoignage/rien")
        page.get_by_role("link", name="Vos données").last.click()
        page.wait_for_url(f"{front.url}/vos-donnees")
    told = [
        asked
        for asked in front.asked
        if re.search(
            "/(mon-temoignage|recu|repondre|invitation|question|suivre|brouillon|signalement|lien)/", asked.referer
        )
    ]
    assert told == []
    assert f"{front.url}/" in {asked.referer for asked in front.asked}, "the site itself is told"
    sent = [asked for asked in front.asked if asked.method == "POST"]
    assert [asked.status for asked in sent] == [303, 200, 303, 303, 303, 303, 303], sent
    assert {asked.origin for asked in sent} == {front.url}, "« null » would be refused"


def follow_the_forms(page: Page, front: Front, paths: dict[str, str]) -> None:
    page.goto(f"{front.url}{paths['page']}")
    page.get_by_role("button", name=re.compile("Confirmer")).click()
    expect(page.get_by_text("entre les mains de l’équipe").first).to_be_visible()
    page.goto(f"{front.url}{paths['page']}/modifier")
    unfold(page, "un titre")
    page.get_by_label("Un titre").fill("Autrement dit")
    page.get_by_role("button", name="Relire mon texte").click()
    page.get_by_role("radio", name=re.compile("^Oui")).check()
    page.get_by_label(re.compile("J’atteste")).check()
    page.get_by_role("button", name=re.compile("^Envoyer")).click()
    page.wait_for_url(f"{front.url}{paths['page']}")
    page.get_by_role("button", name=re.compile("^Retirer")).click()
    expect(page.get_by_text("Vous avez retiré votre texte").first).to_be_visible()
    page.get_by_role("link", name=re.compile("ffacer")).first.click()
    page.get_by_role("button", name=re.compile("^Effacer")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("effacés")
    page.goto(f"{front.url}{paths['draft']}")
    page.get_by_role("button", name=re.compile("^Effacer ce brouillon")).click()
    page.wait_for_url(f"{front.url}/brouillon/efface")
    page.goto(f"{front.url}{paths['account']}")
    page.get_by_label("Mot de passe").fill("une phrase que personne ne devine")
    page.get_by_role("button", name=re.compile("^Enregistrer")).click()
    page.wait_for_url(re.compile("/connexion"))
