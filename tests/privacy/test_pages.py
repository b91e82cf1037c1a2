"""Mentions légales, the accessibility statement, the resources, and the footer that leads to them."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.accounts.permissions import READER
from app.db import now
from app.privacy.pages.routes import conformity, resource_groups
from config import IDENTITY, AccessibilityAudit, Testing
from tests.acts import access, readable, signed_in
from tests.visitor import Visitor, words_of

LEGAL_NOTICE = "/mentions-legales"

# Each name with the words that stand before its value on the page.
TERMS = {
    "PUBLISHER": "Nom",
    "PUBLISHER_ADDRESS": "Adresse",
    "PUBLISHER_PHONE": "Téléphone",
    "PUBLICATION_DIRECTOR": "Direction de la publication",
    "HOSTING_PROVIDER": "Nom",
    "HOSTING_PROVIDER_ADDRESS": "Adresse",
    "HOSTING_PROVIDER_PHONE": "Téléphone",
}


@pytest.fixture
def named(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """Give the application values that nothing else holds, and return them."""
    phones = {"PUBLISHER_PHONE": "01 98 00 00 00", "HOSTING_PROVIDER_PHONE": "01 98 00 00 01"}
    values = {name: f"valeur de {name.lower()}" for name in TERMS} | phones
    settings = Testing(instance=tmp_path, database="sqlite://", **values)
    monkeypatch.setitem(app.config, "IDENTITY", settings.IDENTITY)
    monkeypatch.setitem(app.config, "UNSET_IDENTITY", settings.UNSET_IDENTITY)
    return values


def pairs(page: BeautifulSoup) -> list[tuple[str, str]]:
    names, values = page.select("dl dt"), page.select("dl dd")
    return [(name.get_text(strip=True), value.get_text(strip=True)) for name, value in zip(names, values, strict=True)]


def footer(page: BeautifulSoup) -> list[str]:
    return [each.get_text(strip=True).replace("\u00a0", " ") for each in page.select("body > footer a")]


def test_the_legal_notice_names_publisher_director_and_host(app: Flask, named: dict[str, str]) -> None:
    visitor = Visitor(app).get(LEGAL_NOTICE)
    shown = pairs(visitor.page)
    assert [pair for pair in shown if pair[0] != "Courriel"] == [(TERMS[name], named[name]) for name in TERMS]
    assert ("Courriel", app.config["CONTACT"]) in shown
    assert not visitor.page.select(".summary")


def test_what_is_missing_is_told_to_admins_and_invented_for_readers(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gone = {
        "PUBLISHER_PHONE": " ",
        "HOSTING_PROVIDER": "",
        "HOSTING_PROVIDER_ADDRESS": "",
        "HOSTING_PROVIDER_PHONE": "",
    }
    there = {name: "là" for name in TERMS if name not in gone}
    settings = Testing(instance=tmp_path, database="sqlite://", **there, **gone)
    monkeypatch.setitem(app.config, "IDENTITY", settings.IDENTITY)
    monkeypatch.setitem(app.config, "UNSET_IDENTITY", settings.UNSET_IDENTITY)
    reader = Visitor(app).get(LEGAL_NOTICE)
    editor = signed_in(Visitor(app), session).get(LEGAL_NOTICE)
    admin = signed_in(Visitor(app), session, email="admin@ville-exemple.fr", role=Role.ADMIN).get(LEGAL_NOTICE)
    for visitor in (reader, editor, admin):
        shown = dict.fromkeys(there, "là") | {name: IDENTITY[name] for name in gone}
        assert [pair for pair in pairs(visitor.page) if pair[0] != "Courriel"] == [
            (TERMS[name], shown[name]) for name in TERMS
        ]
    assert "Il manque" not in reader.text + editor.text
    assert [each.get_text() for each in admin.page.select(".summary code")] == list(gone)


def test_a_site_conforms_by_a_valid_audit_only(subtests: pytest.Subtests) -> None:
    for audit, state in [
        (None, "non conforme"),
        ((date(2026, 11, 29), 0), "non conforme"),
        ((date(2026, 11, 29), 49), "non conforme"),
        ((date(2026, 11, 29), 50), "partiellement conforme"),
        ((date(2026, 11, 29), 99), "partiellement conforme"),
        ((date(2026, 11, 29), 100), "totalement conforme"),
        ((date(2023, 11, 30), 100), "totalement conforme"),
        ((date(2023, 11, 29), 100), "non conforme"),
        ((date(2020, 2, 29), 81), "non conforme"),
    ]:
        with subtests.test(audit=audit, state=state):
            today = date(2026, 11, 29)
            assert conformity(AccessibilityAudit(*audit) if audit else None, today) == state


def test_the_statement_and_every_footer_say_the_state(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    new_year = date(now().year, 1, 1)  # a valid audit, whatever the day
    audits = {
        None: ("non conforme", "Aucun audit n’a encore été fait"),
        AccessibilityAudit(date(2023, 1, 2), 90): ("non conforme", "Il a plus de trois ans"),
        AccessibilityAudit(new_year, 81): (
            "partiellement conforme",
            f"1er janvier {new_year.year} révèle que 81 % des",
        ),
    }
    for audit, (state, said) in audits.items():
        monkeypatch.setitem(app.config, "ACCESSIBILITY_AUDIT", audit)
        words = Visitor(app).get("/accessibilite").text.replace("\u00a0", " ")
        assert f"Ce site est {state}" in words
        assert said in words
        assert ("Aucun audit" in words) is (audit is None)
        assert footer(Visitor(app).get("/charte").page)[-1] == f"Accessibilité : {state}"


def test_the_statement_has_the_parts_of_the_rgaa_s_model(app: Flask) -> None:
    visitor = Visitor(app).get("/accessibilite")
    assert [each.get_text() for each in visitor.page.select("main :is(h2, h3)")] == [
        "État de conformité",
        "Résultat des tests",
        "Contenus non accessibles",
        "Établissement de cette déclaration",
        "Retour d’information et contact",
        "Voies de recours",
    ]
    assert visitor.page.select(f"main a[href='mailto:{app.config['CONTACT']}']")
    for link in ("nous-contacter-355", "carte-des-delegues"):
        assert visitor.page.select(f"main a[href='https://www.defenseurdesdroits.fr/{link}']")
    assert "Libre réponse 71120, 75342 Paris Cedex 07" in visitor.text.replace("\u00a0", " ")


def test_the_resources_lead_to_help_first_and_say_where_they_were_read(app: Flask) -> None:
    page = Visitor(app).get("/ressources").page
    dialled = [str(each["href"]) for each in page.select("main a[href^=tel], main a[href^=sms]")]
    assert dialled == ["tel:3114", "tel:15", "tel:112", "sms:114", "tel:0800235236"]
    sites = page.select("main a[href^=http]")
    assert len(sites) == 7
    for link in sites:
        assert link.attrs.keys() == {"href"}, "a plain link: nothing follows who uses it"
        assert re.fullmatch(r"https://[a-z0-9.-]+(/[a-z/]+)?", str(link["href"]))
    for resource in (entry for group in resource_groups().values() for entry in group):
        assert resource.source
        assert re.fullmatch(r"20\d\d-\d\d", resource.checked)


def test_every_page_has_one_footer_that_leads_to_what_the_law_asks(app: Flask, session: Session) -> None:
    testimonial = readable(session)
    reader, editor = Visitor(app), signed_in(Visitor(app), session)
    desk = [str(each["href"]) for each in editor.get("/moderation").page.select("body > footer a")]
    assert desk == ["/vos-donnees", LEGAL_NOTICE, "/accessibilite"]
    readers = ("/", "/articles/crpv", "/articles/crpv/temoigner", "/charte", "/vos-donnees", "/connexion", "/rien")
    pages = [reader.get(path).page for path in (*readers, f"/temoignages/{testimonial.public_id}")]
    for page in pages:
        links = [str(each["href"]) for each in page.select("body > footer li > a")]
        assert {"/charte", "/vos-donnees", LEGAL_NOTICE, "/accessibilite", "/ressources"} <= set(links)
        assert len(page.select("body > footer ul")) == 1
        assert [words_of(each) for each in page.select("body > footer p")] == ["Éditeur : L’association d’exemple"]
        assert footer(page)[-1] == "Accessibilité : non conforme"


def paths_to_read(app: Flask, public_id: str) -> Iterator[tuple[str, str]]:
    values = {"slug": "crpv", "public_id": public_id, "prefix": "0"}
    for rule in app.url_map.iter_rules():
        if access(rule.endpoint) == READER and "GET" in (rule.methods or ()):
            yield rule.endpoint, re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda match: values.get(match[1], "rien"), rule.rule)


def test_reading_sets_no_cookie_on_any_page(app: Flask, session: Session) -> None:
    """Only a page whose form is sent by POST has one, which protects it: « Vos données » says so."""
    testimonial = readable(session, reuse=True)
    asked, with_cookie = list(paths_to_read(app, testimonial.public_id)), set()
    assert len(asked) > 25
    for endpoint, path in asked:
        visitor = Visitor(app).get(path)
        if visitor.client.get_cookie(app.config["SESSION_COOKIE_NAME"]) is not None:
            with_cookie.add(endpoint)
            assert visitor.page.select("main form[method=post] [name=csrf_token]"), (
                f"{path} sets a cookie and has no form"
            )
    assert "submission.write" in with_cookie, "this test sees a cookie where there is one"
    assert not with_cookie & {"publication.article", "publication.testimonial", "pages.resources", "embed.frame"}
    assert "Lire ce site n’en dépose aucun" in Visitor(app).get(LEGAL_NOTICE).text


def test_the_charter_says_its_delays_as_they_are_set(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    delays = {
        "REVIEW_DELAY": 11,
        "OBJECTION_DELAY": 12,
        "NOTICE_DELAY": 13,
        "RIGHT_OF_REPLY_DELAY": 14,
        "HIDING_PERIOD": 15,
    }
    for name, days in delays.items():
        monkeypatch.setitem(app.config, name, timedelta(days=days))
    page = Visitor(app).get("/charte").page
    words = [each.get_text().replace("\u00a0", " ") for each in page.select("main :is(ul > li, p)")]
    for start, days in (
        ("Un texte que vous envoyez : une réponse dans les", 11),
        ("Une décision ou une correction que vous contestez :", 12),
        ("Un signalement :", 13),
        ("Une demande de droit de réponse :", 14),
    ):
        assert [each for each in words if " ".join(each.split()).startswith(f"{start} {days} jours")], start
    assert any("l’équipe peut masquer le texte, 15 jours au plus" in " ".join(each.split()) for each in words)


def test_the_charter_tells_the_procedures_that_the_law_asks_for(app: Flask) -> None:
    """Regulation (EU) 2022/2065, article 14: restrictions, tools, human decision, complaint; LCEN, article 1-1, III."""
    visitor = Visitor(app).get("/charte")
    assert [each.get_text().replace("\u00a0", " ") for each in visitor.page.select("main h2")] == [
        "Qui décide",
        "Dans quels délais",
        "Contester une décision",
        "Signaler un témoignage",
        "Répondre, quand on y est nommé·e",
        "Répondre, quand on y est invité·e",
    ]
    words = " ".join(visitor.text.split())
    for said in (
        "il ne refuse, ne masque et ne retire rien",
        "Des signalements, même nombreux, ne retirent rien à eux seuls",
        "une autre que celle qui a décidé, s’il y en a une",
        "dans les trois mois qui suivent la parution",
    ):
        assert said in words, said
