"""The review page in a window: the slim bar, what the first screen holds, the order on a phone, keyboard, no script."""

import re
from itertools import product

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.moderation.review.editing import EditKind, save_edit
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Status
from app.testimonials.private_page.objections import contest_decision
from app.testimonials.testimonial import Testimonial
from tests.acts import amend_text, committed
from tests.browser.gallery import ADMIN, sign_in
from tests.factories import ACCOUNT, a_testimonial, an_editor
from tests.services.accessibility import violations
from tests.services.chromium import complaints

# The browser tests do not depend on the database engine.
pytestmark = pytest.mark.one_engine

MARKED = (
    f"{ACCOUNT}\n\nMerci à Mme Exemple et au Dr Modèle, 12 rue des Tanneurs : 01 99 00 35 17, salle@exemple.invalid. "
    f"M. Dupont, âgé de 43 ans, y vient.\n\n{ACCOUNT.replace('trois', 'quatre')}"
)
SIZES = {"laptop": (1366, 657), "tablet": (768, 1024), "tablet on its side": (1024, 768), "phone": (360, 740)}
LINE = 64  # pixels: the height of the bar at most


@pytest.fixture
def text(session: Session) -> Testimonial:
    an_editor(session)
    return committed(session, account=MARKED)


def replaced(session: Session) -> Testimonial:
    text = a_testimonial(session, status=Status.PUBLISHED, email="nouvelle@exemple.fr")
    amend_text(text, account=MARKED)
    return text


def contested(session: Session, status: Status) -> Testimonial:
    text = a_testimonial(session, status=status, account=MARKED, email=f"conteste-{status}@exemple.fr")
    if status is not Status.DECLINED:
        masked = text.latest.edited(account=MARKED.replace("Mme Exemple", "[passage masqué]"))
        note = DecisionNote()
        save_edit(an_editor(session), text, masked, EditKind.CORRECTION, revision=text.revision, note=note)
    contest_decision(text, "Rendez-moi mes mots.")
    return text


def top(page: Page, selector: str) -> float:
    return float(page.locator(selector).first.evaluate("(each) => each.getBoundingClientRect().top"))


def bottom(page: Page, selector: str) -> float:
    return float(page.locator(selector).first.evaluate("(each) => each.getBoundingClientRect().bottom"))


def bar_height(page: Page) -> float:
    return float(page.locator(".bar").evaluate("(bar) => bar.getBoundingClientRect().height"))


@pytest.mark.slow("chromium opens a text in every status")
def test_the_bar_is_one_slim_line_at_the_foot_of_every_window(
    site: str, page: Page, text: Testimonial, session: Session, subtests: pytest.Subtests
) -> None:
    texts = {str(Status.PENDING): text, "a new version": replaced(session)}
    for status in Status:
        if status is not Status.PENDING:
            texts[status] = a_testimonial(session, status=status, email=f"{status}@exemple.fr", account=MARKED)
    for status in (Status.PENDING, Status.PUBLISHED, Status.DECLINED):
        texts[f"contested, {status}"] = contested(session, status)
    session.commit()
    sign_in(page, site)
    addresses = {name: f"{site}/moderation/{each.public_id}" for name, each in texts.items()}
    for name, address in addresses.items():
        page.goto(address)
        for window, (width, height) in SIZES.items():
            with subtests.test(text=name, window=window):
                page.set_viewport_size({"width": width, "height": height})
                page.evaluate("scrollTo(0, 0)")
                if page.locator(".bar").count():
                    assert bar_height(page) <= LINE
                    assert bottom(page, ".bar") <= height


