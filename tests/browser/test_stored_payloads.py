"""What attackers are known to type, in every text field, read back wherever it shows: nothing of it runs."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Dialog, Page
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.mail.messages import compose, sample_facts
from app.security import sign, sign_private_link
from app.testimonials.attribution import Attribution
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from app.testimonials.versions import CrpvKnown, Version
from tests.browser.test_pages import sign_in
from tests.factories import a_testimonial, an_editor
from tests.services.chromium import complaints

# One engine is enough: what a browser runs does not depend on where a text was stored.
pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)

PAYLOADS = Path("tests/data/xss.txt").read_text(encoding="utf-8").splitlines()
TYPED = (
    *("clsm", "crpv_other", "title", "account", "outcome", "obstacles", "advice"),
    *("years", "partners", "link", "author_name", "author_role"),
)

# What no page of ours holds, whatever its texts say: elements and attributes that only a payload would bring.
ALIEN = """() => [...document.querySelectorAll('*')].filter(e =>
    ['IFRAME', 'OBJECT', 'EMBED', 'VIDEO', 'AUDIO', 'STYLE', 'BASE', 'MARQUEE', 'TEMPLATE', 'MATH', 'FRAMESET']
        .includes(e.tagName.toUpperCase())
    || (e.tagName.toLowerCase() === 'script' && e.type !== 'application/ld+json'
        && !/^\\/static\\//.test(new URL(e.src, location).pathname))
    || [...e.attributes].some(a => a.name.startsWith('on') || a.name === 'style' || a.name === 'srcdoc'
        || (['href', 'src', 'action', 'formaction'].includes(a.name) && /^\\s*(javascript|data|vbscript):/i
            .test(a.value)))
).map(e => e.outerHTML.slice(0, 200))"""


def stored(session: Session, status: Status, words: str, number: int) -> Testimonial:
    typed: dict[str, Any] = dict.fromkeys(TYPED, words)
    return a_testimonial(
        session,
        status=status,
        email=f"{status}{number}@ville-exemple.fr",
        crpv=None,
        crpv_known=CrpvKnown.OTHER,
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
    """Return what a payload brought into the page, after a moment for whatever waits."""
    page.wait_for_timeout(20)
    title = page.title()
    return [*page.evaluate(ALIEN), *([title] if "XSS-RAN" in title else [])]


def test_the_fields_are_all_there(app: Flask) -> None:
    text_columns = {
        name for name, column in Version.__table__.columns.items() if str(column.type) in {"TEXT", "VARCHAR"}
    }
    ours = {"department_code", "digest", "approved_digest"}
    assert text_columns - ours == set(TYPED)
    assert len(PAYLOADS) >= 150


def test_nothing_of_it_runs_on_any_page(app: Flask, session: Session, site: str, browser: Browser) -> None:
    an_editor(session, role=Role.ADMIN).name = PAYLOADS[0]
    # Each by itself on the pages that list; all of them, by tens, on the pages of one text in each status.
    for number, payload in enumerate(PAYLOADS):
        stored(session, Status.PUBLISHED, payload, number)
    tens = [" ".join(PAYLOADS[start : start + 10]) for start in range(0, len(PAYLOADS), 10)]
    alone = [
        stored(session, status, words, 1000 + number)
        for number, words in enumerate(tens)
        for status in (Status.PUBLISHED, Status.PENDING)
    ]
    by_status = [stored(session, status, tens[number], 2000 + number) for number, status in enumerate(Status)]
    session.commit()
    page = browser.new_page()
    found = watched(page)
    sign_in(page, site)
    wrong = []
    for address in addresses(site, alone, by_status):
        page.goto(address)
        wrong += [f"{address}: {fault}" for fault in faults(page)]
    assert wrong == []
    assert found == [], "\n".join(found)
    page.close()


def addresses(site: str, alone: list[Testimonial], by_status: list[Testimonial]) -> Iterator[str]:
    yield f"{site}/articles/crpv"
    yield f"{site}/articles/crpv?situation=regular"
    yield f"{site}/administration/journal"
    for status in Status:
        yield f"{site}/moderation?etat={status}"
    for testimonial in alone:
        yield f"{site}/moderation/{testimonial.public_id}"
        yield f"{site}/mon-temoignage/{link(testimonial)}"
        yield f"{site}/mon-temoignage/{link(testimonial)}/modifier"
        yield f"{site}/mon-temoignage/{link(testimonial)}/mes-donnees"
        yield f"{site}/recu/{sign('receipt', [testimonial.public_id])}"
        if testimonial.status is Status.PUBLISHED:
            yield f"{site}/temoignages/{testimonial.public_id}"
    for testimonial in by_status:
        yield f"{site}/moderation/{testimonial.public_id}"
        if testimonial.status is not Status.ERASED:
            yield f"{site}/mon-temoignage/{link(testimonial)}"


def link(testimonial: Testimonial) -> str:
    return sign_private_link(testimonial.public_id, testimonial.link_generation)


@pytest.mark.parametrize("javascript", [True, False])
def test_nothing_of_it_runs_on_the_way_in(app: Flask, site: str, browser: Browser, javascript: bool) -> None:
    """What is typed comes back in the form with its errors, and in the preview, before it is ever stored."""
    page = browser.new_context(java_script_enabled=javascript).new_page()
    page.goto(f"{site}/articles/crpv/temoigner")
    found = watched(page)
    page.get_by_label("CRPV concerné").select_option("autre")
    for name in ("clsm", "crpv_other", "title", "account", "outcome", "obstacles", "advice", "author_name", "email"):
        page.locator(f"[name={name}]").fill(" ".join(PAYLOADS)[:4000])
    page.get_by_role("button", name="Relire mon texte").click()
    assert page.get_by_role("heading", name="À reprendre").is_visible()
    refused = [each for each in found if not each.endswith("422") and "status of 422" not in each]
    assert refused == []
    if javascript:
        assert faults(page) == []
    page.context.close()


def saying(facts: Any, words: str) -> Any:
    """Return facts with their words replaced; numbers, dates and identifiers stay."""
    match facts:
        case str():
            return facts if re.fullmatch(r"0+|[0-9-]+", facts) else words
        case Mapping():
            return {name: saying(value, words) for name, value in facts.items()}
        case list():
            return [saying(each, words) for each in facts]
        case _:
            return facts


def test_nothing_of_it_runs_in_a_letter(app: Flask, browser: Browser) -> None:
    """A mail program has no policy of ours: the HTML part alone must be harmless."""
    page = browser.new_page()
    found = watched(page)
    wrong = []
    with app.app_context():
        for message, facts in sample_facts():
            for start in range(0, len(PAYLOADS), 40):
                words = "\n\n".join(PAYLOADS[start : start + 40])
                email = compose(message, "a@exemple.fr", saying(facts, words), "<1@en-regard.invalid>")
                html = email.get_body(("html",))
                assert html is not None
                page.set_content(str(html.get_content()).replace("<style>", "<!--").replace("</style>", "-->"))
                wrong += [f"{message}: {fault}" for fault in faults(page)]
    assert wrong == []
    assert found == []
    page.close()


def test_what_is_taken_away_is_data(app: Flask, session: Session) -> None:
    testimonial = stored(session, Status.PUBLISHED, " ".join(PAYLOADS), 0)
    session.commit()
    answer = app.test_client().get(f"/mon-temoignage/{link(testimonial)}/mes-donnees.json")
    assert answer.mimetype == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert json.loads(answer.data)["versions"][0]["account"] == " ".join(PAYLOADS)
