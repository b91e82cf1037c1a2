"""The audit log: newest first, filtered, by page and as CSV; without texts and addresses."""

import csv
import io
import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.audit import SYSTEM, AuditEvent, Kind
from app.testimonials.lifecycle import Status
from app.testimonials.notices import NoticeKind
from app.web.csv_files import csv_row
from tests.accounts.signing_in import sign_in
from tests.acts import committed
from tests.factories import ACCOUNT, a_notice, a_testimonial, an_editor
from tests.visitor import Visitor

JOURNAL = "/administration/journal"


@pytest.fixture
def admin(app: Flask, session: Session) -> Visitor:
    """A signed-in admin; a testimonial has been published before."""
    an_editor(session, role=Role.ADMIN)
    committed(session, status=Status.PUBLISHED)
    return sign_in(Visitor(app))


def lines(visitor: Visitor) -> list[str]:
    return [" ".join(each.get_text(" ").split()) for each in visitor.page.select(".events li")]


def test_events_are_listed_newest_first(admin: Visitor) -> None:
    rows = lines(admin.get(JOURNAL))
    assert "Connexion de Nadia Exemple." in rows[0]
    assert "Texte publié par Nadia Exemple." in rows[1]
    assert "Texte envoyé par l’auteur·e." in rows[3]


def test_an_event_of_a_notice_says_its_kind(admin: Visitor, session: Session) -> None:
    a_notice(session, a_testimonial(session, status=Status.PUBLISHED), kind=NoticeKind.NAMED)
    session.commit()
    assert "Texte signalé par une lectrice ou un lecteur. (Droit de réponse)" in lines(admin.get(JOURNAL))[0]


@pytest.mark.both_engines
def test_the_audit_log_is_filtered(admin: Visitor, subtests: pytest.Subtests) -> None:
    for query, expected in (
        ("?kind=publish", ["Texte publié"]),
        ("?actor=author", ["Adresse confirmée", "Texte envoyé"]),
        ("?account=1&kind=publish", ["Texte publié"]),
        ("?kind=erase", []),
        ("?until=2026-01-01&since=2025-01-01", []),
    ):
        with subtests.test(query=query):
            rows = lines(admin.get(f"{JOURNAL}{query}"))
            assert len(rows) == len(expected)
            assert all(words in line for words, line in zip(expected, rows, strict=True))


def test_each_kind_is_chosen_by_a_sentence_of_its_own_without_people(admin: Visitor) -> None:
    choices = [each.get_text(strip=True) for each in admin.get(JOURNAL).page.select("[name=kind] option")]
    assert {"Texte publié", "Texte gardé encore", "Connexion refusée", "Second facteur retiré"} < {*choices}
    assert len({*choices}) == len(choices) == len(Kind) + 1
    assert not [each for each in choices if re.search(r"quelqu|\{|[\s,](?:par|de|à|pour|demande)$", each)]


@pytest.mark.both_engines
def test_days_are_those_of_paris(admin: Visitor, session: Session) -> None:
    session.add(
        AuditEvent(kind=Kind.REMIND, actor=SYSTEM.kind, at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC))  # 00:30 in Paris
    )
    session.commit()
    assert len(lines(admin.get(f"{JOURNAL}?since=2026-03-02&until=2026-03-02"))) == 1
    assert lines(admin.get(f"{JOURNAL}?since=2026-03-01&until=2026-03-01")) == []


def test_an_invalid_filter_gets_an_error_message(admin: Visitor, subtests: pytest.Subtests) -> None:
    for query in ("?kind=rien", "?actor=rien", "?account=99", "?since=hier", "?since=0001-01-01", "?until=9999-12-31"):
        with subtests.test(query=query):
            assert admin.get(f"{JOURNAL}{query}").status == 422
            assert admin.page.select(".field__error")
            assert lines(admin), "and filters nothing"
            assert "date valide" not in admin.text, "in French"


def test_pages_go_on_to_the_oldest_event(admin: Visitor, session: Session) -> None:
    session.add_all(AuditEvent.of(Kind.REMIND, SYSTEM) for _ in range(120))
    session.commit()
    first = lines(admin.get(f"{JOURNAL}?kind=remind"))
    seen = [len(first)]
    while more := admin.page.find("a", string=lambda words: "Voir les faits" in str(words)):
        admin.get(str(more["href"]))
        seen.append(len(lines(admin)))
    assert seen == [50, 50, 20]


def test_the_csv_export_has_the_same_rows_and_is_audited(admin: Visitor, session: Session) -> None:
    session.add_all(AuditEvent.of(Kind.REMIND, SYSTEM) for _ in range(1100))
    session.commit()
    admin.get(f"{JOURNAL}?kind=remind").press("Télécharger")
    assert admin.answer is not None
    assert admin.answer.content_type == "text/csv; charset=utf-8"
    assert admin.answer.headers["Content-Disposition"] == "attachment; filename=journal.csv"
    words = admin.answer.get_data(as_text=True)
    assert words.startswith("\ufeffDate (UTC);Fait;")
    rows = list(csv.reader(io.StringIO(words.removeprefix("\ufeff")), delimiter=";"))
    assert len(rows) == 1101
    assert {line[1] for line in rows[1:]} == {"remind"}
    (event,) = session.scalars(select(AuditEvent).where(AuditEvent.kind == Kind.EXPORTED))
    assert event.reason == "journal"
    assert event.user_id is not None


def test_csv_cells_are_never_formulas() -> None:
    for cell in ("=1+1", "+33 6", "-2", "@SUM(A1)", "\t=1", " =1", "＝1", '=cmd|" /C calc"!A0'):
        assert csv_row([cell]).lstrip('"').startswith("'"), cell
    assert csv_row(["a;b", None, 3, 'un "mot"']) == '"a;b";;3;"un ""mot"""\r\n'


def test_the_audit_log_has_no_text_and_no_address_of_an_author(admin: Visitor, session: Session) -> None:
    for number, status in enumerate(Status):
        a_testimonial(session, status=status, email=f"personne{number}@exemple.fr")
    session.commit()
    admin.get(JOURNAL).press("Télécharger")
    assert admin.answer is not None
    words = admin.answer.get_data(as_text=True)
    assert "Texte et coordonnées effacés" in words
    for private in ("@", ACCOUNT[:40], "Camille", "Ville-Exemple", "Une phrase pour"):
        assert private not in words
    columns = set(AuditEvent.__table__.columns.keys())
    assert columns == {
        *("id", "at", "kind", "actor", "user_id", "account_id", "testimonial_id"),
        *("before", "after", "version_number", "reason", "revokes_id"),
    }, "a new column could hold a text or an address"
