"""A slug that changes: the former one leads to the article for good, by every outlet, and is nobody else's."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.articles import editing
from app.articles.addresses import FormerSlug
from app.articles.editing import AddressTaken
from app.articles.models import Article
from app.articles.source import SourceRefused, load_missing_article
from app.audit import SYSTEM, AuditEvent, Kind
from app.testimonials.lifecycle import Status
from config import ROOT
from tests.acts import committed
from tests.administration.articles.desk import ARTICLE, ARTICLES, NEW, SETTINGS
from tests.factories import a_testimonial, another_article, the_article
from tests.page_cache.workers import Worker
from tests.publication.outlets import addresses
from tests.visitor import Visitor

pytestmark = pytest.mark.changes_content

SHIPPED = ROOT / "content" / "articles" / "crpv.md"


def moved(session: Session, slug: str = "centres-de-ressources") -> None:
    editing.change_address(the_article(session), slug, by=SYSTEM)
    session.commit()


def test_an_admin_changes_the_address_and_the_former_one_leads_there(
    app: Flask, admin: Visitor, session: Session, workers: tuple[Worker, Worker]
) -> None:
    text = committed(session, status=Status.PUBLISHED)
    paths = [path for path in addresses(app, text) if "/crpv" in path and "oembed" not in path]
    session.rollback()
    before = {path: worker.ask(path) for worker in workers for path in paths}
    admin.get(SETTINGS).fill(slug="centres-de-ressources").press("Enregistrer")
    assert admin.status == 200
    assert "/articles/centres-de-ressources" in admin.text
    assert len(paths) > 10
    for worker in workers:
        for path in paths:
            status, headers, _ = worker.ask(path)
            assert status[:3] == "301", path
            assert dict(headers)["Location"] == path.replace("crpv", "centres-de-ressources", 1)
            assert dict(headers)["Cache-Control"] == "no-cache", "no browser keeps it where the slug comes back"
            for name in ("Access-Control-Allow-Origin", "Content-Security-Policy"):
                assert dict(headers).get(name) == dict(before[path][1]).get(name), (path, name)
            assert worker.ask(dict(headers)["Location"])[0] == before[path][0]
    event = session.scalars(select(AuditEvent).where(AuditEvent.kind == Kind.ARTICLE_MOVED)).one()
    assert (event.before, event.after, event.reason) == ("crpv", *["centres-de-ressources"] * 2)
    session.rollback()
    assert "Mène aussi ici : /articles/crpv" in admin.get(f"{ARTICLES}/centres-de-ressources/reglages").text
    assert admin.get(f"{ARTICLES}/crpv/articulations").path == f"{ARTICLES}/centres-de-ressources/articulations"
    desk = admin.get("/moderation/articles/crpv/en-regard")
    assert desk.path == "/moderation/articles/centres-de-ressources/en-regard"


def test_oembed_knows_the_former_address(app: Flask, session: Session) -> None:
    a_testimonial(session, status=Status.PUBLISHED)
    moved(session)
    answer = app.test_client().get("/oembed?url=http://localhost/articles/crpv")
    assert answer.status_code == 200
    assert answer.json is not None
    assert "/integration/centres-de-ressources/cadre" in answer.json["html"]


def test_a_form_begun_at_the_former_address_is_sent_again_to_the_present_one(app: Flask, session: Session) -> None:
    begun = Visitor(app).get("/articles/crpv/temoigner")
    fields = [("csrf_token", begun.csrf_token), ("step", "preview"), ("clsm", "CLSM de Ville-Exemple")]
    moved(session)
    answer = begun.client.post("/articles/crpv/temoigner?a=b", data=dict(fields))
    assert (answer.status_code, answer.location) == (308, "/articles/centres-de-ressources/temoigner?a=b")
    assert begun.client.post(answer.location, data=dict(fields)).status_code == 422
    kept = begun.client.post("/articles/crpv/brouillon", data=dict(fields))
    assert (kept.status_code, kept.location) == (308, "/articles/centres-de-ressources/brouillon")


@pytest.mark.both_engines
def test_a_slug_used_once_is_taken_by_every_way_in(admin: Visitor, session: Session) -> None:
    other = another_article(session)
    moved(session)
    admin.get(NEW).fill(**ARTICLE | {"slug": "crpv"}).press("Relire")
    assert admin.status == 422
    assert "Cette adresse a été celle de «" in admin.text
    for slug, sentence in (
        ("crpv", "elle y mène encore"),
        ("centres-de-ressources", "Un article a déjà cette adresse"),
    ):
        admin.get(f"{ARTICLES}/autre/reglages").fill(slug=slug).press("Enregistrer")
        assert admin.status == 422
        assert sentence in admin.text
        with pytest.raises(AddressTaken):
            editing.change_address(other, slug, by=SYSTEM)
        session.rollback()
    source = SHIPPED.read_text(encoding="utf-8")
    with pytest.raises(AddressTaken):
        editing.create_from_source(session, source, by=SYSTEM)
    session.rollback()
    with pytest.raises(SourceRefused):
        editing.change_address(other, "administration", by=SYSTEM)


def test_the_shipped_article_is_not_loaded_a_second_time_under_its_first_address(session: Session) -> None:
    moved(session)
    load_missing_article(session, SHIPPED)
    session.commit()
    assert session.scalars(select(Article.slug)).all() == ["centres-de-ressources"]


def test_an_article_may_take_its_former_address_back(app: Flask, session: Session) -> None:
    article = the_article(session)
    moved(session)
    editing.change_address(article, "crpv", by=SYSTEM)
    session.commit()
    assert session.scalars(select(FormerSlug.slug)).all() == ["centres-de-ressources"]
    reader = Visitor(app)
    assert reader.get("/articles/crpv").status == 200
    assert reader.get("/articles/centres-de-ressources?situation=planned").path == "/articles/crpv"
    assert reader.get("/articles/rien").status == 404


def test_the_former_address_of_an_article_offline_says_so_and_not_the_present_one(app: Flask, session: Session) -> None:
    moved(session)
    article = session.scalars(select(Article)).one()
    editing.put_online(article, is_public=False, by=SYSTEM)
    session.commit()
    answer = app.test_client().get("/articles/crpv")
    assert answer.status_code == 404
    assert "Cet article n’est plus en ligne" in answer.text
    assert "centres-de-ressources" not in answer.text
