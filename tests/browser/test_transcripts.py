"""Recording what was told by voice, in a real browser: on a telephone, without JavaScript too; the sheet on paper."""

import io
import re

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader
from sqlalchemy.orm import Session

from tests.browser.gallery import sign_in
from tests.factories import ACCOUNT, EDITOR, a_transcript, an_editor

pytestmark = pytest.mark.one_engine

SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Wide letters, in paragraphs: about the most room that so many signs take.
WORDS = "Nous avons mené mensuellement nos rencontres communes, avec méthode et humour. " * 5 + "\n\n"


def signed_in_page(browser: Browser, site: str, *, javascript: bool = True) -> Page:
    context = browser.new_context(
        java_script_enabled=javascript, locale="fr-FR", viewport={"width": 360, "height": 640}
    )
    page = context.new_page()
    sign_in(page, site)
    page.goto(f"{site}/moderation")
    return page


def test_what_was_told_is_typed_on_a_telephone_and_its_sheet_follows(
    app: Flask, session: Session, site: str, browser: Browser, *, javascript: bool
) -> None:
    an_editor(session)
    session.commit()
    page = signed_in_page(browser, site, javascript=javascript)
    page.get_by_role("link", name="saisir un témoignage recueilli").click()
    page.get_by_label("Nous travaillons ensemble régulièrement").check()
    page.locator("[name=account]").fill(ACCOUNT)
    page.get_by_label("Prénom et nom de la personne").fill("Dominique Exemple")
    page.get_by_label("Sa fonction").fill("Coordinateur")
    page.get_by_label("Nom du CLSM").fill("CLSM de Ville-Exemple")
    page.get_by_label("Département").select_option("35")
    page.get_by_label("CRPV concerné").select_option("reso-villes")
    page.get_by_role("group", name="Sur quoi porte").get_by_role("checkbox").first.check()
    assert page.evaluate(SIDEWAYS) == 0
    page.get_by_role("button", name="Enregistrer et faire signer").click()
    page.get_by_role("link", name="Dites comment cela vous a été raconté.").click()
    page.get_by_label("Au téléphone").check()
    expect(page.locator("[name=account]")).to_have_value(ACCOUNT)
    page.get_by_role("button", name="Enregistrer et faire signer").click()
    expect(page.locator(".told__code")).to_have_text(re.compile(r"^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$"))
    assert page.evaluate(SIDEWAYS) == 0
    page.get_by_role("link", name="revenir au texte").click()
    expect(page.get_by_role("heading", name="Recueilli, attend la signature")).to_be_visible()
    page.context.close()


@pytest.mark.parametrize("signs", [(1_500, 600, 0, 0), (2_500, 1_000, 0, 0), (2_500, 1_500, 1_500, 500)])
@pytest.mark.slow("chromium prints")
def test_the_sheet_is_one_page_however_long_the_text(
    app: Flask, session: Session, site: str, browser: Browser, signs: tuple[int, ...]
) -> None:
    names = ("account", "outcome", "obstacles", "advice")
    told, _ = a_transcript(
        session, **{name: (WORDS * 7)[:most].strip() for name, most in zip(names, signs, strict=True)}
    )
    session.commit()
    page = signed_in_page(browser, site)
    page.goto(f"{site}/moderation/{told.public_id}")
    page.get_by_role("button", name="Imprimer une autre feuille").click()
    expect(page.locator(".told__code")).to_be_visible()
    pages = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    assert len(pages) == 1
    assert page.locator(".told__code").inner_text() in pages[0].extract_text()
    page.context.close()


def publish_as_another(session: Session, site: str, browser: Browser, public_id: str, *, javascript: bool) -> None:
    """Have an editor publish what a colleague typed, who is told why they may not."""
    an_editor(session, email="qui.relit@exemple.fr")
    session.commit()
    for email in (EDITOR, "qui.relit@exemple.fr"):
        context = browser.new_context(java_script_enabled=javascript, viewport={"width": 360, "height": 640})
        page = context.new_page()
        sign_in(page, site, email)
        page.goto(f"{site}/moderation/{public_id}")
        assert page.evaluate(SIDEWAYS) == 0
        publish = page.get_by_role("button", name="Publier")
        if email == EDITOR:
            expect(page.get_by_text("une autre personne de l’équipe le publie")).to_be_visible()
            expect(publish).to_have_count(0)
        else:
            publish.click()
            page.goto(f"{site}/temoignages/{public_id}")
            expect(page.get_by_text("Recueilli par l’équipe (L’association d’exemple)")).to_be_visible()
        context.close()


@pytest.mark.slow("a whole path in chromium")
def test_who_told_it_signs_by_the_code_of_a_sheet_on_a_telephone_and_withdraws_by_the_one_that_lasts(
    app: Flask, session: Session, site: str, browser: Browser, *, javascript: bool
) -> None:
    told, code = a_transcript(session)
    session.commit()
    context = browser.new_context(
        java_script_enabled=javascript, locale="fr-FR", viewport={"width": 360, "height": 640}
    )
    page = context.new_page()

    def enter(typed: str) -> None:
        page.goto(f"{site}/mon-temoignage")
        page.get_by_label("Votre code").fill(typed)
        page.get_by_role("button", name="Ouvrir ma page").click()

    enter("0000-0000-0000-0000")
    expect(page.get_by_label("Votre code")).to_have_value("0000-0000-0000-0000")
    expect(page.locator(".summary")).to_contain_text("Ce code n’ouvre rien")
    enter((code or "").lower().replace("-", " "))
    page.get_by_label("Mon CLSM seul").check()
    page.get_by_label("Oui", exact=True).check()
    assert page.evaluate(SIDEWAYS) == 0
    page.get_by_role("button", name="Je signe").click()
    expect(page.locator(".summary")).to_contain_text("cochez cette attestation")
    expect(page.get_by_label("Mon CLSM seul")).to_be_checked()
    page.locator("[name=attest]").check()
    page.get_by_role("button", name="Je signe").click()
    expect(page.get_by_role("heading", name="Gardez ce code")).to_be_visible()
    assert page.evaluate(SIDEWAYS) == 0
    lasting = page.locator(".lasting-code").inner_text().strip()
    enter(code or "")
    expect(page.locator(".summary")).to_contain_text("Ce code n’ouvre rien")
    publish_as_another(session, site, browser, told.public_id, javascript=javascript)
    enter(lasting)
    expect(page.locator(".standing__sentence")).to_contain_text("Votre texte est publié")
    assert page.evaluate(SIDEWAYS) == 0
    page.get_by_role("button", name="Retirer mon texte").click()
    expect(page.locator(".standing__sentence")).to_contain_text("Vous avez retiré votre texte.")
    context.close()
