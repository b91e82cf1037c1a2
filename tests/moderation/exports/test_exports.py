"""Exports: for admins with a recent proof, of a list of the queue as its pages have it; the file, its audit line."""

import gc
import tracemalloc
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.accounts.models import Role, User
from app.audit import AuditEvent, Kind
from app.db import db, snapshot
from app.moderation import holds
from app.moderation.exports import files, rows
from app.moderation.exports.columns import COLUMNS, ExportFormat, ExportPurpose
from app.moderation.exports.files import ExportFile
from app.moderation.queue import pages
from app.moderation.queue.filters import QueueFilters
from app.territories.models import Department
from app.testimonials.attribution import Attribution
from app.testimonials.consent import Channel, ConsentDecision
from app.testimonials.lifecycle import Status
from app.testimonials.private_page.objections import contest_decision
from app.testimonials.situation import PartnerKnown, Situation
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose
from tests.accounts.signing_in import ADMIN
from tests.acts import amend_text, published, readable, signed_in, stored
from tests.administration.articles.desk import expire_proofs
from tests.concurrency import together
from tests.crowd import multiply
from tests.factories import AUTHOR, PASSWORD, a_notice, a_signed_transcript, a_testimonial, another_article, the_article
from tests.moderation.exports.spreadsheets import export, read_csv, read_xlsx, reader
from tests.page_cache.workers import page_statements
from tests.visitor import Visitor

EXPORTS = "/administration/exports"


@pytest.fixture
def admin(app: Flask, session: Session) -> Visitor:
    return signed_in(Visitor(app), session, email=ADMIN, role=Role.ADMIN)


def press(admin: Visitor, format_: str = "CSV") -> bytes:
    """Press the button of a format, and return what came, read to the end as a browser does."""
    admin.press(f"Télécharger en {format_}")
    assert admin.answer is not None
    content = admin.answer.get_data()
    admin.answer.close()
    return content


def download(admin: Visitor, query: str, usage: str, format_: str = "CSV") -> bytes:
    return press(admin.get(f"{EXPORTS}?{query}").fill(usage=usage), format_)


def export_events(session: Session) -> list[AuditEvent]:
    return [each for each in stored(session, AuditEvent) if each.kind is Kind.TESTIMONIALS_EXPORTED]


def agree_to_contact(testimonial: Testimonial) -> None:
    testimonial.answer(Purpose.CONTACT, ConsentDecision.GIVEN, Channel.PRIVATE_PAGE)


def test_an_editor_who_is_no_admin_is_led_neither_there_nor_to_the_articles(app: Flask, session: Session) -> None:
    editor = signed_in(Visitor(app), session).get("/moderation")
    assert not [words for words in ("Exports", "Réglages") if words in str(editor.page.find("header"))]
    assert "Exporter cette sélection" not in editor.text


def test_a_recent_proof_of_identity_is_asked_for_the_file_too(admin: Visitor, session: Session) -> None:
    readable(session)
    admin.get(f"{EXPORTS}?etat=tous").fill(usage="team")
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


def several(session: Session, admin: User) -> dict[str, Testimonial]:
    """Store texts that the filters tell apart, by name; committed."""
    texts = {
        "pending": a_testimonial(session),
        "published": published(session, 1, title="Le jardin de Montbrume", reuse=True),
        "planned": a_testimonial(
            session,
            email="b@exemple.fr",
            situation=Situation.PLANNED,
            department=session.get_one(Department, "59"),
            partner=None,
            partner_known=PartnerKnown.UNKNOWN,
            themes=[the_article(session).themes[1]],
            publish=False,
        ),
        "declined": a_testimonial(session, status=Status.DECLINED, email="c@exemple.fr"),
        "reported": published(session, 2, reuse=False),
        "amended": published(session, 3),
        "erased": a_testimonial(session, status=Status.ERASED, email="e@exemple.fr"),
        "marked": a_testimonial(session, email="f@exemple.fr", account=f"Madame Dupont, 06 12 34 56 78. {'x' * 200}"),
        "same": a_testimonial(session, status=Status.INTERNAL, email=AUTHOR),
        "elsewhere": a_testimonial(session, article=another_article(session), email="g@exemple.fr"),
    }
    for name in ("published", "declined"):
        agree_to_contact(texts[name])
    a_notice(session, texts["reported"])
    a_notice(session, texts["amended"])
    contest_decision(texts["declined"], "Je ne suis pas d’accord.")
    amend_text(texts["amended"], title="Un autre titre", situation=Situation.PLANNED)
    holds.take_hold(session, texts["planned"], admin.id)
    session.commit()
    return texts


