"""A question of four choices, which `tests/data/added_question.patch` adds: asked, shown, exported, in the API."""

from flask import Flask
from sqlalchemy.orm import Session

from app.moderation.exports.columns import ExportPurpose
from app.testimonials.answered import questions_answered
from tests.accounts.signing_in import ADMIN
from tests.acts import only_text, private_page, readable, signed_in
from tests.moderation.exports.spreadsheets import export, read_csv
from tests.publication.api.client import LIST, get_json, validator
from tests.testimonials.test_form import YES, preview
from tests.visitor import Visitor

FACT = "Durée Quelques mois"


def test_the_question_is_asked_previewed_and_stored(visitor: Visitor, session: Session) -> None:
    assert FACT in preview(visitor, duration="months").text
    visitor.fill(**YES).press("Envoyer")
    assert questions_answered(only_text(session).latest)["duration"] == "Quelques mois"
    assert visitor.get("/articles/crpv/temoigner").page.select("#duration option[value=years]")


def test_the_answer_is_where_readers_its_author_and_the_desk_read(
    app: Flask, visitor: Visitor, session: Session
) -> None:
    text, unanswered = readable(session, duration="months"), readable(session, 1)
    assert FACT in visitor.get(f"/temoignages/{text.public_id}").text
    assert "Durée de la collaboration Quelques mois" in visitor.get(f"{private_page(text)}/mes-donnees").text
    listed = get_json(app, LIST)
    validator("Testimonials").validate(listed)
    assert [each["duration"] for each in listed["testimonials"]] == [
        None,
        {"value": "months", "label": "Quelques mois"},
    ]
    assert "duration" not in unanswered.latest.displayed()
    signed_in(visitor, session, email=ADMIN)
    assert FACT in visitor.get(f"/moderation/{text.public_id}").text
    chosen = visitor.get(f"/moderation/{text.public_id}/relire").page.select("#duration option[selected]")
    assert [each["value"] for each in chosen] == ["months"]
    row = next(row for row in read_csv(export(ExportPurpose.REUSE)) if row["Référence"] == text.public_id)
    assert row["Durée"] == "Quelques mois"
