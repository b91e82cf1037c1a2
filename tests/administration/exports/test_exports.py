"""Exports: for admins with a recent proof, a page that says what would come, then the file and its audit line."""

import gc
import json
import tracemalloc
from collections.abc import Generator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.administration.exports import rows, workbook
from app.administration.exports.files import ExportFile
from app.administration.exports.filters import ExportFilters
from app.administration.exports.purposes import ExportFormat, ExportPurpose
from app.audit import AuditEvent, Kind
from app.db import db, snapshot
from app.testimonials.attribution import Attribution
from app.testimonials.consent import Channel, ConsentDecision
from app.testimonials.decision import Remark, RemarkKind
from app.testimonials.erasure import erase_testimonial
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from app.testimonials.situation import PartnerKnown, Situation
from app.testimonials.wordings import Purpose
from tests.acts import amend_text, committed, published, readable, signed_in, stored
from tests.administration.articles.desk import expire_proofs
from tests.administration.exports.spreadsheets import export, export_json, read_csv, read_xlsx, references
from tests.concurrency import together
from tests.crowd import multiply
from tests.factories import (
    PASSWORD,
    a_signed_transcript,
    a_testimonial,
    a_transcript,
    an_editor,
    another_article,
)
from tests.page_cache.workers import page_statements
from tests.visitor import Visitor

EXPORTS = "/administration/exports"
FORMULAS = ("=1+1", "+33 6", "-2", "@SUM(A1)", "＝1")


def press(admin: Visitor, format_: str = "CSV") -> bytes:
    """Press the button of a format, and return what came, read to the end as a browser does."""
    admin.press(f"Télécharger en {format_}")
    assert admin.answer is not None
    content = admin.answer.get_data()
    admin.answer.close()
    return content


def download(admin: Visitor, query: str, format_: str = "CSV") -> bytes:
    return press(admin.get(f"{EXPORTS}?{query}"), format_)


def export_events(session: Session) -> list[AuditEvent]:
    return [each for each in stored(session, AuditEvent) if each.kind is Kind.TESTIMONIALS_EXPORTED]


def agree_to_contact(testimonial: Testimonial) -> None:
    testimonial.answer(Purpose.CONTACT, ConsentDecision.GIVEN, Channel.PRIVATE_PAGE)


def test_it_is_for_admins_only(app: Flask, session: Session) -> None:
    editor = signed_in(Visitor(app), session)
    token = editor.get("/moderation").csrf_token
    assert "Exports" not in str(editor.page.find("header"))
    assert editor.get(EXPORTS).status == 403
    assert editor.post(EXPORTS, [("csrf_token", token), ("usage", "team"), ("format", "csv")]).status == 403
    assert app.test_client().get(EXPORTS).status_code == 302


def test_a_recent_proof_of_identity_is_asked_for_the_file_too(admin: Visitor, session: Session) -> None:
    readable(session)
    admin.get(f"{EXPORTS}?usage=team")
    expire_proofs(session)
    admin.press("Télécharger en CSV")
    assert admin.status == 403
    assert admin.page.select("[name=password]")
    assert export_events(session) == []
    admin.fill(password=PASSWORD).press("Continuer")
    press(admin)
    assert admin.answer is not None
    assert admin.answer.content_type == "text/csv; charset=utf-8"
    assert len(export_events(session)) == 1


def test_the_page_says_how_many_rows_would_come_and_under_which_name(admin: Visitor, session: Session) -> None:
    for number in range(3):
        published(session, number, reuse=number < 2)
    session.commit()
    admin.get(EXPORTS)
    assert "Choisissez un usage" not in admin.text, "nothing is asked before anything is chosen"
    assert not admin.page.select("form[method=post][action$=exports]")
    admin.fill(usage="reuse", article="crpv").press("Voir ce qui viendrait")
    assert "2 lignes" in admin.text
    assert f"retours-crpv-reutilisation-{datetime.now(ZoneInfo('Europe/Paris')):%Y-%m-%d}" in admin.text
    assert admin.get(f"{EXPORTS}?usage=team").text.count("3 lignes") == 1


