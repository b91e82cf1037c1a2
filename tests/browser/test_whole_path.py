"""A testimonial from the form to its erasure, in a real browser, with and without JavaScript, through real SMTP."""

import re

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.testimonials.testimonial import Testimonial
from tests.factories import ACCOUNT, AUTHOR, EDITOR, PASSWORD, an_editor
from tests.mail.test_outbox import plain
from tests.services import smtp
from tests.services.chromium import complaints


def a_page(browser: Browser, *, javascript: bool) -> Page:
    return browser.new_context(
        java_script_enabled=javascript, locale="fr-FR", viewport={"width": 1280, "height": 900}
    ).new_page()


def unfold(page: Page, words: str) -> None:
    part = page.locator("details.adding", has_text=words)
    if part.get_attribute("open") is None:
        part.locator("summary").click()


def fill_in(page: Page) -> None:
    page.get_by_label("Nous travaillons ensemble régulièrement").check()
    page.get_by_label("Nom de votre CLSM").fill("CLSM de Ville-Exemple")
    page.get_by_label("Département").select_option("35")
    page.get_by_label("CRPV concerné").select_option(label="Bretagne et Pays de la Loire – RésO Villes")
    page.get_by_role("group", name="Sur quoi porte").get_by_role("checkbox").first.check()
    page.get_by_label("Ce que vous faites ensemble").fill(ACCOUNT)
    unfold(page, "un conseil à un autre CLSM")
    page.get_by_label("Un conseil à un autre CLSM").fill("Commencez par une question que tout le monde se pose.")
    page.get_by_label("Prénom et nom").fill("Camille Exemple")
    page.get_by_label("Fonction", exact=True).fill("Coordinatrice")
    page.get_by_label("Courriel professionnel").fill(AUTHOR)
    page.get_by_label("Ma fonction et mon CLSM", exact=True).check()


def deliver(app: Flask) -> None:
    app.test_cli_runner().invoke(args=["mail", "deliver"])


def test_form_errors_are_in_the_viewport_of_a_telephone(
    app: Flask, site: str, browser: Browser, javascript: bool
) -> None:
    page = browser.new_context(
        java_script_enabled=javascript, locale="fr-FR", viewport={"width": 360, "height": 640}
    ).new_page()
    page.goto(f"{site}/articles/crpv/temoigner")
    page.get_by_role("button", name="Relire mon texte").click()
    title = page.get_by_role("heading", name="À reprendre")
    expect(title).to_be_focused()
    expect(title).to_be_in_viewport(ratio=1)
    expect(page.get_by_text("Tout ce que vous avez écrit est encore là.")).to_be_in_viewport(ratio=1)


