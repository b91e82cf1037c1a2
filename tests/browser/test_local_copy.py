"""The local copy of the form in the browser: stored on request, restored, erased; never the consents."""

import re
from dataclasses import replace

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from app.articles import editing
from app.audit import SYSTEM
from tests.browser.test_whole_path import a_page, fill_in, unfold
from tests.factories import ACCOUNT, another_article, the_article

# The browser's storage does not depend on the database.
pytestmark = pytest.mark.one_engine

BOX = "Garder une copie sur cet appareil"
FORM = "/articles/crpv/temoigner"


def copies(page: Page) -> dict[str, str]:
    stored: dict[str, str] = page.evaluate("({ ...localStorage })")
    return stored


def another_day(page: Page, site: str) -> Page:
    context = page.context
    page.close()
    back = context.new_page()
    back.goto(f"{site}{FORM}")
    return back


def test_no_copy_is_stored_by_default(app: Flask, site: str, page: Page) -> None:
    page.goto(f"{site}{FORM}")
    expect(page.get_by_label(BOX)).not_to_be_checked()
    expect(page.get_by_text("À éviter sur un appareil partagé")).to_be_visible()
    expect(page.get_by_role("button", name="Effacer cette copie")).to_be_hidden()
    fill_in(page)
    assert copies(page) == {}


@pytest.mark.changes_content
@pytest.mark.slow("a form is filled in and found again, in chromium")
def test_the_copy_keeps_a_partner_that_the_call_does_not_ask_for_meanwhile(
    app: Flask, site: str, page: Page, session: Session
) -> None:
    article = the_article(session)
    asked, asking_none = article.call, replace(article.call, names=None)
    page.goto(f"{site}{FORM}")
    page.get_by_label(BOX).check()
    page.get_by_label("CRPV concerné").select_option("autre")
    page.get_by_label(re.compile("Nom de cet autre CRPV")).fill("Un centre voisin")
    article.call = asking_none
    session.commit()
    page = another_day(page, site)
    expect(page.get_by_label(re.compile("CRPV"))).to_have_count(0)
    page.get_by_label("Nom de votre CLSM").fill("CLSM de Ville-Exemple")
    article.call = asked
    session.commit()
    page = another_day(page, site)
    expect(page.get_by_label("Nom de votre CLSM")).to_have_value("CLSM de Ville-Exemple")
    expect(page.get_by_label("CRPV concerné")).to_have_value("autre")
    expect(page.get_by_label(re.compile("Nom de cet autre CRPV"))).to_have_value("Un centre voisin")
    page.get_by_role("button", name="Effacer cette copie").click()
    assert copies(page) == {}
    page.get_by_label(BOX).check()
    page.get_by_label("Nom de votre CLSM").fill("CLSM d’ailleurs")
    assert "Un centre voisin" in str(copies(page)), "it is still in the form"


def test_the_checkbox_is_hidden_without_a_script(app: Flask, site: str, browser: Browser) -> None:
    page = a_page(browser, javascript=False)
    page.goto(f"{site}{FORM}")
    expect(page.get_by_label(BOX)).to_be_hidden()
    page.context.close()


@pytest.mark.slow("a form is filled in, left and found again, in chromium")
def test_the_copy_restores_the_form_until_it_is_sent(app: Flask, site: str, page: Page) -> None:
    page.goto(f"{site}{FORM}")
    page.get_by_label(BOX).check()
    fill_in(page)
    page.get_by_label("Fonction", exact=True).fill("Coordinatrice, puis directrice")
    page = another_day(page, site)
    expect(page.get_by_text("Voici la copie gardée sur cet appareil.")).to_be_visible()
    expect(page.get_by_label(BOX)).to_be_checked()
    expect(page.get_by_label("Nous travaillons ensemble régulièrement")).to_be_checked()
    expect(page.get_by_label("Nom de votre CLSM")).to_have_value("CLSM de Ville-Exemple")
    expect(page.get_by_label("Département")).to_have_value("35")
    expect(page.get_by_role("group", name="Sur quoi porte").get_by_role("checkbox").first).to_be_checked()
    expect(page.get_by_label("Ce que vous faites ensemble")).to_have_value(ACCOUNT)
    expect(page.get_by_label("Un conseil à un autre CLSM")).to_be_visible()
    expect(page.get_by_label("Ce que cela apporte")).to_be_hidden()
    expect(page.get_by_text("Coordinatrice, puis directrice, CLSM de Ville-Exemple", exact=True)).to_be_visible()
    expect(page.get_by_text(re.compile(r"sur 2\s500\ssignes"))).to_be_visible()
    page.get_by_role("button", name="Relire mon texte").click()
    page.get_by_role("radio", name=re.compile("^Oui")).check()
    page.get_by_label(re.compile("J’atteste")).check()
    page.get_by_role("button", name=re.compile("^Modifier")).first.click()
    unfold(page, "un titre")
    page.get_by_label("Un titre").fill("Trois après-midi")
    ((key, copy),) = copies(page).items()
    assert key.startswith("copie:"), "by the article, whatever its address"
    assert "Trois après-midi" in copy
    assert not [
        word for word in ("publish", "attest", "reuse", "contact", "seen", "csrf_token", "key") if f'"{word}"' in copy
    ]
    page.get_by_role("button", name="Relire mon texte").click()
    page.get_by_role("button", name=re.compile("^Envoyer")).click()
    expect(page.get_by_role("heading", name="Votre texte est arrivé")).to_be_visible()
    assert copies(page) == {}
    page = another_day(page, site)
    expect(page.get_by_label("Nom de votre CLSM")).to_have_value("")
    expect(page.get_by_label(BOX)).not_to_be_checked()