def test_a_purpose_is_required_and_an_unknown_filter_refused(admin: Visitor, session: Session) -> None:
    readable(session)
    for query in ("usage=rien", "usage=team&etat=rien", "usage=team&article=rien", "usage=team&since=hier"):
        assert admin.get(f"{EXPORTS}?{query}").status == 422, query
        assert admin.page.select(".field__error"), query
    token = admin.get(f"{EXPORTS}?usage=team").csrf_token
    fields = [("csrf_token", token), ("usage", "team")]
    assert admin.post(EXPORTS, [*fields, ("format", "exe")]).status == 422
    assert admin.post(EXPORTS, [("csrf_token", token), ("format", "csv")]).status == 422
    assert export_events(session) == []


@pytest.mark.parametrize("format_", ExportFormat)
def test_a_file_has_its_length_its_name_and_its_line_in_the_audit_log(
    admin: Visitor, session: Session, format_: ExportFormat
) -> None:
    readable(session)
    content = download(admin, "usage=reuse&article=crpv&situation=regular", format_.label)
    assert admin.answer is not None
    assert admin.answer.status_code == 200
    assert admin.answer.mimetype == format_.mimetype.partition(";")[0]
    assert int(admin.answer.headers["Content-Length"]) == len(content) > 0
    disposition = admin.answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment; filename=retours-crpv-reutilisation-")
    assert disposition.endswith(f".{format_}")
    assert admin.answer.headers["Cache-Control"] == "no-store"
    (event,) = export_events(session)
    assert event.user_id == stored(session, User)[0].id
    expected = f"pour réutilisation, {format_.label}, 1\u00a0ligne, article : crpv, situation : regular"
    assert event.reason == expected
    admin.get("/administration/journal")
    assert f"Retours d’expérience exportés par Nadia Exemple. ({expected})".replace("\u00a0", " ") in admin.text


def test_an_export_of_nothing_is_one_sentence_and_no_file(admin: Visitor, session: Session) -> None:
    testimonial = readable(session)
    admin.get(f"{EXPORTS}?usage=contact")
    assert "Aucun retour ne répond à ces filtres pour cet usage : il n’y a rien à exporter." in admin.text
    assert not admin.page.select("form[action$=exports] button[name=format]")
    admin.get(f"{EXPORTS}?usage=reuse")
    testimonial.withdraw()
    session.commit()
    press(admin, "XLSX")
    assert admin.status == 422
    assert "il n’y a rien à exporter" in admin.text
    assert admin.answer is not None
    assert "Content-Disposition" not in admin.answer.headers
    assert export_events(session) == []


def test_formulas_are_neutralized_in_csv_and_text_in_a_workbook(session: Session) -> None:
    for number, formula in enumerate(FORMULAS):
        published(session, number, title=formula, account=f"{formula}\t{'x' * 200}")
    session.commit()
    lines = read_csv(export(ExportPurpose.REUSE, ExportFormat.CSV))
    assert {line["Titre"] for line in lines} == {f"'{each}" for each in FORMULAS}
    assert all(line["Le récit"].startswith("'") for line in lines)
    cells = read_xlsx(export(ExportPurpose.REUSE, ExportFormat.XLSX))["Retours"]  # it looks for formulas and links
    assert {row["Titre"] for row in cells} == {*FORMULAS}


TYPED = ("author_name", "author_role", "clsm", "partner_other", "title", "account", "outcome", "obstacles", "advice")