def test_the_first_screen_holds_the_head_the_first_marks_and_the_decisions(
    site: str, page: Page, text: Testimonial, subtests: pytest.Subtests
) -> None:
    sign_in(page, site)
    page.goto(f"{site}/moderation/{text.public_id}")
    for window in ("laptop", "tablet", "tablet on its side"):
        with subtests.test(window=window):
            width, height = SIZES[window]
            page.set_viewport_size({"width": width, "height": height})
            seen = top(page, ".bar")
            assert bottom(page, ".review__head") < seen
            assert bottom(page, ".hints__passages li") < seen, "the first mark"
            assert page.get_by_role("button", name="Publier").is_visible()
            assert page.get_by_text("Autre décision").is_visible()
            if window != "tablet":
                assert bottom(page, ".review__text .sheet__question + .prose p") < seen, "the beginning of the text"


def test_on_a_phone_the_marks_come_before_the_text(site: str, page: Page, text: Testimonial) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    sign_in(page, site)
    page.goto(f"{site}/moderation/{text.public_id}")
    assert top(page, ".review__marked") < top(page, "#a-regarder") < top(page, "#le-texte")
    assert bottom(page, ".review__marks") <= top(page, "#le-texte")
    assert top(page, "#le-texte") - top(page, "#a-regarder") < 740, "the text is not out of reach"


def test_the_bar_opens_and_closes_by_keyboard(site: str, page: Page, text: Testimonial) -> None:
    page.set_viewport_size({"width": 1366, "height": 657})
    faults = complaints(page)
    sign_in(page, site)
    page.goto(f"{site}/moderation/{text.public_id}")
    refuse = page.get_by_role("button", name="Refuser")
    assert not refuse.is_visible()
    page.keyboard.press("p")
    assert page.evaluate("document.activeElement.innerText") == "Publier"
    page.keyboard.press("Tab")
    assert page.evaluate("scrollY") == 0, "what stands in the bar is in view already"
    page.keyboard.press("Enter")
    assert refuse.is_visible()
    assert bar_height(page) <= LINE, "it opens above the line"
    assert violations(page) == []
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "reason"
    page.keyboard.press("Escape")
    assert not refuse.is_visible()
    assert page.evaluate("document.activeElement.localName") == "summary"
    page.keyboard.press("d")
    assert page.evaluate("document.activeElement.id") == "reason", "the shortcut opens what it leads into"
    assert faults == []


def test_marks_are_masked_then_published_without_javascript(
    site: str, browser: Browser, text: Testimonial, session: Session
) -> None:
    page = browser.new_page(java_script_enabled=False, viewport={"width": 360, "height": 740})
    sign_in(page, site)
    page.goto(f"{site}/moderation/{text.public_id}")
    page.get_by_role("button", name="Masquer « Mme Exemple »").click()
    page.wait_for_url(f"**/{text.public_id}#a-regarder")
    page.get_by_text("Autre décision").click()
    page.get_by_label("Ce que l’auteur·e lira").fill("Merci pour ce récit.")
    page.get_by_role("button", name="Publier").click()
    expect(page.get_by_role("heading", name="Publier avec")).to_be_visible()
    page.get_by_role("button", name="Publier quand même").click()
    page.wait_for_url("**?fait=*")
    session.rollback()
    assert text.status is Status.PUBLISHED
    assert "Mme Exemple" not in text.latest.account
    assert text.latest_decision is not None
    assert text.latest_decision.message == "Merci pour ce récit."
    page.close()


def test_a_proof_with_marks_asks_before_it_leaves_on_a_telephone(
    site: str, browser: Browser, text: Testimonial, session: Session, *, javascript: bool
) -> None:
    page = browser.new_page(java_script_enabled=javascript, viewport={"width": 360, "height": 740})
    sign_in(page, site)
    page.goto(f"{site}/moderation/{text.public_id}/relire")
    page.get_by_label("Titre").fill("Un tout autre titre")
    page.get_by_label("Une réécriture").check()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator(".summary")).to_contain_text("Il reste à regarder, dans ce qui part à la signature")
    expect(page.get_by_label("Titre")).to_have_value("Un tout autre titre")
    page.get_by_role("button", name="Enregistrer").click()
    page.wait_for_url("**?fait=*")
    session.rollback()
    assert text.status is Status.PROOF_SENT
    page.close()


