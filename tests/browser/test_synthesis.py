"""A synthesis from the editor's claim to its reader, and back when its words leave; in a browser 360 pixels wide."""

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from tests.acts import private_page, readable
from tests.browser.gallery import sign_in
from tests.browser.test_preview import overflow
from tests.browser.test_questions import a_telephone
from tests.factories import SENTENCES, an_editor
from tests.services.accessibility import violations

pytestmark = pytest.mark.one_engine

STAYS, LEAVES = SENTENCES[1], "Osez poser la question qui fâche."
TOGETHER = "Ce que ces retours disent ensemble"
BOTH, ALONE = "On se parle autrement.", "Il faut de l’audace."


def checked(page: Page, heading: str, *, javascript: bool) -> Page:
    """Return the page of a heading, once nothing of it overflows nor keeps anybody out."""
    expect(page.get_by_role("heading", level=1, name=heading)).to_be_visible()
    assert overflow(page) <= 0
    assert not (javascript and violations(page))
    return page


@pytest.mark.slow("a whole path in chromium, with axe")
def test_a_claim_is_written_cited_read_and_hidden_once_its_words_leave(
    session: Session, site: str, browser: Browser, *, javascript: bool
) -> None:
    an_editor(session)
    readable(session, 1)
    going = readable(session, 2, title="Celui qui part", account="Un récit sans rien de commun. " * 8, advice=LEAVES)
    page = a_telephone(browser, javascript=javascript)
    sign_in(page, site)
    page.goto(f"{site}/moderation")
    page.get_by_role("link", name="Synthèses").click()
    checked(page, "Les synthèses", javascript=javascript).get_by_role("link", name="Travailler avec un centre").click()
    page.get_by_role("button", name="Commencer la synthèse").click()
    for claim in (BOTH, ALONE):
        page.locator("#nouveau").get_by_label("Ce que ces retours montrent").fill(claim)
        page.get_by_role("button", name="Ajouter ce constat").click()
        expect(page.locator(".candidate__title", has_text=claim)).to_be_visible()
    for claim, words in ((BOTH, STAYS), (BOTH, LEAVES), (ALONE, LEAVES)):
        text = page.locator(".candidate", has=page.get_by_label(words)).first
        text.locator("summary").click()
        text.get_by_label(words).check()
        text.get_by_label("Le constat qu’elles portent").select_option(label=claim)
        checked(page, "La synthèse de l’article", javascript=javascript)
        text.get_by_role("button", name="Citer ces phrases").click()
        card = page.get_by_role("listitem").filter(has=page.locator(".candidate__title", has_text=claim))
        expect(card.locator("blockquote", has_text=words)).to_be_visible()
    desk = checked(page, "La synthèse de l’article", javascript=javascript)
    desk.get_by_role("button", name="Publier cette version").click()
    expect(page.locator("#version")).to_contain_text("Version 1, publiée le")

    page.goto(f"{site}/articles/crpv")
    page.get_by_role("link", name="La synthèse").click()
    checked(page, TOGETHER, javascript=javascript)
    expect(page.get_by_text(LEAVES).first).to_be_hidden()
    page.get_by_text("1 retour le dit").click()
    page.get_by_text("2 retours le disent").click()
    expect(page.get_by_text(STAYS)).to_be_visible()
    checked(page, TOGETHER, javascript=javascript)
    page.get_by_role("link", name="Lire : Celui qui part").last.click()
    expect(page.get_by_role("heading", name="Celui qui part")).to_be_visible()
    expect(page.get_by_text(LEAVES).first).to_be_visible()

    author = a_telephone(browser, javascript=javascript)
    author.goto(f"{site}{private_page(going)}")
    author.get_by_role("button", name="Retirer mon texte").click()
    expect(author.locator(".standing__sentence")).to_contain_text("Vous avez retiré votre texte")
    author.context.close()
    page.goto(f"{site}/articles/crpv/synthese")
    expect(page.get_by_text("1 retour le dit")).to_have_count(1)
    expect(page.get_by_text(BOTH).first).to_be_visible()
    assert ALONE not in page.content()
    assert LEAVES not in page.content()

    page.goto(f"{site}/moderation/syntheses")
    checked(page, "Les synthèses", javascript=javascript)
    expect(page.get_by_text(ALONE)).to_be_visible()
    expect(page.get_by_text("retiré par son auteur·e")).to_be_visible()
    assert LEAVES not in page.content()
    page.context.close()