@pytest.mark.slow("a whole path of three browsers, with SMTP")
def test_a_testimonial_from_the_form_to_publication_and_erasure(  # noqa: PLR0915, PLR0917  # one path is one test
    app: Flask, session: Session, site: str, browser: Browser, mail_server: smtp.Peer, javascript: bool
) -> None:
    app.config["SMTP_URL"] = mail_server.url
    an_editor(session)
    session.commit()
    author, reader, editor = (a_page(browser, javascript=javascript) for _ in range(3))
    logs = [complaints(page) for page in (author, reader, editor)]

    # Read the article, and open the form.
    author.goto(f"{site}/")
    expect(author.get_by_role("heading", level=1)).to_contain_text("centre de ressources")
    author.get_by_role("link", name=re.compile("Témoigner")).first.click()

    # Send an empty form: the summary of errors links to each field.
    author.get_by_role("button", name="Relire mon texte").click()
    expect(author.get_by_role("heading", name="À reprendre")).to_be_visible()
    author.get_by_role("link", name="Indiquez le nom de votre CLSM.").click()
    expect(author.get_by_label("Nom de votre CLSM")).to_be_focused()
    logs[0].clear()  # the 422 is expected

    # The wording follows the situation; then the preview.
    fill_in(author)
    expect(author.get_by_text("Ce que vous prévoyez de faire ensemble")).to_be_hidden()
    author.get_by_role("button", name="Relire mon texte").click()
    expect(author.get_by_role("heading", name="Relisez votre texte")).to_be_visible()
    expect(author.get_by_text("Coordinatrice, CLSM de Ville-Exemple").first).to_be_visible()

    # Go back for a change, and return.
    author.get_by_role("button", name=re.compile("^Modifier")).first.click()
    expect(author.get_by_label("Nom de votre CLSM")).to_have_value("CLSM de Ville-Exemple")
    unfold(author, "un titre")
    author.get_by_label("Un titre").fill("Trois après-midi")
    author.get_by_role("button", name="Relire mon texte").click()

    # Consent, and send: a double click stores one testimonial.
    author.get_by_role("radio", name=re.compile("^Oui")).check()
    author.get_by_label(re.compile("J’atteste")).check()
    author.get_by_role("button", name=re.compile("^Envoyer")).dblclick()
    expect(author.get_by_role("heading", name="Votre texte est arrivé")).to_be_visible()
    receipt = author.url
    assert "@" not in receipt

    # Back, and send again: the same receipt.
    author.go_back()
    expect(author.get_by_role("heading", name="Relisez votre texte")).to_be_visible()
    author.get_by_role("button", name=re.compile("^Envoyer")).click()
    expect(author.get_by_role("heading", name="Votre texte est arrivé")).to_be_visible()
    assert author.url == receipt
    assert len(session.scalars(select(Testimonial)).all()) == 1
    session.rollback()

    # The e-mail, the private link, the confirmation.
    deliver(app)
    (email,) = mail_server.received
    (link,) = re.findall(r"http://\S+/mon-temoignage/\S+", plain(email.message))
    author.goto(link)
    author.get_by_role("button", name=re.compile("Confirmer")).click()
    expect(author.get_by_text("entre les mains de l’équipe").first).to_be_visible()

    # Nothing is public yet. The editor reads it and publishes.
    reader.goto(f"{site}/articles/crpv")
    expect(reader.get_by_text("Commencez par une question")).to_have_count(0)
    editor.goto(f"{site}/moderation")
    editor.get_by_label("Courriel").fill(EDITOR)
    editor.get_by_label("Mot de passe").fill(PASSWORD)
    editor.get_by_role("button", name="Se connecter").click()
    editor.get_by_role("link", name=re.compile("Trois après-midi")).first.click()
    expect(editor.get_by_text(AUTHOR).first).to_be_visible()
    editor.get_by_role("button", name="Publier", exact=True).click()
    expect(editor.get_by_text("Texte publié par Nadia Exemple.")).to_be_visible()

    # It is published at once, beside the article and on its own page.
    reader.reload()
    expect(reader.get_by_text("Commencez par une question").first).to_be_visible()
    reader.get_by_role("link", name=re.compile("^Lire")).first.click()
    expect(reader.get_by_role("heading", level=1)).to_have_text("Trois après-midi")

    # The author withdraws it, which unpublishes it at once; then erases it.
    author.reload()
    expect(author.get_by_text("Votre texte est publié à côté de l’article").first).to_be_visible()
    author.get_by_role("button", name=re.compile("^Retirer")).click()
    expect(author.get_by_text("Vous avez retiré votre texte").first).to_be_visible()
    assert logs == [[], [], []], "no page logged an error"
    reader.reload()
    expect(reader.get_by_text("n’est plus publié").first).to_be_visible()
    reader.goto(f"{site}/articles/crpv")
    expect(reader.get_by_text("Commencez par une question")).to_have_count(0)
    author.get_by_role("link", name=re.compile("ffacer")).first.click()
    author.get_by_role("button", name=re.compile("^Effacer")).click()
    expect(author.get_by_role("heading", level=1)).to_contain_text("effacés")
    author.goto(link)
    expect(author.get_by_role("heading", level=1)).to_have_text("Ce lien n’ouvre rien")

    deliver(app)
    subjects = [received.message["Subject"] for received in mail_server.received]
    assert subjects == ["Confirmez votre adresse pour que votre texte soit lu"], "unsent e-mails are erased too"
    for page in (author, reader, editor):
        page.context.close()


def test_the_form_is_filled_by_keyboard_alone(app: Flask, site: str, page: Page) -> None:
    page.goto(f"{site}/articles/crpv/temoigner")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name=re.compile("contenu", re.IGNORECASE))).to_be_focused()
    page.keyboard.press("Enter")
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        name = page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
        assert outline == "3px", f"{name} takes the focus without showing it"
        seen.append(name)
        if page.evaluate("document.activeElement.type") == "radio":
            page.keyboard.press("Space")
        if name == "step":
            break
    order = [
        "situation",
        "clsm",
        "department",
        "partner",
        "themes",
        "account",
        "author_name",
        "email",
        "attribution",
    ]
    places = [seen.index(name) for name in order]
    assert places == sorted(places)
    unfolding = [place for place, name in enumerate(seen) if name.startswith("Ajouter")]
    assert len(unfolding) == 4
    assert seen.index("account") < unfolding[0] < unfolding[-1] < seen.index("author_name")
    assert seen[-1] == "step"


def test_counters_and_the_signature_follow_typing(app: Flask, site: str, page: Page) -> None:
    log = complaints(page)
    page.goto(f"{site}/articles/crpv/temoigner")
    page.get_by_label("Ce que vous avez fait, faites ou prévoyez ensemble").fill("a" * 30)
    expect(page.get_by_text("ncore 120 signes au moins")).to_be_visible()
    page.get_by_label("Prénom et nom").fill("Camille Exemple")
    page.get_by_label("Fonction", exact=True).fill("Coordinatrice")
    page.get_by_label("Nom de votre CLSM").fill("CLSM de Ville-Exemple")
    expect(page.get_by_text("Camille Exemple, coordinatrice, CLSM de Ville-Exemple")).to_be_visible()
    expect(page.get_by_label("Nom de cet autre CRPV")).to_be_hidden()
    page.get_by_label("CRPV concerné").select_option("autre")
    expect(page.get_by_label("Nom de cet autre CRPV")).to_be_visible()
    assert log == []