# Values of each filter, and what the page of an export calls them.
SELECTIONS: Mapping[str, Mapping[str, str]] = {
    "etat": {each.value: each.label.capitalize() for each in Status},
    "article": {"autre": "Article : Un autre article", "rien": "Article : inconnu"},
    "situation": {"planned": "Situation : En projet"},
    "region": {"32": "Région : Hauts-de-France"},
    "partner": {"reso-villes": "Partenaire : RésO Villes"},
    "articulation": {"crpv.{theme}": "Articulation : {label}"},
    "accord": {"oui": "Accord pour publier : oui", "non": "Accord pour publier : non"},
    "reutilisation": {"oui": "Accord pour réutiliser ailleurs : oui", "non": "Accord pour réutiliser ailleurs : non"},
    "recontact": {"oui": "Accord pour être recontacté·e : oui", "non": "Accord pour être recontacté·e : non"},
    "reperes": {"oui": "Passages à regarder : oui", "non": "Passages à regarder : non"},
    "signale": {"oui": "Signalement ouvert : oui", "non": "Signalement ouvert : non"},
    "mien": {"1": "Je m’en occupe"},
    "conteste": {"1": "Contestations"},
    "auteur": {"{same}": "Du même courriel : les textes venus d’une même adresse"},
    "mots": {"jardin montbrume": "Mots : « jardin montbrume »", "exemple": "Mots : « exemple »"},
    "tri": {"activite": "", "age": ""},
}


def listed(admin: Visitor) -> set[str]:
    """Return the references on the pages of a list, from the one that is open."""
    found: set[str] = set()
    while True:
        found |= {str(each["href"]).split("/")[2].partition("?")[0] for each in admin.page.select(".row__link")}
        further = admin.page.select("a[rel=next]")
        if not further:
            return found
        admin.get(str(further[0]["href"]))


@pytest.mark.both_engines
@pytest.mark.changes_content
@pytest.mark.slow("a list, its export and its file for each filter")
def test_the_export_of_a_list_is_the_list(
    admin: Visitor, session: Session, monkeypatch: pytest.MonkeyPatch, subtests: pytest.Subtests
) -> None:
    """By every filter that the queue has: what one exports is what one sees."""
    texts = several(session, stored(session, User)[0])
    theme = the_article(session).themes[1]
    known = {"theme": theme.slug, "label": theme.label, "same": texts["same"].public_id}
    every = {each.public_id for each in texts.values()}
    session.rollback()
    defaults = pages.queue_page.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "most", 3)
    assert {each.name for each in fields(QueueFilters)} == SELECTIONS.keys(), "a filter of which nothing is shown here"
    queries = {
        f"{'' if name == 'etat' else 'etat=tous&'}{name}={value}": told
        for name, of in SELECTIONS.items()
        for value, told in of.items()
    }
    queries |= {"": "À relire", "signale=oui": "Signalés", "mien=1&auteur={same}": "Je m’en occupe Du même courriel"}
    for query, told in queries.items():
        with subtests.test(query=query):
            admin.get(f"/moderation?{query.format(**known)}")
            (link,) = (each for each in admin.page.select("main a") if each.get_text() == "Exporter cette sélection")
            seen = listed(admin)
            assert "tri=" in query or seen < every, "it narrows"
            said = " ".join(admin.get(str(link["href"])).page.select(".said")[0].get_text(" ").split())
            assert told.format(**known) in said
            assert f"Votre sélection : {len(seen)} texte" in said
            content = press(admin.fill(usage="team"))
            assert {line["Référence"] for line in read_csv(content)} == seen if seen else admin.status == 422