def test_at_any_size_nothing_is_out_of_reach_and_an_error_is_seen_in_the_open_bar(
    site: str, page: Page, text: Testimonial, subtests: pytest.Subtests
) -> None:
    sign_in(page, site)
    for window in ("phone", "laptop"):
        with subtests.test(window=window):
            width, height = SIZES[window]
            page.set_viewport_size({"width": width, "height": height})
            page.goto(f"{site}/moderation/{text.public_id}")
            page.evaluate("document.documentElement.style.fontSize = '200%'")
            assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
            assert bar_height(page) < height / 2
            page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
            assert bottom(page, ".keys") <= top(page, ".bar")
            page.get_by_text("Autre décision").click()
            choices = page.locator(".bar__panel .button")
            assert choices.count() == 2
            for choice in choices.all():
                choice.scroll_into_view_if_needed()
                assert choice.evaluate(
                    "(each) => { const { x, y, width, height } = each.getBoundingClientRect();"
                    " return each.contains(document.elementFromPoint(x + width / 2, y + height / 2)) }"
                )
            page.get_by_role("button", name="Refuser").click()
            expect(page.locator("#reason-error")).to_be_visible()
            expect(page.locator("#a-reprendre")).to_be_focused()
            page.wait_for_load_state()
            assert 0 <= top(page, "#a-reprendre") <= bottom(page, "#a-reprendre") <= top(page, ".bar__panel")
            assert bar_height(page) <= LINE


def test_an_edit_is_seen_and_measured_before_its_kind_is_chosen_without_javascript(
    site: str, browser: Browser, text: Testimonial, session: Session
) -> None:
    page = browser.new_page(java_script_enabled=False, viewport={"width": 360, "height": 740})
    sign_in(page, site)
    page.goto(f"{site}/moderation/{text.public_id}/relire")
    page.get_by_label("Un titre").fill("Trois belles matinées")
    page.get_by_role("button", name="Voir ce qui change").click()
    expect(page.locator(".edit__verdict")).to_contain_text("c’est une réécriture")
    expect(page.locator(".change__side--after ins").first).to_be_visible()
    session.rollback()
    assert text.current_number == 1
    page.get_by_label("Un titre").fill("Trois après-midis")
    page.get_by_role("button", name="Voir ce qui change").click()
    expect(page.locator(".edit__verdict")).to_contain_text("c’est une correction")
    page.get_by_label("Une correction").check()
    page.get_by_role("button", name="Enregistrer").click()
    page.wait_for_url(f"**/moderation/{text.public_id}*")
    session.rollback()
    assert (text.latest.title, text.status) == ("Trois après-midis", Status.PENDING)
    page.close()


CROWDED = f"{MARKED}\n\n" + " ".join(
    f"Mme {name} y était." for name in ("Exemple", "Legrand", "Moreau", "Roussel", "Garnier", "Lambert", "Fontaine")
)


@pytest.mark.slow("chromium scrolls ten pages")
def test_the_marks_beside_a_text_are_all_reached_by_the_page_itself(
    site: str, page: Page, session: Session, subtests: pytest.Subtests
) -> None:
    """No panel of its own scrolls: each mark comes into view as the page does, and « Masquer » is pressed there."""
    an_editor(session)
    windows = SIZES | {"wide": (1920, 1080)}
    texts = [a_testimonial(session, account=CROWDED, email=f"a{each}@exemple.fr").public_id for each in windows]
    session.commit()
    sign_in(page, site)
    for text, (window, (width, height)) in zip(texts, windows.items(), strict=True):
        page.set_viewport_size({"width": width, "height": height})
        # The edit form first: nothing that is masked in it is sent.
        for panel, path in ((".edit__hints", "/relire"), (".review__marks", "")):
            with subtests.test(window=window, panel=panel):
                page.goto(f"{site}/moderation/{text}{path}")
                reach_all_marks(page, panel)


