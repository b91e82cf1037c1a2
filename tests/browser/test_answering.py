"""An answer from the invitation's e-mail to its confirmation, in a real browser, with and without JavaScript."""

import re

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.testimonials.lifecycle import Status, TextKind
from app.testimonials.responses.mails import invite
from app.testimonials.testimonial import Testimonial
from tests.acts import readable
from tests.browser import test_whole_path as whole_path
from tests.factories import ACCOUNT, by_editor
from tests.mail.test_outbox import plain
from tests.services import smtp
from tests.services.chromium import complaints

WORDS = "Le centre de ressources a tenu ces trois après-midi avec une équipe voisine, qui continue sans lui depuis."


def fill_in_answer(page: Page) -> None:
    page.get_by_label("Organisation", exact=True).fill("Réseau de Ville-Exemple")
    page.get_by_label("Votre réponse").fill(WORDS)
    page.get_by_label("Prénom et nom").fill("Dominique Exemple")
    page.get_by_label("Fonction", exact=True).fill("Directrice")
    page.get_by_label("Courriel", exact=True).fill("reponse@exemple.fr")
    page.get_by_label("Ma fonction et mon organisation", exact=True).check()


@pytest.mark.slow("a whole path in chromium, with SMTP")
def test_an_answer_from_the_invitation_to_the_confirmation(  # noqa: PLR0917  # one path is one test
    app: Flask, session: Session, site: str, browser: Browser, mail_server: smtp.Peer, javascript: bool
) -> None:
    app.config["SMTP_URL"] = mail_server.url
    text = readable(session)
    whole_path.deliver(app)
    mail_server.received.clear()
    invite(session, text, to="accueil@exemple.fr", by=by_editor(session))
    session.commit()
    whole_path.deliver(app)
    page = whole_path.a_page(browser, javascript=javascript)
    log = complaints(page)

    # The e-mail leads to the testimonial, and to the form.
    (email,) = mail_server.received
    (link,) = re.findall(r"http://\S+/repondre/\S+", plain(email.message))
    page.goto(link)
    expect(page.get_by_text(ACCOUNT)).to_be_visible()
    expect(page.get_by_role("link", name="Récit 00")).to_be_visible()

    # Sent empty, then filled in.
    page.get_by_role("button", name="Relire ma réponse").click()
    expect(page.get_by_role("heading", name="À reprendre : 6 réponses")).to_be_visible()
    page.get_by_role("link", name="Indiquez le nom de votre organisation.").click()
    expect(page.get_by_label("Organisation", exact=True)).to_be_focused()
    log.clear()  # the 422 is expected
    fill_in_answer(page)
    if javascript:
        expect(page.get_by_text("Directrice, Réseau de Ville-Exemple", exact=True)).to_be_visible()
    page.get_by_role("button", name="Relire ma réponse").click()

    # As it would stand, and back for a change.
    expect(page.get_by_role("heading", name="Réponse : Réseau de Ville-Exemple")).to_be_visible()
    page.get_by_role("button", name="Modifier la signature").click()
    page.get_by_label("Mon organisation seule").check()
    page.get_by_role("button", name="Relire ma réponse").click()
    expect(page.get_by_text("Directrice", exact=True)).to_have_count(1)
    page.get_by_role("radio", name=re.compile("^Oui")).check()
    page.get_by_label(re.compile("J’atteste")).check()
    page.get_by_role("button", name=re.compile("^Envoyer")).dblclick()
    expect(page.get_by_role("heading", name="Votre réponse est arrivée")).to_be_visible()
    receipt = page.url

    # Back, and send again: the same receipt.
    page.go_back()
    expect(page.get_by_role("heading", name="Relisez votre réponse")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Envoyer")).click()
    expect(page.get_by_role("heading", name="Votre réponse est arrivée")).to_be_visible()
    assert page.url == receipt

    # The second e-mail, the private link, the confirmation; then the first link says that it has served.
    whole_path.deliver(app)
    (_, email) = mail_server.received
    (private,) = re.findall(r"http://\S+/mon-temoignage/\S+", plain(email.message))
    page.goto(private)
    page.get_by_role("button", name=re.compile("Confirmer")).click()
    expect(page.get_by_role("button", name=re.compile("Confirmer"))).to_have_count(0)
    assert log == []
    page.goto(link)
    expect(page.get_by_role("heading", name="Votre réponse nous est parvenue")).to_be_visible()
    (answer,) = session.scalars(select(Testimonial).where(Testimonial.kind == TextKind.RESPONSE))
    assert (answer.status, answer.about_id, answer.latest.account) == (Status.PENDING, text.id, WORDS)