@pytest.mark.parametrize("attack", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", "\r=1+1", "＝1", " =1+1"])
def test_no_column_of_text_is_a_formula(session: Session, attack: str) -> None:
    """In every column that somebody types, for each purpose that holds it."""
    typed: dict[str, Any] = {name: f"{attack} {name} {'x' * 200 if name == 'account' else ''}" for name in TYPED}
    testimonial = published(
        session, **typed, attribution=Attribution.FULL, partner=None, partner_known=PartnerKnown.OTHER
    )
    agree_to_contact(testimonial)
    testimonial.remarks.append(Remark(kind=RemarkKind.NOTE, words=attack))
    session.commit()
    for purpose in ExportPurpose:
        (line,) = read_csv(export(purpose, ExportFormat.CSV))
        attacks = [cell for cell in line.values() if cell.lstrip("' \t\r\n").startswith(f"{attack.strip()} ")]
        assert len(attacks) >= 3, purpose
        assert all(cell.startswith("'") for cell in attacks), purpose
        read_xlsx(export(purpose, ExportFormat.XLSX))  # it looks for formulas and links
        assert attack.strip() in str(export_json(purpose)["rows"][0]["author_name" if purpose != "reuse" else "title"])


def test_addresses_of_pages_and_stray_signs_stay_text_in_a_workbook(session: Session) -> None:
    """What a library could take for a link, and signs that XML refuses; no form lets those through."""
    titles = [
        "https://exemple.fr",
        "internal:Retours!A1",
        "mailto:a@exemple.fr",
        "{=SUM(A1)}",
        "a\x0bb\x1fc",
        "_x0041_",
    ]
    for number, title in enumerate(titles):
        published(session, number, title=title)
    session.commit()
    cells = read_xlsx(export(ExportPurpose.REUSE, ExportFormat.XLSX))["Retours"]  # it looks for links
    assert {row["Titre"] for row in cells} >= {*titles[:4]}
    assert {row["title"] for row in export_json(ExportPurpose.REUSE)["rows"]} == {*titles}


@pytest.mark.both_engines
def test_two_exports_at_once_are_whole_while_others_write(app: Flask, session: Session) -> None:
    testimonial = published(session)
    multiply(session, testimonial, 30)

    def make() -> int:
        with app.app_context(), ExportFile.make(ExportPurpose.TEAM, ExportFormat.XLSX, ExportFilters()).content as file:
            return len(read_xlsx(file.read())["Retours"])

    def write() -> str:
        with app.app_context():
            text_ = db.session.get_one(Testimonial, testimonial.id)
            text_.answer(Purpose.CONTACT, ConsentDecision.GIVEN, Channel.PRIVATE_PAGE)
            db.session.commit()
            return "written"

    outcomes = together(make, make, write)
    assert sorted(map(str, outcomes)) == ["31", "31", "written"]


@pytest.mark.both_engines
@pytest.mark.parametrize("purpose", [ExportPurpose.REUSE, ExportPurpose.CONTACT])
def test_who_withdraws_while_a_file_is_written_is_in_that_one_and_in_none_after_it(
    session: Session, monkeypatch: pytest.MonkeyPatch, purpose: ExportPurpose
) -> None:
    monkeypatch.setattr(rows, "BATCH_SIZE", 1)
    before, *meanwhile = (published(session, number, contact=True) for number in range(3))

    def withdraw(testimonial: Testimonial) -> None:
        if purpose is ExportPurpose.CONTACT:
            testimonial.answer(Purpose.CONTACT, ConsentDecision.WITHDRAWN, Channel.PRIVATE_PAGE)
        else:
            testimonial.withdraw()
        session.commit()

    withdraw(before)
    with snapshot() as reading, closing(read(reading, purpose)) as exported:
        held = [next(exported)]
        for each in meanwhile:
            withdraw(each)
        held += exported
    assert len(held) == 2
    assert list(read(session, purpose)) == []


def read(session: Session, purpose: ExportPurpose) -> Generator[Any]:
    return rows.exported_rows(session, purpose, ExportFilters(), with_details=False)


def test_a_download_cut_short_keeps_its_line_and_lets_go_of_the_file(
    admin: Visitor, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    readable(session)
    files: list[Any] = []
    make = ExportFile.make

    def kept(*args: Any) -> ExportFile:
        export = make(*args)
        files.append(export.content)
        return export

    monkeypatch.setattr(ExportFile, "make", kept)
    admin.get(f"{EXPORTS}?usage=team").press("Télécharger en JSON")
    assert admin.answer is not None
    next(iter(admin.answer.response))
    admin.answer.close()
    (file,) = files
    assert file.closed
    assert len(export_events(session)) == 1, "it was made, and may have been read"


@pytest.mark.changes_content
def test_days_of_paris_and_articles_narrow_a_file(session: Session) -> None:
    waiting = a_testimonial(session, situation=Situation.PLANNED)
    shown = published(session, 1)
    amended = published(session, 2)
    amend_text(amended, title="Un autre titre")
    old = a_testimonial(session, status=Status.DECLINED, publish=False, email="z@exemple.fr")
    old.submitted_at = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # 00:30 in Paris
    other = another_article(session)
    session.commit()
    every = {each.public_id for each in (waiting, shown, amended, old)}
    for filters, expected in (
        ({}, every),
        ({"article": "crpv"}, every),
        ({"since": date(2026, 3, 2), "until": date(2026, 3, 2)}, {old.public_id}),
    ):
        assert references(**filters) == expected, filters
    for nothing in ({"article": other.slug}, {"region": "11"}, {"until": date(2026, 3, 1)}):
        assert references(**nothing) == set(), nothing
    assert references(ExportPurpose.REUSE) == {shown.public_id, amended.public_id}


def test_what_was_told_is_said_to_be_for_the_team_how_and_when_and_never_by_whom(session: Session) -> None:
    """Readers of a reused text are told what the pages say; the team, what its own page says."""
    signed = a_signed_transcript(session, reuse=True)
    unanswered, _ = a_transcript(session)
    typed = published(session)
    erased = a_signed_transcript(session)
    erase_testimonial(erased)
    session.commit()
    content = export(ExportPurpose.TEAM, ExportFormat.JSON).decode()
    told = {row["public_id"]: (row["medium"], row["told_on"]) for row in json.loads(content)["rows"]}
    assert told == {
        signed.public_id: ("telephone", "2026-11-24"),
        unanswered.public_id: ("telephone", "2026-11-24"),
        typed.public_id: (None, None),
        erased.public_id: (None, None),
    }
    assert an_editor(session).name not in content
    table = read_csv(export(ExportPurpose.TEAM, ExportFormat.CSV))
    lines = {line["Référence"]: (line["Recueilli"], line["Raconté le"]) for line in table}
    assert lines[signed.public_id] == ("au téléphone", "2026-11-24")
    assert lines[typed.public_id] == ("", "")
    reused = {line["Référence"]: line["Recueilli"] for line in read_csv(export(ExportPurpose.REUSE, ExportFormat.CSV))}
    assert reused == {signed.public_id: "par l’équipe, relu et signé par l’auteur·e", typed.public_id: ""}


@pytest.mark.one_engine
@pytest.mark.parametrize("purpose", [ExportPurpose.TEAM, ExportPurpose.REUSE])
def test_an_export_of_more_texts_told_or_not_costs_no_more_statements(
    app: Flask, session: Session, purpose: ExportPurpose
) -> None:
    numbers = []
    for _ in range(2):
        for _ in range(3):
            a_signed_transcript(session, reuse=True)
            published(session)
        session.commit()
        session.expunge_all()
        with page_statements(app) as statements, ExportFile.make(purpose, ExportFormat.CSV, ExportFilters()).content:
            numbers.append(len(statements))
    assert numbers[0] == numbers[1]


def test_reuse_reads_the_version_shown_not_the_one_that_waits(session: Session) -> None:
    testimonial = published(session, situation=Situation.PAST)
    amend_text(testimonial, situation=Situation.PLANNED)
    session.commit()
    assert references(ExportPurpose.REUSE, situation="past") == {testimonial.public_id}
    assert references(ExportPurpose.REUSE, situation="planned") == set()
    assert references(situation="planned") == {testimonial.public_id}


def test_recontact_names_each_address_once_and_nobody_unconfirmed(session: Session) -> None:
    twice = [a_testimonial(session, status=Status.PUBLISHED) for _ in range(2)]
    stranger = a_testimonial(session, status=Status.UNCONFIRMED, email="inconnue@exemple.fr")
    for each in (*twice, stranger):
        agree_to_contact(each)
    session.commit()
    (line,) = read_csv(export(ExportPurpose.CONTACT, ExportFormat.CSV))
    assert [*line.values()] == [
        "Camille Exemple", "Coordinatrice", "CLSM de Ville-Exemple", "camille.exemple@ville-exemple.fr",
    ]  # fmt: skip


def test_the_team_s_workbook_has_a_sheet_for_each_kind_of_line(session: Session) -> None:
    testimonial = committed(session, status=Status.PROOF_SENT)
    sheets = read_xlsx(export(ExportPurpose.TEAM, ExportFormat.XLSX))
    assert {name: len(lines) for name, lines in sheets.items()} == {
        "Retours": 1, "Versions": 2, "Accords": len(testimonial.consents), "Décisions": 1, "Notes": 0,
    }  # fmt: skip
    assert [row["Phrase lue"] for row in sheets["Accords"]] == [each.wording for each in testimonial.consents]
    assert {row["Référence"] for lines in sheets.values() for row in lines} == {testimonial.public_id}


def test_more_rows_than_a_sheet_holds_go_on_in_another(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    multiply(session, published(session), 6)
    monkeypatch.setattr(workbook, "SHEET_ROWS", 4)
    sheets = read_xlsx(export(ExportPurpose.REUSE, ExportFormat.XLSX))
    assert {name: len(lines) for name, lines in sheets.items()} == {"Retours": 3, "Retours 2": 3, "Retours 3": 1}
    assert len({line["Référence"] for lines in sheets.values() for line in lines}) == 7


def test_a_file_that_fails_leaves_nothing_behind(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits to be a workbook holds names and addresses too."""
    multiply(session, published(session), 3)
    before = {*Path(gettempdir()).iterdir()}
    monkeypatch.setattr(workbook, "in_words", lambda _cell: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        ExportFile.make(ExportPurpose.TEAM, ExportFormat.XLSX, ExportFilters())
    monkeypatch.undo()
    make_and_close(ExportFormat.XLSX)
    assert [each for each in Path(gettempdir()).iterdir() if each not in before and each.name.startswith("tmp")] == []


@pytest.mark.both_engines
def test_a_snapshot_refuses_to_write_and_keeps_nobody_from_writing(session: Session) -> None:
    testimonial = readable(session)
    with snapshot() as reader:
        assert reader.scalar(text("SELECT count(*) FROM consent WHERE purpose = 'reuse'")) == 1
        testimonial.answer(Purpose.REUSE, ConsentDecision.WITHDRAWN, Channel.PRIVATE_PAGE)
        session.commit()
        assert reader.scalar(text("SELECT count(*) FROM consent WHERE purpose = 'reuse'")) == 1
        with pytest.raises(DBAPIError, match=r"read-?only"):
            reader.execute(text("UPDATE article SET title = title"))


@pytest.mark.slow("each allocation is traced, on real files")
def test_memory_does_not_grow_with_the_rows(
    session: Session, monkeypatch: pytest.MonkeyPatch, subtests: pytest.Subtests
) -> None:
    """Seven times as many rows, less than twice the memory: `./dev bench exports` measures 100,000."""
    monkeypatch.setattr(rows, "BATCH_SIZE", 5)
    testimonial = published(session)
    multiply(session, testimonial, 29)
    for format_ in ExportFormat:  # what is loaded at the first export stays
        make_and_close(format_)
    few = {format_: peak_of(format_) for format_ in ExportFormat}
    multiply(session, testimonial, 180)
    for format_ in ExportFormat:
        with subtests.test(format_.value):
            assert peak_of(format_) < 2 * few[format_]


def peak_of(format_: ExportFormat) -> int:
    """Return the most bytes that an export holds at once, when what waits to be collected is collected often."""
    thresholds = gc.get_threshold()
    gc.set_threshold(100, 5, 5)
    gc.collect()
    tracemalloc.start()
    make_and_close(format_)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    gc.set_threshold(*thresholds)
    return peak


def make_and_close(format_: ExportFormat) -> None:
    ExportFile.make(ExportPurpose.TEAM, format_, ExportFilters()).content.close()