def reach_all_marks(page: Page, panel: str) -> None:
    """Scroll a page, at both sizes of its text, until each mark of a panel has been seen; mask the last one."""
    marks = page.locator(f"{panel} .hints__passages li")
    assert marks.count() >= 12
    for size in ("100%", "200%"):
        page.evaluate("(size) => { document.documentElement.style.fontSize = size }", size)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        scrollers = """[...document.querySelectorAll("main *")].filter((each) =>
            each.localName !== "textarea" && /auto|scroll|hidden/.test(getComputedStyle(each).overflowY)
            && each.scrollHeight > each.clientHeight + 1 && each.querySelector(".hints__passages")).length"""
        assert page.evaluate(scrollers) == 0
        # As a reader scrolls the page, window by window, each mark is seen whole at some moment, above the bar.
        seen = page.evaluate(
            """(panel) => {
              const seen = new Set(), root = document.documentElement, bar = document.querySelector(".bar");
              const marks = [...document.querySelectorAll(`${panel} .hints__passages li`)];
              for (let y = 0; y <= root.scrollHeight; y += 60) {
                scrollTo(0, y);
                marks.forEach((each, index) => {
                  const { top, bottom } = each.getBoundingClientRect();
                  const end = bar?.getBoundingClientRect().top ?? innerHeight;
                  if (top >= 0 && bottom <= Math.min(end, innerHeight)) seen.add(index);
                });
              }
              return seen.size;
            }""",
            panel,
        )
        assert seen == marks.count()
    marks.get_by_role("button").last.click()
    if panel == ".edit__hints":
        expect(page.locator("#account")).to_have_value(re.compile(r"\[\[.*\]\]"))
    else:
        expect(page.get_by_text("Masqué", exact=True)).to_be_visible()


def test_what_takes_the_focus_comes_above_the_bar(
    site: str, page: Page, text: Testimonial, subtests: pytest.Subtests
) -> None:
    sign_in(page, site)
    page.goto(f"{site}/moderation/{text.public_id}")
    fields = (page.get_by_label("Note", exact=True), page.get_by_role("button", name="Ajouter la note"))
    for (window, (width, height)), each in product(SIZES.items(), fields):
        with subtests.test(window=window, field=str(each)):
            page.set_viewport_size({"width": width, "height": height})
            # It begins just above the end of the window, beneath the bar.
            each.evaluate("each => scrollBy(0, each.getBoundingClientRect().top - innerHeight + 30)")
            assert each.evaluate("each => each.getBoundingClientRect().top") > top(page, ".bar")
            each.focus()
            assert each.evaluate("each => each.getBoundingClientRect().bottom") <= top(page, ".bar")


def test_a_sentence_changed_by_an_admin_fills_the_message_of_a_refusal(
    site: str, browser: Browser, text: Testimonial, session: Session
) -> None:
    words = "Nous cherchons des expériences : votre texte présente un service."
    an_editor(session, email=ADMIN, role=Role.ADMIN)
    session.commit()
    page = browser.new_page(java_script_enabled=False, viewport={"width": 360, "height": 740})
    sign_in(page, site, ADMIN)
    page.goto(f"{site}/moderation")
    page.locator(".doors__narrow summary").first.click()
    page.get_by_role("link", name="Réglages").click()
    page.get_by_role("link", name="Phrases").click()
    page.get_by_role("link", name="Promotion").click()
    page.get_by_label("La phrase").fill(words)
    page.get_by_role("button", name="Enregistrer cette phrase").click()
    expect(page.get_by_role("definition").get_by_text(words)).to_have_count(2)
    page.close()
    page = browser.new_page(viewport={"width": 1366, "height": 657})
    sign_in(page, site)
    page.goto(f"{site}/moderation/{text.public_id}")
    page.get_by_text("Autre décision").click()
    page.get_by_label("Raison").select_option("promotion")
    expect(page.get_by_label("Ce que l’auteur·e lira")).to_have_value(words)
    page.get_by_role("button", name="Refuser").click()
    page.wait_for_url("**?fait=*")
    session.rollback()
    assert text.latest_decision is not None
    assert text.latest_decision.message == words
    page.close()