def test_the_page_says_what_is_selected_and_asks_for_a_purpose(admin: Visitor, session: Session) -> None:
    for number in range(3):
        published(session, number, reuse=number < 2)
    session.commit()
    (link,) = (
        each for each in admin.get("/moderation/chiffres").page.select("main a") if "Exporter" in each.get_text()
    )
    admin.get(str(link["href"]))
    assert "Votre sélection : 3 textes Tous les textes" in " ".join(admin.text.split())
    hints = [" ".join(each.get_text().split()) for each in admin.page.select(".answer__hint")]
    assert [each.partition(".")[0] for each in hints] == ["3 lignes", "2 lignes", "0 ligne"]
    admin.press("Télécharger en CSV")
    assert admin.status == 422
    assert "Choisissez un usage : il dit de qui et de quoi le fichier est fait." in admin.text
    token = admin.csrf_token
    assert admin.post(EXPORTS, [("csrf_token", token), ("usage", "team"), ("format", "json")]).status == 422
    assert admin.post(EXPORTS, [("csrf_token", token), ("usage", "rien"), ("format", "csv")]).status == 422
    assert export_events(session) == []


def test_words_are_in_no_audit_line_and_an_address_in_no_page(admin: Visitor, session: Session) -> None:
    readable(session, title="Le jardin de Montbrume")
    download(admin, "etat=tous&mots=jardin", "team")
    (event,) = export_events(session)
    assert str(event.reason).endswith("1\u00a0ligne, etat : tous, mots : oui")
    contest_decision(a_testimonial(session, status=Status.DECLINED), "Lisez de nouveau.")
    session.commit()
    download(admin, "conteste=1", "team")
    assert str(export_events(session)[-1].reason).endswith("1\u00a0ligne, conteste : 1"), "of every state"
    assert AUTHOR not in admin.get(f"{EXPORTS}?etat=tous&mots={AUTHOR}").text
    assert "Mots :" not in admin.text


def test_each_purpose_has_twenty_columns_at_most_the_same_in_each_format(session: Session) -> None:
    agree_to_contact(published(session, reuse=True))
    session.commit()
    for purpose in ExportPurpose:
        (line,), (cells,) = read_csv(export(purpose)), read_xlsx(export(purpose, ExportFormat.XLSX))
        assert [*line] == [*cells] == [each.heading for each in COLUMNS[purpose]]
        assert len(line) <= 20


def test_reuse_has_the_version_shown_and_the_team_the_latest(session: Session) -> None:
    amended = published(session, title="Le premier titre", reuse=True)
    amend_text(amended, title="Un autre titre")
    a_signed_transcript(session, reuse=True)
    session.commit()
    reused = {line["Titre"]: line["Recueilli"] for line in read_csv(export(ExportPurpose.REUSE))}
    assert reused.pop("Le premier titre") == ""
    assert [*reused.values()] == ["par l’équipe, relu et signé par l’auteur·e"]
    assert "Un autre titre" in {line["Titre"] for line in read_csv(export(ExportPurpose.TEAM))}


@pytest.mark.parametrize("format_", ExportFormat)
def test_a_file_has_its_length_its_name_and_its_line_in_the_audit_log(
    admin: Visitor, session: Session, format_: ExportFormat
) -> None:
    readable(session)
    content = download(admin, "etat=published&article=crpv&situation=regular", "reuse", format_.label)
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
    expected = (
        f"pour réutilisation, {format_.label}, 1\u00a0ligne, etat : published, article : crpv, situation : regular"
    )
    assert event.reason == expected
    admin.get("/administration/journal")
    assert f"Retours d’expérience exportés par Nadia Exemple. ({expected})".replace("\u00a0", " ") in admin.text


