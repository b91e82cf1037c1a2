"""Writing, previewing and saving articles; errors lose nothing."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.articles import queries, source
from app.articles.models import Article
from app.audit import Kind
from app.testimonials.lifecycle import Status
from tests.acts import committed
from tests.administration.articles.desk import (
    ARTICLE,
    ARTICLES,
    CRPV,
    FIRST,
    NEW,
    TEXT,
    THEMES,
    article_events,
)
from tests.factories import a_testimonial, the_article
from tests.page_cache.workers import Worker
from tests.visitor import Visitor

pytestmark = pytest.mark.changes_content


def test_the_list_shows_the_testimonials_of_each_article(admin: Visitor, session: Session) -> None:
    a_testimonial(session, status=Status.PUBLISHED, email="a@exemple.fr")
    for number in range(2):
        a_testimonial(session, status=Status.PENDING, email=f"b{number}@exemple.fr")
    session.commit()
    message = admin.get(ARTICLES).text
    for words in ("publié le mardi 24 novembre 2026", "1 retour publié, 2 à relire"):
        assert words in message
    admin.get(TEXT)
    links = {str(each["href"]) for each in admin.page.select("main a")}
    assert links >= {CRPV, THEMES, f"{CRPV}/source", "/articles/crpv"}


def test_an_article_is_previewed_then_saved_and_published(
    admin: Visitor, session: Session, workers: tuple[Worker, Worker]
) -> None:
    committed(session, status=Status.PUBLISHED)
    for worker in workers:
        assert b"Un titre neuf" not in worker.ask("/articles/crpv")[2]
    admin.get(CRPV).fill(title="Un titre neuf").press("Relire")
    assert admin.status == 200
    assert "Rien n’est encore enregistré" in admin.text
    session.rollback()
    assert the_article(session).title != "Un titre neuf", "a preview saves nothing"
    for worker in workers:
        assert b"Un titre neuf" not in worker.ask("/articles/crpv")[2]
    admin.press("Enregistrer")
    assert admin.path == TEXT
    for worker in workers:
        assert b"Un titre neuf" in worker.ask("/articles/crpv")[2]
    assert article_events(session) == [(Kind.ARTICLE_EDITED, "crpv")]


def test_the_preview_is_the_page_that_readers_get(admin: Visitor, session: Session) -> None:
    """The opening, the passages with the testimonials beside them, and the call: tag for tag."""
    committed(session, status=Status.PUBLISHED)
    body = the_article(session).body + "\n## Encore\n\nDu *neuf*, et <script>alert(1)</script> [rien](javascript:x).\n"
    admin.get(CRPV).fill(body=body, invitation="Un appel.\n\nEn deux temps.").press("Relire")
    shown = [str(part) for part in admin.page.select("main > article, .facing--call")]
    assert len(shown) == 2
    admin.press("Enregistrer")
    assert [str(part) for part in admin.get("/articles/crpv").page.select("main > article, .facing--call")][
        : len(shown)
    ] == shown
    assert "<em>neuf</em>" in shown[0]
    assert "<script>" not in shown[0]
    assert 'href="javascript' not in shown[0]


def test_going_back_from_the_preview_keeps_the_text(admin: Visitor, session: Session) -> None:
    admin.get(CRPV).fill(title="Un titre neuf", invitation="Un appel neuf.").press("Relire").press("Continuer à écrire")
    assert admin.path == CRPV
    assert admin.page.select("[name=title]")[0]["value"] == "Un titre neuf"
    assert "Un appel neuf." in admin.page.select("[name=invitation]")[0].get_text()
    assert article_events(session) == []


REFUSED = [
    ("title", " ", "Donnez un titre"),
    ("title", "x" * 161, "Retirez-en 1"),
    ("summary", "", "de quoi parle l’article"),
    ("published_on", "hier", "date"),
    ("published_on", "0001-01-01", "Choisissez un jour"),
    ("published_on", "2099-01-01", "Cette date de publication est à venir"),
    ("body", "", "Écrivez l’article"),
    ("body", "Plus rien.", f"Aucun intertitre ne dit « {FIRST} »"),
    ("body", "# Trop grand", "« Trop grand » doit commencer par ##"),
    ("call_title", "", "titre à l’appel"),
    ("invitation", "", "ce qu’il demande"),
]


def test_a_refused_article_field_says_why_and_keeps_what_was_typed(
    admin: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    for field, typed, message in REFUSED:
        with subtests.test(field=field, typed=typed):
            admin.get(CRPV).fill(**{field: typed}).press("Relire")
            assert admin.status == 422
            assert message in admin.text
            fields = admin.page.select(f"[name={field}]")
            assert typed.strip() in (str(fields[0].get("value", "")) or fields[0].get_text())
            assert article_events(session) == []


def test_the_second_of_two_admins_overwrites_nothing_and_loses_nothing(
    admin: Visitor, colleague: Visitor, session: Session
) -> None:
    colleague.get(CRPV)
    admin.get(CRPV).fill(title="Le premier titre").press("Relire").press("Enregistrer")
    colleague.fill(title="Le second titre", invitation="Mes mots à moi.").press("Relire")
    assert colleague.status == 409
    assert "Article modifié par Nadia Exemple" in colleague.text
    assert colleague.page.select("[name=title]")[0]["value"] == "Le second titre"
    assert "Mes mots à moi." in colleague.page.select("[name=invitation]")[0].get_text()
    assert "premier" in " ".join(each.get_text() for each in colleague.page.select(".change del"))
    session.rollback()
    assert the_article(session).title == "Le premier titre"
    colleague.press("Relire").press("Enregistrer")
    session.rollback()
    assert the_article(session).title == "Le second titre", "once it has been shown, it can be replaced"


def test_a_form_without_a_revision_is_stale(admin: Visitor, session: Session) -> None:
    fields = {name: typed for name, typed in ARTICLE.items() if name != "slug"} | {"step": "save"}
    fields |= {"body": the_article(session).body, "csrf_token": admin.get(CRPV).csrf_token}
    admin.post(CRPV, list(fields.items()))
    assert admin.status == 409


def test_a_new_article_is_offline_until_it_is_published(
    app: Flask, admin: Visitor, session: Session, workers: tuple[Worker, Worker]
) -> None:
    admin.get(NEW).fill(**ARTICLE).press("Relire")
    assert "Veiller ensemble" in admin.text
    admin.press("Enregistrer")
    assert "hors ligne" in admin.text
    reader = Visitor(app)
    for path in ("/articles/bailleurs", "/articles/bailleurs/temoigner"):
        assert reader.get(path).status == 404
    assert "bailleurs" not in reader.client.get("/sitemap.xml").get_data(as_text=True)
    assert reader.get("/").path == "/articles/crpv"
    assert [worker.ask("/sitemap.xml")[2].count(b"bailleurs") for worker in workers] == [0, 0]
    admin.get(f"{ARTICLES}/bailleurs/mise-en-ligne").press("Mettre en ligne")
    assert reader.get("/articles/bailleurs").status == 200
    assert [link["href"] for link in reader.get("/").page.select("h2 a")] == ["/articles/bailleurs", "/articles/crpv"]
    assert [worker.ask("/sitemap.xml")[2].count(b"bailleurs") for worker in workers] == [1, 1]
    assert article_events(session) == [(Kind.ARTICLE_CREATED, "bailleurs"), (Kind.ARTICLE_SETTLED, "bailleurs")]


REFUSED_SLUGS = ["", "crpv", "nouveau", "Bailleurs", "les bailleurs", "a/b", "x" * 61]


def test_an_article_slug_that_is_taken_or_malformed_is_refused(
    admin: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    for slug in REFUSED_SLUGS:
        with subtests.test(slug=slug):
            admin.get(NEW).fill(**ARTICLE | {"slug": slug}).press("Relire")
            assert admin.status == 422
            assert len(session.scalars(select(Article)).all()) == 1


def test_an_article_is_created_from_a_source(admin: Visitor, session: Session) -> None:
    admin.get(f"{CRPV}/source")
    assert admin.answer is not None
    assert admin.answer.headers["Content-Disposition"] == "attachment; filename=crpv.md"
    text = admin.answer.get_data(as_text=True)
    admin.get(f"{NEW}/source").fill(source=text.replace('slug = "crpv"', 'slug = "copie"')).press("Relire")
    assert FIRST in admin.text
    admin.press("Enregistrer")
    session.rollback()
    copy = session.scalars(queries.by_slug_public_or_not("copie")).one()
    assert not copy.is_public
    of_copy = source.serialize_source(copy).replace('slug = "copie"', 'slug = "crpv"')
    assert of_copy.replace("online = false", "online = true") == text
    assert article_events(session) == [(Kind.ARTICLE_CREATED, "copie")]


INVALID_SOURCES = [
    ("+++\nslug", "slug", "commence par son en-tête"),
    ('slug = "crpv"', 'slug = "crpv"', "déjà cette adresse"),
    ('slug = "crpv"', 'slug = "nouveau"', "La plateforme se sert de cette adresse"),
    ('slug = "crpv"', 'slug = "temoignages"', "La plateforme se sert de cette adresse"),
    (f"### {FIRST}", "### Autrement", f"aucun intertitre ne dit « {FIRST} »"),
    ("published_on = 2026", "published_on = 2098", "Ligne 5 : cette date de publication est à venir"),
]


def test_an_invalid_source_is_shown_again(admin: Visitor, session: Session, subtests: pytest.Subtests) -> None:
    for was, becomes, message in INVALID_SOURCES:
        with subtests.test(message=message):
            text = source.serialize_source(the_article(session)).replace(was, becomes, 1)
            admin.get(f"{NEW}/source").fill(source=text).press("Relire")
            assert admin.status == 422
            assert message in admin.text
            assert admin.page.select("[name=source]")[0].get_text().strip() == text.strip()
            assert len(session.scalars(select(Article)).all()) == 1
