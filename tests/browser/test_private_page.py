"""The private page and the proof in a browser: order, distances, and a withdrawal called back by keyboard alone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy.orm import Session

from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose
from tests.acts import amend_text, private_page, published, readable
from tests.browser.test_whole_path import a_page
from tests.factories import ACCOUNT, a_testimonial, by_editor

# One engine is enough for what a page looks like.
pytestmark = pytest.mark.one_engine

LONG_ACCOUNT = "\n\n".join([ACCOUNT] * 6)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    shown = a_page(browser, javascript=False)
    shown.set_viewport_size({"width": 360, "height": 640})
    yield shown
    shown.context.close()


def a_new_version(session: Session) -> Testimonial:
    text = published(session, account=LONG_ACCOUNT)
    account = f"{LONG_ACCOUNT} Puis douze personnes sont revenues."
    amend_text(text, {Purpose.REUSE: True}, title="Commencer petit", account=account)
    session.commit()
    return text


def a_proof(session: Session) -> Testimonial:
    text = a_testimonial(session, account=LONG_ACCOUNT, reuse=True)
    text.propose(text.latest.edited(account=LONG_ACCOUNT.replace("trois après-midi", "quatre après-midi")))
    note = DecisionNote(message="Un mot seulement.")
    text.perform(Action.SEND_PROOF, by=by_editor(session), note=note)
    session.commit()
    return text


def box(part: Locator) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of what is shown, in pixels of the page."""
    edges = part.evaluate(
        "e => { const b = e.getBoundingClientRect(); return [b.left, b.top + scrollY, b.right, b.bottom + scrollY] }"
    )
    return edges[0], edges[1], edges[2], edges[3]


def test_two_versions_are_told_first_and_stand_side_by_side(session: Session, site: str, page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{site}{private_page(a_new_version(session))}")
    first = page.locator(".standing__sentence")
    expect(first).to_contain_text("Votre nouvelle version est arrivée")
    expect(first).to_contain_text("celle qui paraît ne change pas")
    now, waits = page.locator(".versions > section").all()
    expect(now).to_contain_text("En ce moment dans l’article")
    expect(waits).to_contain_text("Chez l’équipe, depuis")
    assert box(now)[1] == box(waits)[1]
    assert box(now)[2] < box(waits)[0]
    note = page.locator(".facing__margin .note")
    expect(note).to_contain_text("Commencez par une question")
    assert box(note)[0] > box(waits)[2], "in the margin"
    assert box(note)[3] < 900
    page.get_by_text("Voir ce qui change").click()
    expect(page.locator(".versions ins").first).to_be_visible()
    assert page.get_by_role("link", name="Témoigner").count() == 0


def test_on_a_telephone_the_new_version_follows_the_one_that_is_read(session: Session, site: str, page: Page) -> None:
    page.goto(f"{site}{private_page(a_new_version(session))}")
    now, waits = page.locator(".versions > section").all()
    parts = [page.locator(".standing__sentence"), now, waits, page.locator(".note"), page.locator("#vos-accords")]
    tops = [box(each)[1] for each in parts]
    assert tops == sorted(tops)
    assert len(set(tops)) == len(parts)
    page.get_by_text("Votre nouvelle version, telle qu’elle paraîtrait").last.click()
    expect(page.get_by_text("Puis douze personnes sont revenues.").last).to_be_visible()


@pytest.mark.parametrize("width", [320, 360])
def test_the_proof_s_bar_signs_or_amends_and_withdrawing_stands_apart(
    session: Session, site: str, page: Page, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 640})
    page.goto(f"{site}{private_page(a_proof(session))}")
    bar, sign, amend = page.locator(".answers"), page.get_by_text("Je signe"), page.get_by_text("Je modifie")
    page.locator(".change").last.scroll_into_view_if_needed()
    expect(bar).to_be_in_viewport()
    expect(bar).to_contain_text("Paraît aussitôt.")
    expect(bar).to_contain_text("L’équipe relira.")
    assert bar.locator(".button").all_inner_texts() == ["Je signe", "Je modifie"]
    assert abs(box(sign)[2] - box(sign)[0] - (box(amend)[2] - box(amend)[0])) <= 1
    withdraw = page.get_by_text("Je retire")
    withdraw.scroll_into_view_if_needed()
    apart = page.locator("section[aria-labelledby=ne-rien-publier]")
    expect(apart).to_contain_text("Rien ne paraît, sans raison à donner.")
    assert box(apart)[1] - box(bar)[3] >= 56
    assert box(withdraw)[1] - box(amend)[3] >= 56
    assert box(withdraw)[2] - box(withdraw)[0] == width - 40, "the whole column"
    for each in (sign, amend, withdraw):
        assert box(each)[3] - box(each)[1] >= 44


def test_a_withdrawal_is_called_back_by_keyboard(
    session: Session, site: str, browser: Browser, javascript: bool
) -> None:
    text = readable(session)
    page = a_page(browser, javascript=javascript)
    page.goto(f"{site}{private_page(text)}")
    page.get_by_role("button", name="Retirer mon texte").press("Enter")
    expect(page.locator(".standing__sentence")).to_contain_text("Vous avez retiré votre texte")
    expect(page.locator(".standing__next")).to_contain_text("Vous pouvez revenir sur ce retrait jusqu’à")
    page.locator("h1").click()
    page.keyboard.press("Tab")
    back = page.get_by_role("button", name="Revenir sur ce retrait")
    expect(back).to_be_focused()
    assert box(back)[3] - box(back)[1] >= 44
    page.keyboard.press("Enter")
    expect(page.locator(".standing__sentence")).to_contain_text("Votre texte est publié à côté de l’article")
    page.goto(f"{site}/articles/crpv")
    expect(page.get_by_text(text.latest.heading).first).to_be_visible()
    page.context.close()


def test_what_was_refused_is_one_word_and_its_wording_is_folded(session: Session, site: str, page: Page) -> None:
    text = readable(session, reuse=False)
    page.goto(f"{site}{private_page(text)}")
    row = page.locator(".accords > li").nth(1)
    expect(row).to_contain_text("non.")
    words, give = row.get_by_text("repris ailleurs"), row.get_by_role("button", name="Donner cet accord")
    expect(words).to_be_hidden()
    expect(give).to_be_hidden()
    row.get_by_text("Changer d’avis").click()
    expect(words).to_be_visible()
    give.click()
    expect(page.locator(".accords > li").nth(1)).to_contain_text("oui.")