def test_an_export_of_nothing_is_one_sentence_and_no_file(admin: Visitor, session: Session) -> None:
    testimonial = readable(session)
    press(admin.get(f"{EXPORTS}?etat=tous").fill(usage="contact"))
    assert admin.status == 422
    assert "Aucun retour de cette sélection n’est pour cet usage : il n’y a rien à exporter." in admin.text
    admin.get(f"{EXPORTS}?etat=tous").fill(usage="reuse")
    testimonial.withdraw()
    session.commit()
    press(admin, "XLSX")
    assert admin.status == 422
    assert "il n’y a rien à exporter" in admin.text
    assert admin.answer is not None
    assert "Content-Disposition" not in admin.answer.headers
    assert export_events(session) == []


TYPED = ("author_name", "author_role", "clsm", "partner_other", "title", "account", "outcome", "obstacles", "advice")


@pytest.mark.parametrize("attack", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", "\r=1+1", "＝1", " =1+1"])
def test_no_column_of_text_is_a_formula(session: Session, attack: str) -> None:
    """In every column that somebody types, for each purpose that holds it."""
    typed: dict[str, Any] = {name: f"{attack} {name} {'x' * 200 if name == 'account' else ''}" for name in TYPED}
    testimonial = published(
        session, **typed, attribution=Attribution.FULL, partner=None, partner_known=PartnerKnown.OTHER
    )
    agree_to_contact(testimonial)
    session.commit()
    for purpose in ExportPurpose:
        (line,) = read_csv(export(purpose))
        attacks = [cell for cell in line.values() if cell.lstrip("' \t\r\n").startswith(f"{attack.strip()} ")]
        assert len(attacks) >= 3, purpose
        assert all(cell.startswith("'") for cell in attacks), purpose
        (cells,) = read_xlsx(export(purpose, ExportFormat.XLSX))  # it looks for formulas and links
        assert attack.strip() in cells["Prénom et nom" if purpose != "reuse" else "Titre"]


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
    cells = read_xlsx(export(ExportPurpose.REUSE, ExportFormat.XLSX))  # it looks for links
    assert {row["Titre"] for row in cells} >= {*titles[:4]}
    assert {row["Titre"].removeprefix("'") for row in read_csv(export(ExportPurpose.REUSE))} == {*titles}


@pytest.mark.both_engines
def test_two_exports_at_once_are_whole_while_others_write(app: Flask, session: Session) -> None:
    testimonial = published(session)
    multiply(session, testimonial, 30)

    def make() -> int:
        with app.app_context():
            return len(read_xlsx(export(ExportPurpose.TEAM, ExportFormat.XLSX)))

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
    return rows.exported_rows(session, purpose, reader())


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
    admin.get(f"{EXPORTS}?etat=tous").fill(usage="team").press("Télécharger en XLSX")
    assert admin.answer is not None
    next(iter(admin.answer.response))
    admin.answer.close()
    (file,) = files
    assert file.closed
    assert len(export_events(session)) == 1, "it was made, and may have been read"


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
        with page_statements(app) as statements, ExportFile.make(purpose, ExportFormat.CSV, reader()).content:
            numbers.append(len(statements))
    assert numbers[0] == numbers[1]


def test_a_file_that_fails_leaves_nothing_behind(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits to be a workbook holds names and addresses too."""
    multiply(session, published(session), 3)
    before = {*Path(gettempdir()).iterdir()}
    monkeypatch.setattr(files, "in_words", lambda _cell: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        ExportFile.make(ExportPurpose.TEAM, ExportFormat.XLSX, reader())
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
    multiply(session, testimonial, 79)
    for format_ in ExportFormat:  # what is loaded at the first export stays
        make_and_close(format_)
    few = {format_: peak_of(format_) for format_ in ExportFormat}
    multiply(session, testimonial, 480)
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
    ExportFile.make(ExportPurpose.TEAM, format_, reader()).content.close()
