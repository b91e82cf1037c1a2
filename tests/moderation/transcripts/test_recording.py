"""The desk of what was told by voice: typing it, correcting it, the sheet, and how it is listed and reviewed."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.audit import AuditEvent, Kind
from app.db import now
from app.features.voice.acts import by_code, tidy_code
from app.french import paris_time
from app.testimonials.attribution import Attribution
from app.testimonials.consent import Consent
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from app.testimonials.transcript import Medium, Transcript
from tests.acts import committed, only_text, stored
from tests.factories import ACCOUNT, a_testimonial, a_transcript, another_article
from tests.page_cache.workers import page_statements
from tests.visitor import Visitor, words_of

FORM = "/moderation/articles/crpv/recueillir"
SAVE = "Enregistrer et faire signer"
CODE = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){3}\b")
TOLD: dict[str, Any] = {
    "situation": "regular",
    "account": ACCOUNT,
    "author_name": "Dominique Exemple",
    "author_role": "Coordinateur",
    "clsm": "CLSM de Ville-Exemple",
    "department": "35",
    "partner": "reso-villes",
    "themes": ["qualification"],
    "medium": "meeting",
}


def type_in(editor: Visitor, **changes: Any) -> Visitor:
    return editor.get(FORM).fill(**TOLD | changes).press(SAVE)


def test_what_was_told_waits_for_its_teller_and_nobody_has_consented(editor: Visitor, session: Session) -> None:
    type_in(editor, email="Dominique@Exemple.fr", told_on=paris_time(now() - timedelta(days=3)).isoformat())
    testimonial = only_text(session)
    (transcript,) = stored(session, Transcript)
    assert editor.path == f"/moderation/{testimonial.public_id}"
    assert (testimonial.status, testimonial.email) == (Status.PROOF_SENT, "dominique@exemple.fr")
    assert (testimonial.latest.approval, testimonial.latest.attribution) == (None, Attribution.REGION)
    assert testimonial.latest.account == ACCOUNT
    assert (transcript.medium, transcript.spoken_on) == (Medium.MEETING, paris_time(now() - timedelta(days=3)))
    assert stored(session, Consent) == []


def test_who_has_no_address_gets_a_sheet_with_the_code_and_the_text(editor: Visitor, session: Session) -> None:
    type_in(editor)
    assert editor.status == 200
    assert editor.answer is not None
    assert editor.answer.headers["Cache-Control"] == "no-store"
    assert len(CODE.findall(editor.text)) == 1
    assert ACCOUNT in editor.text
    assert "localhost/mon-temoignage" in editor.text
    assert editor.page.select(f".toolbar a[href='/moderation/{only_text(session).public_id}']")
    (code,) = CODE.findall(editor.text)
    (transcript,) = stored(session, Transcript)
    assert transcript.code_digest
    assert code.replace("-", "") not in str(transcript.__dict__)


def test_a_form_sent_twice_stores_one_text_and_shows_the_sheet_that_may_be_printed(
    editor: Visitor, session: Session
) -> None:
    editor.get(FORM).fill(**TOLD)
    fields = list(editor.fields(editor.form_of(SAVE)))
    codes = [CODE.findall(editor.post(FORM, fields).text) for _ in range(2)]
    assert codes[0] == codes[1]
    assert session.scalar(by_code(tidy_code(codes[0][0]))) is not None
    testimonial = only_text(session)
    assert testimonial.status is Status.PROOF_SENT
    (another,) = CODE.findall(editor.get(f"/moderation/{testimonial.public_id}").press("Imprimer une autre").text)
    assert another != codes[0][0]
    assert CODE.findall(editor.post(FORM, fields).text) == [], "a sheet that was replaced is not drawn again"
    assert editor.path == f"/moderation/{testimonial.public_id}"
    session.rollback()
    assert session.scalar(by_code(tidy_code(another))) is testimonial


@pytest.mark.one_engine
def test_what_is_missing_is_said_and_what_was_typed_is_kept(editor: Visitor, session: Session) -> None:
    tomorrow = paris_time(now() + timedelta(days=2)).isoformat()
    type_in(editor, account="Trop court.", medium=[], told_on=tomorrow, email="pas une adresse")
    assert editor.status == 422
    said = [words_of(each) for each in editor.page.select(".summary li")]
    assert said == [
        "Encore 139 signes au moins : racontez un peu plus.",
        "Dites comment cela vous a été raconté.",
        "Choisissez le jour où c’était : aujourd’hui, ou il y a un an au plus.",
        "Vérifiez ce courriel : il s’écrit comme prenom.nom@exemple.fr.",
    ], "each is said once, in the order of the page"
    kept = dict(editor.fields(editor.forms()[0]))
    assert (kept["account"], kept["email"], kept["author_name"]) == (
        "Trop court.",
        "pas une adresse",
        TOLD["author_name"],
    )
    assert stored(session, Testimonial) == []


@pytest.mark.one_engine
def test_the_form_asks_nothing_that_only_the_teller_may_answer(editor: Visitor) -> None:
    names = {field.get("name") for field in editor.get(FORM).page.select("main [name]")}
    assert not names & {"attribution", "publish", "reuse", "contact", "questions", "attest"}


def test_a_signature_slipped_into_the_form_is_not_taken(editor: Visitor, session: Session) -> None:
    editor.get(FORM).fill(**TOLD)
    editor.post(FORM, [*editor.fields(editor.form_of(SAVE)), ("attribution", "full"), ("publish", "yes")])
    assert only_text(session).latest.attribution is Attribution.REGION
    assert stored(session, Consent) == []


def test_words_are_corrected_until_the_teller_answers(editor: Visitor, session: Session) -> None:
    testimonial, _ = a_transcript(session)
    session.commit()
    page = f"/moderation/{testimonial.public_id}/recueilli"
    editor.get(page).fill(title="Un titre relu").press("Enregistrer la correction")
    assert editor.path == f"/moderation/{testimonial.public_id}"
    corrected = only_text(session)
    assert (corrected.latest.number, corrected.latest.title, corrected.latest.approval) == (2, "Un titre relu", None)
    assert corrected.status is Status.PROOF_SENT
    assert corrected.events[-1].kind is Kind.EDITED


def test_a_stale_correction_is_refused_and_its_words_are_shown(editor: Visitor, session: Session) -> None:
    testimonial, _ = a_transcript(session)
    session.commit()
    page = f"/moderation/{testimonial.public_id}/recueilli"
    editor.get(page).fill(title="Des mots à ne pas perdre")
    stored(session, Testimonial)[0].link_generation += 1
    session.commit()
    editor.press("Enregistrer la correction")
    assert editor.status == 409
    assert "Des mots à ne pas perdre" in editor.text
    assert only_text(session).latest.number == 1


@pytest.mark.one_engine
def test_a_text_that_nobody_told_is_not_corrected_here(editor: Visitor, session: Session) -> None:
    testimonial = committed(session, status=Status.PROOF_SENT)
    assert editor.get(f"/moderation/{testimonial.public_id}/recueilli").status == 409


def test_the_sheet_loaded_again_is_the_same_and_an_older_one_draws_none(editor: Visitor, session: Session) -> None:
    testimonial, _ = a_transcript(session)
    session.commit()
    pages = []
    for _ in range(2):
        form = editor.get(f"/moderation/{testimonial.public_id}").form_of("Imprimer une autre feuille")
        pages.append(list(editor.fields(form)))
    address = f"/moderation/{testimonial.public_id}/feuille"
    codes = [CODE.findall(editor.post(address, pages[0]).text) for _ in range(2)]
    assert codes[0] == codes[1] != []
    assert (editor.post(address, pages[1]).status, CODE.findall(editor.text)) == (409, [])
    session.rollback()
    assert session.scalar(by_code(tidy_code(codes[0][0]))) is testimonial
    assert [each.kind for each in stored(session, AuditEvent)].count(Kind.SHEET_DRAWN) == 1


@pytest.mark.one_engine
def test_a_text_with_an_address_has_no_sheet(editor: Visitor, session: Session) -> None:
    testimonial, _ = a_transcript(session, email="dominique@exemple.fr")
    session.commit()
    assert "Imprimer une autre feuille" not in editor.get(f"/moderation/{testimonial.public_id}").text
    fields = {"csrf_token": editor.csrf_token, "revision": testimonial.revision, "key": "une page d’avant"}
    answer = editor.client.post(f"/moderation/{testimonial.public_id}/feuille", data=fields)
    assert answer.status_code == 409


def test_its_review_page_says_how_it_came_and_offers_no_decision(editor: Visitor, session: Session) -> None:
    testimonial, _ = a_transcript(session)
    session.commit()
    assert "Recueilli, attend la signature" in editor.get(f"/moderation/{testimonial.public_id}").text
    assert "Raconté au téléphone le 24 novembre 2026, écrit par Nadia Exemple." in editor.text
    assert "sans courriel" in editor.text
    assert "Rappeler le bon à tirer" not in editor.text
    assert "Publication : non" not in editor.text
    answer = editor.client.post(
        f"/moderation/{testimonial.public_id}",
        data={"csrf_token": editor.csrf_token, "action": "recall_proof", "revision": str(testimonial.revision)},
    )
    assert answer.status_code == 403
    assert only_text(session).status is Status.PROOF_SENT


def test_the_queue_says_that_it_was_recorded_and_until_when_it_waits(editor: Visitor, session: Session) -> None:
    a_transcript(session)
    session.commit()
    row = editor.get("/moderation?etat=proof_sent").page.select_one(".row")
    assert row is not None
    words = " ".join(row.get_text().split())
    assert "Recueilli, attend la signature" in words
    assert "effacé le" in words
    assert "Sans accord pour publier" not in words


@pytest.mark.one_engine
def test_a_list_of_recorded_texts_costs_no_more_statements_than_one_of_proofs(
    app: Flask, editor: Visitor, session: Session
) -> None:
    proofs = [a_testimonial(session, status=Status.PROOF_SENT, email=f"p{n}@exemple.fr") for n in range(2)]
    session.commit()
    counts = []
    for told in (0, 3):
        for _ in range(told):
            a_transcript(session)
        session.commit()
        with page_statements(app) as statements:
            editor.get("/moderation?etat=proof_sent")
        assert len(editor.page.select(".row")) == len(proofs) + told
        counts.append(len(statements))
    assert counts[0] == counts[1]


@pytest.mark.changes_content
def test_an_editor_of_several_articles_chooses_which_one_was_spoken_of(editor: Visitor, session: Session) -> None:
    assert editor.get("/moderation").page.select("main a[href='/moderation/recueillir']")
    assert editor.get("/moderation/recueillir").path == FORM
    another_article(session, is_public=True)
    session.commit()
    editor.get("/moderation/recueillir")
    links = [link["href"] for link in editor.page.select("main li a")]
    assert sorted(links) == ["/moderation/articles/autre/recueillir", FORM]


@pytest.mark.one_engine
def test_the_situation_is_asked_of_the_person_in_the_words_of_the_call(editor: Visitor, session: Session) -> None:
    """The call asks « Où en êtes-vous ? », of who writes."""
    said = editor.get(FORM).text
    assert "Où en est cette personne ?" in said
    assert "Où en êtes-vous" not in said
    assert "Nous prévoyons de travailler ensemble" in said
    type_in(editor, situation=[])
    assert [words_of(each) for each in editor.page.select(".summary li")] == ["Choisissez une des trois réponses."]
    assert stored(session, Testimonial) == []