@pytest.mark.parametrize("by_the_box", [True, False])
def test_the_copy_is_erased_on_demand_and_the_form_stays(app: Flask, site: str, page: Page, by_the_box: bool) -> None:
    page.goto(f"{site}{FORM}")
    page.get_by_label(BOX).check()
    page.get_by_label("Nom de votre CLSM").fill("CLSM de Ville-Exemple")
    page = another_day(page, site)
    if by_the_box:
        page.get_by_label(BOX).uncheck()
    else:
        page.get_by_role("button", name="Effacer cette copie").click()
        expect(page.locator("#copie-reprise")).to_be_focused()
    expect(page.get_by_text("La copie est effacée de cet appareil.")).to_be_visible()
    expect(page.get_by_label(BOX)).not_to_be_checked()
    expect(page.get_by_role("button", name="Effacer cette copie")).to_be_hidden()
    expect(page.get_by_label("Nom de votre CLSM")).to_have_value("CLSM de Ville-Exemple")
    unfold(page, "un titre")
    page.get_by_label("Un titre").fill("Trois après-midi")
    assert copies(page) == {}


def test_the_copy_does_not_replace_a_filled_form(app: Flask, site: str, page: Page) -> None:
    page.goto(f"{site}{FORM}")
    page.get_by_label(BOX).check()
    page.get_by_label("Nom de votre CLSM").fill("CLSM de Ville-Exemple")
    page.get_by_label(BOX).evaluate(
        "for (const key in {...localStorage}) localStorage[key] = localStorage[key].replace('Exemple', 'Autre')"
    )
    page.get_by_role("button", name="Relire mon texte").click()
    expect(page.get_by_role("heading", name="À reprendre")).to_be_visible()
    expect(page.get_by_label("Nom de votre CLSM")).to_have_value("CLSM de Ville-Exemple")
    expect(page.get_by_label(BOX)).to_be_checked()


@pytest.mark.changes_content
@pytest.mark.slow("a form is filled in and found again elsewhere, in chromium")
def test_the_copy_follows_its_article_to_another_address(app: Flask, session: Session, site: str, page: Page) -> None:
    page.goto(f"{site}{FORM}")
    page.get_by_label(BOX).check()
    page.get_by_label("Nom de votre CLSM").fill("CLSM de Ville-Exemple")
    expect(page.get_by_label(BOX)).to_be_checked()
    editing.change_address(the_article(session), "autrement", by=SYSTEM)
    other = another_article(session, slug="voisin")
    session.commit()
    page.goto(f"{site}/articles/{other.slug}/temoigner")
    expect(page.get_by_label("Nom de votre CLSM")).to_have_value("")
    page = another_day(page, site)
    assert page.url.endswith("/articles/autrement/temoigner")
    expect(page.get_by_label("Nom de votre CLSM")).to_have_value("CLSM de Ville-Exemple")


def test_a_copy_of_an_earlier_release_is_taken_over_and_erased_when_the_text_is_sent(
    app: Flask, site: str, page: Page
) -> None:
    page.goto(f"{site}{FORM}")
    page.get_by_label(BOX).check()
    page.get_by_label("Nom de votre CLSM").fill("CLSM de Ville-Exemple")
    page.get_by_label(BOX).evaluate(
        "for (const key in {...localStorage}) {"
        " localStorage['copie-crpv'] = localStorage[key]; delete localStorage[key]; }"
    )
    assert list(copies(page)) == ["copie-crpv"]
    page = another_day(page, site)
    expect(page.get_by_label("Nom de votre CLSM")).to_have_value("CLSM de Ville-Exemple")
    assert [key.partition(":")[0] for key in copies(page)] == ["copie"]


def test_counters_work_without_local_storage(app: Flask, site: str, page: Page) -> None:
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } })"
    )
    page.goto(f"{site}{FORM}")
    expect(page.get_by_label(BOX)).to_be_hidden()
    page.get_by_label("Ce que vous avez fait, faites ou prévoyez ensemble").fill("a" * 30)
    expect(page.get_by_text("ncore 120 signes au moins")).to_be_visible()
