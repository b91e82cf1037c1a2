"""The settings of an article: online or offline, open or closed."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.audit import Kind
from app.testimonials.draft import keep_draft
from app.testimonials.lifecycle import Status
from tests.administration.articles.desk import SETTINGS, article_events
from tests.factories import AUTHOR, a_testimonial, the_article
from tests.page_cache.workers import Worker
from tests.visitor import Visitor

pytestmark = pytest.mark.changes_content


def test_a_closed_article_says_so_and_accepts_forms_already_begun(
    app: Flask, admin: Visitor, session: Session, workers: tuple[Worker, Worker]
) -> None:
    draft = keep_draft(
        session, the_article(session), key="k" * 36, email=AUTHOR, answers={"clsm": "CLSM de Ville-Exemple"}
    )
    a_testimonial(session, status=Status.PUBLISHED)
    session.commit()
    token = draft.token
    begun = Visitor(app).get("/articles/crpv/temoigner")
    for worker in workers:
        for path in ("/articles/crpv", "/integration/crpv"):
            assert "/temoigner" in worker.ask(path)[2].decode()
    admin.get(SETTINGS).fill(is_open=[]).press("Enregistrer")
    assert "contributions closes" in admin.text
    for worker in workers:
        page = worker.ask("/articles/crpv")[2].decode()
        assert "Les contributions sont closes" in page
        assert "/temoigner" not in page
        assert "/temoigner" not in worker.ask("/integration/crpv")[2].decode()
    reader = Visitor(app).get("/articles/crpv/temoigner")
    assert reader.status == 200
    assert "ne prend plus de nouveaux retours" in reader.text
    assert not reader.page.select("main form")
    begun.press("Relire mon texte")
    assert begun.status == 422
    assert "Votre retour d’expérience" in begun.text
    assert "CLSM de Ville-Exemple" in str(reader.get(f"/brouillon/{token}").page.select("[name=clsm]")[0])
    admin.get(SETTINGS).fill(is_open="y").press("Enregistrer")
    assert reader.get("/articles/crpv/temoigner").page.select("main form")
    assert article_events(session) == [(Kind.ARTICLE_SETTLED, "crpv")] * 2


def test_an_article_with_testimonials_stays_online(admin: Visitor, session: Session) -> None:
    a_testimonial(session, status=Status.UNCONFIRMED)
    session.commit()
    admin.get(SETTINGS).fill(is_public=[]).press("Enregistrer")
    assert admin.status == 422
    assert "il reste en ligne" in admin.text
    session.rollback()
    assert the_article(session).is_public


def test_an_article_without_testimonials_can_be_taken_offline(app: Flask, admin: Visitor) -> None:
    admin.get(SETTINGS).fill(is_public=[]).press("Enregistrer")
    assert Visitor(app).get("/articles/crpv").status == 404


def test_settings_that_changed_meanwhile_are_not_overwritten(
    admin: Visitor, colleague: Visitor, session: Session
) -> None:
    colleague.get(SETTINGS)
    admin.get(SETTINGS).fill(is_open=[]).press("Enregistrer")
    colleague.press("Enregistrer")
    assert colleague.status == 409
    session.rollback()
    assert not the_article(session).is_open
