"""The desk with the keyboard, with the mouse, and without JavaScript."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from app.db import now
from app.mail.outbox import Email
from app.moderation import holds
from app.moderation.digest import mails
from app.moderation.digest.models import Frequency, send_digests, subscription_of
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from tests.browser.gallery import sign_in
from tests.factories import ACCOUNT, a_notice, a_pending_answer, a_testimonial, an_editor
from tests.services.chromium import complaints

# The browser tests do not depend on the database engine.
pytestmark = pytest.mark.one_engine


@pytest.fixture
def texts(session: Session) -> list[Testimonial]:
    """Three pending texts, the first with names to mask."""
    an_editor(session)
    texts = [
        a_testimonial(session, title="Le premier", account=f"{ACCOUNT} Merci à Mme Exemple, puis à Mme Exemple."),
        a_testimonial(session, title="Le deuxième", email="b@exemple.fr"),
        a_testimonial(session, title="Le troisième", email="c@exemple.fr"),
    ]
    session.commit()
    return texts


def focused(page: Page) -> str:
    return str(
        page.evaluate("document.activeElement.labels?.[0]?.innerText || document.activeElement.innerText")
    ).strip()


def test_every_shortcut_does_what_the_help_says(site: str, page: Page, texts: list[Testimonial]) -> None:
    faults = complaints(page)
    sign_in(page, site)
    page.goto(f"{site}/moderation")
    for key, title in (
        ("j", "Le premier"),
        ("j", "Le deuxième"),
        ("j", "Le troisième"),
        ("j", "Le troisième"),
        ("k", "Le deuxième"),
    ):
        page.keyboard.press(key)
        assert focused(page) == title
    page.keyboard.press("o")
    page.wait_for_url(re.compile(f"/moderation/{texts[1].public_id}"))
    page.keyboard.press("j")
    page.wait_for_url(re.compile(f"/moderation/{texts[2].public_id}"))
    page.keyboard.press("k")
    page.wait_for_url(re.compile(f"/moderation/{texts[1].public_id}"))
    page.keyboard.press("p")
    assert focused(page) == "Publier"
    page.keyboard.press("d")
    assert focused(page).startswith("Raison")
    page.keyboard.press("p")
    assert focused(page).startswith("Raison"), "in a field, a key types its character"
    page.locator("h1").click()
    page.keyboard.press("g")
    assert focused(page) == "Garder pour l’usage interne"
    page.keyboard.press("m")
    assert focused(page) == "Je m’en occupe"
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Le laisser")).to_be_visible()
    page.wait_for_load_state()  # its scripts too
    page.keyboard.press("m")
    assert focused(page) == "Le laisser"
    page.keyboard.press("e")
    page.wait_for_url(re.compile(r"/relire$"))
    page.go_back()
    page.keyboard.press("r")
    page.wait_for_url(re.compile(r"/demander$"))
    page.go_back()
    page.keyboard.press("?")
    assert page.get_by_role("dialog", name="Raccourcis clavier").is_visible()
    shown = set(page.locator(".help kbd").all_inner_texts())
    assert shown == {*"jkoepdrmga?"}
    page.keyboard.press("p")
    assert page.get_by_role("dialog").is_visible(), "shortcuts are off under the help"
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"/moderation/{texts[2].public_id}"))
    assert page.get_by_text("Texte publié par Nadia Exemple.").is_visible()
    page.keyboard.press("a")
    assert focused(page) == "Annuler cette décision"
    page.keyboard.press("Enter")
    expect(page.get_by_text("Décision annulée par Nadia Exemple.").first).to_be_visible()
    assert faults == []


@pytest.mark.usefixtures("texts")
def test_the_texts_take_the_width_that_the_statuses_leave(site: str, page: Page) -> None:
    sign_in(page, site)
    page.goto(f"{site}/moderation")
    for width in (1024, 1280, 1440, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        texts_box, statuses = (page.locator(each).bounding_box() for each in ("#textes", ".desk__rail"))
        assert texts_box is not None
        assert statuses is not None
        assert texts_box["x"] >= statuses["x"] + statuses["width"], width
        assert texts_box["width"] > 600, width


def test_a_row_is_low_whatever_is_said_in_it(site: str, page: Page, session: Session) -> None:
    """Three lines, in at most 96 pixels at 1440: in every list, with everything that a row may say at once."""
    long = "Une phrase bien trop longue pour tenir sur la seule ligne que la liste lui laisse, et qui va donc plus loin"
    for status in Status:
        a_testimonial(session, status=status, email=f"{status}@exemple.fr", title=long[:119], clsm=long)
    full = a_testimonial(session, account=f"{ACCOUNT} Au 01 99 00 35 17.", publish=False, author_name=long[:80])
    full.contested_at = now() - timedelta(days=9)
    holds.take_hold(session, full, an_editor(session).id)
    noticed = a_testimonial(session, status=Status.PUBLISHED, email="b@exemple.fr")
    a_notice(session, noticed).at -= timedelta(days=8)
    noticed.noticed_at, noticed.notice_due_at = now() - timedelta(days=8), now() - timedelta(days=1)
    session.commit()
    page.set_viewport_size({"width": 1440, "height": 900})
    sign_in(page, site)
    for path in ("?etat=tous", "", "?etat=unconfirmed", "?signale=oui", "?etat=tous&mots=phrase"):
        page.goto(f"{site}/moderation{path}")
        heights = page.eval_on_selector_all(".row", "rows => rows.map(row => row.getBoundingClientRect().height)")
        assert heights, path
        assert max(heights) <= 96, (path, heights)


@pytest.mark.usefixtures("texts")
def test_every_row_is_ticked_at_once_without_leaving_the_page(site: str, page: Page) -> None:
    sign_in(page, site)
    page.goto(f"{site}/moderation")
    page.get_by_role("link", name="Tout cocher").click()
    expect(page.locator("[name=texte]:checked")).to_have_count(3)
    page.locator("[name=texte]").first.uncheck()
    page.get_by_role("link", name="Tout cocher").click()
    page.get_by_role("link", name="Tout décocher").click()
    expect(page.locator("[name=texte]:checked")).to_have_count(0)
    assert page.url == f"{site}/moderation"


def test_shortcuts_decide_nothing_and_can_be_turned_off(
    site: str, page: Page, texts: list[Testimonial], session: Session
) -> None:
    sign_in(page, site)
    page.goto(f"{site}/moderation/{texts[0].public_id}")
    page.keyboard.press("p")
    page.keyboard.press("d")
    page.keyboard.press("Control+p")
    session.rollback()
    assert texts[0].status is Status.PENDING
    page.get_by_role("button", name="Raccourcis clavier").click()
    page.get_by_label("Se servir des raccourcis").uncheck()
    page.get_by_role("button", name="Fermer").click()
    page.reload()
    page.locator("h1").click()
    for key in "jkoepdrmga?":
        page.keyboard.press(key)
    assert page.url.endswith(texts[0].public_id)
    assert page.evaluate("document.activeElement === document.body || document.activeElement.id === 'contenu'")
    assert not page.get_by_role("dialog").is_visible()
    page.get_by_role("button", name="Raccourcis clavier").click()
    page.get_by_label("Se servir des raccourcis").check()
    page.get_by_role("button", name="Fermer").click()
    page.keyboard.press("d")
    assert focused(page).startswith("Raison")


def test_a_selection_and_the_assistant_s_passages_are_masked(
    site: str, page: Page, texts: list[Testimonial], session: Session
) -> None:
    faults = complaints(page)
    sign_in(page, site)
    page.goto(f"{site}/moderation/{texts[0].public_id}/relire")
    account = page.locator("#account")
    button = account.locator("xpath=..").get_by_role("button", name="Masquer la sélection")
    button.click()
    assert page.get_by_text("Sélectionnez d’abord").is_visible()
    select = """(field, words) => {
      const start = field.value.indexOf(words);
      field.setSelectionRange(start, start + words.length);
    }"""
    account.evaluate(select, "gardiens d’immeuble")
    button.click()
    assert "aux [[gardiens d’immeuble]] et" in account.input_value()
    button.click()
    assert account.input_value().startswith(ACCOUNT), "a second click unmasks"
    account.evaluate(select, "immeuble")
    button.click()
    account.evaluate(select, "gardiens d’[[imm")
    button.click()
    assert "aux [[gardiens d’immeuble]] et" in account.input_value(), "overlapping marks become one"
    account.evaluate(select, "immeuble")
    button.click()
    assert "aux [[gardiens d’immeuble]] et" in account.input_value(), "a masked passage stays masked"
    assert page.locator("[data-mask]").count() == 2
    for each in page.locator("[data-mask]").all():
        each.click()
    assert account.input_value().endswith("Merci à [[Mme Exemple]], puis à [[Mme Exemple]].")
    page.get_by_label("Une correction").check()
    page.get_by_role("button", name="Enregistrer").click()
    page.wait_for_url(re.compile(f"/moderation/{texts[0].public_id}"))
    session.rollback()
    assert texts[0].latest.account.count("[passage masqué]") == 3
    assert "Exemple" not in texts[0].latest.account
    assert faults == []


def test_publishing_from_a_digest_takes_two_clicks(
    site: str, page: Page, texts: list[Testimonial], session: Session
) -> None:
    for each in (texts[0], texts[2]):
        each.withdraw()
    subscription_of(session, an_editor(session)).frequency = Frequency.AT_ONCE
    subscription_of(session, an_editor(session)).notified_at = texts[1].submitted_at.replace(year=2020)
    list(send_digests(session))
    session.commit()
    facts = session.query(Email).filter_by(message=mails.DIGEST).one().facts
    sign_in(page, site)
    page.goto(f"{site}/moderation/{facts['review']}")  # the link of the e-mail: the first click
    page.get_by_role("button", name="Publier").click()  # the second
    page.wait_for_url(re.compile("fait="))
    session.rollback()
    assert texts[1].status is Status.PUBLISHED


@pytest.mark.slow("a way through the desk, in chromium")
def test_the_desk_works_without_javascript(
    site: str, browser: Browser, texts: list[Testimonial], session: Session
) -> None:
    page = browser.new_page(java_script_enabled=False)
    sign_in(page, site)
    page.goto(f"{site}/moderation")
    assert not page.get_by_role("button", name="Raccourcis clavier").is_visible(), "a button without effect is hidden"
    page.get_by_role("link", name="Le premier").click()
    page.get_by_role("button", name="Je m’en occupe").click()
    page.get_by_text("Autre décision").click()
    page.get_by_text("La phrase habituelle de chaque raison").click()
    assert page.get_by_text("Il manque à votre texte de quoi comprendre").is_visible()
    page.get_by_role("link", name="Relire et corriger").click()
    page.wait_for_url(re.compile(r"/relire$"))
    assert not page.get_by_role("button", name=re.compile("^Masquer")).first.is_visible()
    account = page.get_by_label("Ce que vous faites ensemble")
    account.fill(account.input_value().replace("Mme Exemple", "[[Mme Exemple]]"))
    page.get_by_label("Une correction").check()
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_role("link", name="Demander des corrections").click()
    page.locator("summary", has_text="Le récit").click()
    page.locator("[name=ask_account]").fill("Combien étiez-vous ?")
    page.get_by_role("button", name="Envoyer la demande").click()
    page.get_by_role("button", name="Annuler cette décision").click()
    page.get_by_text("Autre décision").click()
    page.get_by_label("Raison").select_option("promotion")
    page.get_by_role("button", name="Refuser").click()
    page.wait_for_url(re.compile(texts[1].public_id))
    session.rollback()
    assert texts[0].status is Status.DECLINED
    assert "Exemple" not in texts[0].latest.account
    page.close()


def test_the_row_of_an_answer_leads_to_what_it_is_about(site: str, browser: Browser, session: Session) -> None:
    text = a_testimonial(session, status=Status.PUBLISHED)
    answer = a_pending_answer(session, text)
    session.commit()
    page = browser.new_page()
    sign_in(page, site)
    page.goto(f"{site}/moderation")
    row = page.locator(".row", has_text="Réponse à")
    row.get_by_role("link", name=text.latest.title).click()
    page.wait_for_url(re.compile(f"/moderation/{text.public_id}"))
    page.go_back()
    row.locator(".row__link").click()
    page.wait_for_url(re.compile(f"/moderation/{answer.public_id}"))
