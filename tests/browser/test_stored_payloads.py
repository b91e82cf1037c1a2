"""What attackers are known to type, in every text field, read back wherever it shows: nothing of it runs."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Dialog, Page, expect
from sqlalchemy.orm import Session

from app.accounts import mails as account_mails
from app.accounts.account_links import LinkKind
from app.accounts.models import Role
from app.articles.call import LONG_NAMES, SHORT_NAMES, SITUATIONS, TEXTS, UNSETTLED, Call
from app.articles.sites import register_site
from app.audit import Actor
from app.mail.compose import compose
from app.testimonials.attribution import Attribution
from app.testimonials.decision import DecisionNote, Remark, RemarkKind
from app.testimonials.draft import DRAFT_SAVED, save_draft
from app.testimonials.lifecycle import Action, Status
from app.testimonials.notices import NoticeKind, Outcome
from app.testimonials.private_page.objections import contest_decision
from app.testimonials.situation import PartnerKnown
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version
from app.tokens import sign_token
from tests.acts import committed, private_page, private_token
from tests.browser.gallery import sign_in
from tests.depth import DEPTH
from tests.factories import a_notice, a_testimonial, an_alert, an_editor, an_invitation, the_article
from tests.mail.samples import SAMPLE_FACTS
from tests.services.chromium import complaints

# One engine is enough: what a browser runs does not depend on where a text was stored.
pytestmark = pytest.mark.one_engine

PAYLOADS = Path("tests/data/xss.txt").read_text(encoding="utf-8").splitlines()
TYPED = (
    *("clsm", "partner_other", "title", "account", "outcome", "obstacles", "advice"),
    *("years", "other_partners", "link", "author_name", "author_role", "sequel"),
)

# What no page of ours holds, whatever its texts say: elements and attributes that only a payload would bring.
ALIEN = """async () => {
// Whatever waits for the page to be painted has run then: a focus, an animation, a frame.
await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
const ours = (address, path) => {
    const url = new URL(address, location);
    return url.origin === location.origin && path.test(url.pathname);
};
// What other sites are offered is shown in a frame of ours, as tall as its page; its links open in the whole window.
const framed = (e) => e.tagName === 'IFRAME' && ours(e.src, /^\\/integration\\//);
const framing = (e) => e.tagName === 'BASE' && !e.hasAttribute('href');
return [...document.querySelectorAll('*')].filter(e =>
    ['IFRAME', 'OBJECT', 'EMBED', 'VIDEO', 'AUDIO', 'STYLE', 'BASE', 'MARQUEE', 'TEMPLATE', 'MATH', 'FRAMESET']
        .includes(e.tagName.toUpperCase()) && !framed(e) && !framing(e)
    || (e.tagName.toLowerCase() === 'script' && e.type !== 'application/ld+json'
        && !ours(e.src, /^\\/(static|integration)\\//))
    || [...e.attributes].some(a => a.name.startsWith('on') || a.name === 'style' && !framed(e) || a.name === 'srcdoc'
        || (['href', 'src', 'action', 'formaction'].includes(a.name) && /^\\s*(javascript|data|vbscript):/i
            .test(a.value)))
).map(e => e.outerHTML.slice(0, 200));
}"""


def stored(session: Session, status: Status, words: str, number: int) -> Testimonial:
    typed: dict[str, Any] = dict.fromkeys(TYPED, words) | {"became_on": date(2026, 11, 1)}
    return a_testimonial(
        session,
        status=status,
        reuse=True,
        email=f"{status}{number}@ville-exemple.fr",
        partner=None,
        partner_known=PartnerKnown.OTHER,
        attribution=list(Attribution)[number % 4],
        **typed,
    )


def watched(page: Page) -> list[str]:
    """Return a list that fills with every sign that something ran: dialogs, console, failures, odd requests."""
    found = complaints(page)

    def refuse(dialog: Dialog) -> None:
        if dialog.type == "beforeunload":  # our own: what is typed and not sent is not left by accident
            dialog.accept()
            return
        found.append(f"dialog on {page.url}")
        dialog.dismiss()

    page.on("dialog", refuse)
    page.on("request", lambda asked: found.append(asked.url) if re.search("/pwned$|attaquant", asked.url) else None)
    page.on("popup", lambda _popup: found.append(f"popup on {page.url}"))
    return found


def faults(page: Page) -> list[str]:
    return [*page.evaluate(ALIEN), *(each for each in [page.title()] if "XSS-RAN" in each)]


def test_the_fields_are_all_there(app: Flask) -> None:
    text_columns = {
        name for name, column in Version.__table__.columns.items() if str(column.type) in {"TEXT", "VARCHAR"}
    }
    ours = {"department_code", "digest", "approved_digest"}
    assert text_columns - ours == set(TYPED)
    assert len(PAYLOADS) >= 150


@pytest.mark.slow("chromium opens every kind of page that shows a text")
def test_nothing_of_it_runs_on_any_page(app: Flask, session: Session, site: str, page: Page) -> None:
    an_editor(session, role=Role.ADMIN).name = PAYLOADS[0]
    # Each by itself on the pages that list; all of them, by tens, on the pages of one text in each status.
    for number, payload in enumerate(DEPTH.drawn(PAYLOADS)):
        stored(session, Status.PUBLISHED, payload, number)
    tens = DEPTH.drawn([" ".join(PAYLOADS[start : start + 10]) for start in range(0, len(PAYLOADS), 10)])
    alone = [
        stored(session, status, words, 1000 + number)
        for number, words in enumerate(tens)
        for status in (Status.PUBLISHED, Status.PENDING)
    ]
    for testimonial, words in zip(alone[::2], tens, strict=True):
        theirs = {"words": words, "passage": words, "name": words}
        a_notice(session, testimonial, **theirs)
        a_notice(session, testimonial, **theirs, kind=NoticeKind.NAMED, reply=words)
        a_notice(session, testimonial, **theirs, email=None).handle(Outcome.DISMISSED, words)
    by_status = [
        stored(session, status, tens[number % len(tens)], 2000 + number) for number, status in enumerate(Status)
    ]
    session.commit()
    found = watched(page)
    sign_in(page, site)
    wrong = []
    for address in addresses(site, alone, by_status):
        page.goto(address)
        wrong += [f"{address}: {fault}" for fault in faults(page)]
    assert wrong == []
    assert found == [], "\n".join(found)


def addresses(site: str, alone: list[Testimonial], by_status: list[Testimonial]) -> Iterator[str]:
    yield f"{site}/articles/crpv"
    yield f"{site}/articles/crpv?situation=regular"
    yield f"{site}/administration/journal"
    yield f"{site}/integration/crpv/cadre?nombre=20"
    yield f"{site}/moderation?signale=oui"
    for status in Status:
        yield f"{site}/moderation?etat={status}"
    for testimonial in alone:
        yield f"{site}/moderation/{testimonial.public_id}"
        yield f"{site}{private_page(testimonial)}"
        yield f"{site}{private_page(testimonial)}/modifier"
        yield f"{site}{private_page(testimonial)}/mes-donnees"
        yield f"{site}/recu/{sign_token('receipt', [testimonial.public_id])}"
        if testimonial.status is Status.PUBLISHED:
            yield f"{site}/temoignages/{testimonial.public_id}"
            reply = testimonial.notices[1]
            yield f"{site}/temoignages/{testimonial.public_id}/signaler"
            yield f"{site}/temoignages/{testimonial.public_id}/signaler?motif=named"
            yield f"{site}/signalement/{sign_token('notice', [reply.key])}"
            yield f"{site}/moderation/{testimonial.public_id}/signalements/{reply.id}/reponse"
    for testimonial in by_status:
        yield f"{site}/moderation/{testimonial.public_id}"
        if testimonial.status is not Status.ERASED:
            yield f"{site}{private_page(testimonial)}"


def stored_everywhere(session: Session) -> tuple[dict[Status, Testimonial], dict[str, list[str]]]:
    """Write payloads in whatever people write: return a text in each status, and the tokens of links by endpoint."""
    words = " ".join(PAYLOADS[::7])
    admin = an_editor(session, role=Role.ADMIN)
    admin.name = PAYLOADS[0]
    texts = {status: stored(session, status, " ".join(PAYLOADS[3:40:4]), 3000) for status in Status}
    by, pending = Actor.editor(admin.id), texts[Status.PENDING]
    pending.remarks.append(Remark(kind=RemarkKind.NOTE, user_id=admin.id, words=words))
    asked = {"account": words, "link": words}
    pending.perform(Action.REQUEST_CHANGES, by=by, note=DecisionNote(message=words, asked=asked))
    contest_decision(texts[Status.DECLINED], words)
    answers = dict.fromkeys(TYPED, words)
    draft = save_draft(session, the_article(session), key="k" * 36, email="a@exemple.fr", answers=answers)
    register_site(session, words, "site.example", by=by)
    link_to_account = account_mails.send_link(session, admin, LinkKind.RESET, to=admin.email)
    invited = sign_token("invitation", [an_invitation(session, words), "0" * 64])
    followed = sign_token("alert", [an_alert(session).public_id])
    session.commit()
    return texts, {
        "accounts.link": [sign_token("account-link", [link_to_account.public_id])],
        "invited.refuse_answering": [sign_token("answer", ["0" * 20, "k" * 36, "0" * 64])],
        "responses.write": [sign_token("answer", [each.public_id, "k" * 36, "0" * 64]) for each in texts.values()],
        "invited.refuse": [invited],
        "invited.open_form": [invited],
        "alerts.subscribe": [followed],
        "alerts.leave": [followed],
        "drafts.saved": [DRAFT_SAVED.make(draft.public_id)],
        "drafts.resume": [draft.token],
        "submission.receipt": [sign_token("receipt", [each.public_id]) for each in texts.values()],
    }


# The pages that show most of what is written about a text, each text its own.
OF_EACH_TEXT = {"review.show", "private_page.private"}


@pytest.mark.slow("chromium opens a page of every route")
def test_nothing_of_it_runs_wherever_a_route_leads(app: Flask, session: Session, site: str, browser: Browser) -> None:
    """Every page there is, by its route: to land, of one text that the seed draws."""
    texts, tokens = stored_everywhere(session)
    private = [private_token(each) for status, each in texts.items() if status is not Status.ERASED]
    page = browser.new_page()
    found = watched(page)
    sign_in(page, site)
    wrong: list[str] = []
    looked_at: set[str] = set()
    others: set[str] = set()
    assert {rule.endpoint for rule in app.url_map.iter_rules()} >= {*tokens, *OF_EACH_TEXT}
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()):
            continue
        ways = [*product(tokens.get(rule.endpoint, private), texts.values())]
        first = DEPTH.seed % len(ways)
        for token, text in ways[first:] + ways[:first]:
            address = site + filled(rule.rule, token, text)
            if address in looked_at | others:
                continue
            answer = page.request.get(address)
            # What is refused, or no page, is nothing that a browser would run: `nosniff` is on all of it.
            if answer.ok and answer.headers["content-type"].startswith("text/html"):
                looked_at.add(address)
                # A piece of a page stands in another site's, which has no policy of ours.
                whole = "<html" in answer.text()
                page.goto(address) if whole else page.set_content(f"<!DOCTYPE html><title>x</title>{answer.text()}")
                wrong += [f"{address}: {fault}" for fault in faults(page)]
            else:
                others.add(address)
                assert answer.headers["x-content-type-options"] == "nosniff"
                assert answer.status < 500, address
            # A PDF takes a second to make.
            is_enough = not DEPTH.full or answer.headers["content-type"] == "application/pdf"
            if answer.ok and is_enough and rule.endpoint not in OF_EACH_TEXT:
                break
    assert wrong == []
    assert found == [], "\n".join(found)
    assert len(looked_at) > 60
    page.close()


def filled(rule: str, token: str, text: Testimonial) -> str:
    path = rule.replace("<token>", token).replace("-<slug>", "-rien").replace("<slug>", "crpv")
    path = re.sub(r"<(?:string[^>]*:)?public_id>", text.public_id, path)
    return re.sub(r"<[^>]+>", "1", path)


def filled_call(call: Call) -> Call:
    """Return a call with a payload in each of its words, whatever the form asks of them."""
    table = call.table()
    for part in (UNSETTLED, *SITUATIONS):
        table[part] = {name: PAYLOADS[number] for number, name in enumerate(asdict(call)[part])}
    names = (*SHORT_NAMES, *LONG_NAMES[2:])
    table["partner"] |= {name: PAYLOADS[-number] for number, name in enumerate(names, 1)}
    return Call.of(table | dict.fromkeys(TEXTS, "\n\n".join(PAYLOADS)))


@pytest.mark.slow("chromium loads an article for each kind of payload")
def test_nothing_of_it_runs_in_an_article(app: Flask, session: Session, site: str, page: Page) -> None:
    """An admin is trusted with words, not with code: in the text and in every name of it."""
    an_editor(session, role=Role.ADMIN)
    article = the_article(session)
    for number, theme in enumerate(article.themes):
        theme.label, theme.choice = PAYLOADS[number * 20], " ".join(PAYLOADS[number * 20 : number * 20 + 20])
    article.title = article.summary = " ".join(PAYLOADS)
    article.call = filled_call(article.call)
    article.body = "\n\n".join([*(f"### {theme.label}" for theme in article.themes), *PAYLOADS])
    testimonial = stored(session, Status.PUBLISHED, "Rien de particulier.", 0)
    session.commit()
    found = watched(page)
    sign_in(page, site)
    wrong = []
    for path in (
        "/articles/crpv",
        "/articles/crpv/temoigner",
        f"/temoignages/{testimonial.public_id}",
        "/moderation/articles/crpv/en-regard",
        "/administration/articles",
        "/administration/articles/crpv",
        "/administration/articles/crpv/articulations",
        "/administration/articles/crpv/appel",
    ):
        page.goto(f"{site}{path}")
        wrong += [f"{path}: {fault}" for fault in faults(page)]
    assert wrong == []
    assert found == [], "\n".join(found)


def test_nothing_of_it_runs_on_the_way_in(app: Flask, site: str, browser: Browser, javascript: bool) -> None:
    """What is typed comes back in the form with its errors, and in the preview, before it is ever stored."""
    page = browser.new_context(java_script_enabled=javascript).new_page()
    page.goto(f"{site}/articles/crpv/temoigner")
    found = watched(page)
    page.get_by_label("CRPV concerné").select_option("autre")
    for folded in page.locator("details.adding > summary").all():
        folded.click()
    for name in ("clsm", "partner_other", "title", "account", "outcome", "obstacles", "advice", "author_name", "email"):
        page.locator(f"[name={name}]").fill(" ".join(PAYLOADS)[:4000])
    page.get_by_role("button", name="Relire mon texte").click()
    expect(page.get_by_role("heading", name="À reprendre")).to_be_visible()
    refused = [each for each in found if not each.endswith("422") and "status of 422" not in each]
    assert refused == []
    if javascript:
        assert faults(page) == []
    page.context.close()


def test_nothing_of_it_runs_in_a_notice_that_is_to_be_mended(
    app: Flask, session: Session, site: str, page: Page
) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    found = watched(page)
    wrong = []
    for start in DEPTH.drawn(range(0, len(PAYLOADS), 20)):
        page.goto(f"{site}/temoignages/{testimonial.public_id}/signaler?motif=named")
        for name in ("words", "passage", "reply"):
            page.locator(f"[name={name}]").fill(" ".join(PAYLOADS[start : start + 20])[:1500])
        page.locator("[name=email]").fill(PAYLOADS[start])
        page.get_by_role("button", name="Envoyer").click()
        page.get_by_role("heading", name="À reprendre").wait_for()
        wrong += faults(page)
    assert wrong == []
    assert [each for each in found if "422" not in each] == []


def saying(facts: Any, words: str) -> Any:
    """Return facts with their words replaced; numbers, dates and identifiers stay."""
    match facts:
        case str():
            return facts if re.fullmatch(r"0+|[0-9-]+", facts) else words
        case Mapping():
            # The address of a header, of which its form takes none but an address.
            return {name: value if name == "reply_to" else saying(value, words) for name, value in facts.items()}
        case list():
            return [saying(each, words) for each in facts]
        case _:
            return facts


@pytest.mark.slow("chromium opens every message")
def test_nothing_of_it_runs_in_an_email(app: Flask, page: Page) -> None:
    """A mail program has no policy of ours: the HTML part alone must be harmless."""
    found = watched(page)
    wrong = []
    with app.app_context():
        for message, facts in SAMPLE_FACTS.items():
            for start in DEPTH.drawn(range(0, len(PAYLOADS), 40)):
                words = "\n\n".join(PAYLOADS[start : start + 40])
                email = compose(message, "a@exemple.fr", saying(facts, words), "<1@en-regard.invalid>")
                html = email.get_body(("html",))
                assert html is not None
                page.set_content(str(html.get_content()).replace("<style>", "<!--").replace("</style>", "-->"))
                wrong += [f"{message}: {fault}" for fault in faults(page)]
    assert wrong == []
    assert found == []


def test_what_is_taken_away_is_data(app: Flask, session: Session) -> None:
    testimonial = stored(session, Status.PUBLISHED, " ".join(PAYLOADS), 0)
    session.commit()
    answer = app.test_client().get(f"{private_page(testimonial)}/mes-donnees.json")
    assert answer.mimetype == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert json.loads(answer.data)["versions"][0]["account"] == " ".join(PAYLOADS)
