"""Renaming, ordering, adding and retiring themes; readers and authors see it on the next request."""

import re

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.articles.passages import passages
from app.audit import AuditEvent, Kind
from app.catalog.placements import Placement
from app.testimonials.lifecycle import Status
from tests.acts import committed
from tests.administration.articles.desk import FIRST, THEMES, article_events, in_theme
from tests.factories import a_testimonial, the_article
from tests.page_cache.workers import Worker
from tests.visitor import Visitor

pytestmark = pytest.mark.changes_content


def test_renaming_a_theme_renames_it_everywhere(
    app: Flask, admin: Visitor, session: Session, workers: tuple[Worker, Worker]
) -> None:
    """Heading, list, filter, page of a testimonial, form: on either worker."""
    testimonial = committed(session, status=Status.PUBLISHED)
    assert testimonial.shown is not None
    digest, theme = testimonial.shown.digest, the_article(session).themes[0]
    pages = ["/articles/crpv", f"/temoignages/{testimonial.public_id}-{testimonial.shown.slug}"]
    for worker in workers:
        for path in pages:
            assert FIRST in worker.ask(path)[2].decode()
    in_theme(admin.get(THEMES), theme.slug, "rename", label="Former les équipes", choice="Des formations")
    assert admin.status == 200
    for worker in workers:
        for path in pages:
            page = worker.ask(path)[2].decode()
            assert FIRST not in page
            assert "Former les équipes" in page
    assert "Des formations" in Visitor(app).get("/articles/crpv/temoigner").text
    session.rollback()
    assert testimonial.shown.compute_digest() == digest
    assert theme.slug == "qualification"
    event = session.scalars(select(AuditEvent).where(AuditEvent.kind == Kind.THEME_RENAMED)).one()
    assert (event.before, event.after, event.reason) == (FIRST, "Former les équipes", "crpv")


def test_a_passage_takes_no_name_of_the_page(
    app: Flask, admin: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    """The links to the text and to the collection lead there, and screen readers find what names each part."""
    for label in ["Articulations", "Contenu", "Retours", "Retours titre", "Filtre région"]:
        with subtests.test(label=label):
            in_theme(admin.get(THEMES), "", "add", label=label, choice="Un choix", passage="Un passage.")
            assert admin.status == 200
            committed(session, status=Status.PUBLISHED)
            ids = [str(each["id"]) for each in Visitor(app).get("/articles/crpv").page.select("[id]")]
            assert [each for each in ids if ids.count(each) > 1] == []
            assert f"{'-'.join(re.findall('[a-z]+', label.lower().replace('é', 'e')))}-2" in ids


REFUSED = [
    ({"label": ""}, "Donnez un nom"),
    ({"label": "x" * 81}, "Retirez-en 1"),
    ({"choice": ""}, "case du formulaire"),
    ({"label": "Avec les conseils citoyens"}, "porte déjà ce nom"),
    ({"label": "Produire\u00a0à plusieurs"}, "Deux intertitres disent « Produire à plusieurs »"),
    ({"theme": "rien"}, "n’existe plus"),
    ({"act": "fly"}, "choix"),
]


def test_a_refused_theme_name_says_why(admin: Visitor, session: Session, subtests: pytest.Subtests) -> None:
    for typed, message in REFUSED:
        with subtests.test(typed=typed):
            usual = {"act": "rename", "label": "Former", "choice": "Des formations"} | typed
            slug, act = usual.pop("theme", "qualification"), usual.pop("act")
            in_theme(admin.get(THEMES), slug, act, **usual)
            assert admin.status == 422
            assert message.lower() in re.sub(r"\s+", " ", admin.text).lower()
            assert article_events(session) == []


def test_a_theme_is_added_with_its_passage_and_offered_to_authors(app: Flask, admin: Visitor, session: Session) -> None:
    admin.get(THEMES)
    typed = {"label": "Veiller l’été", "choice": "Une veille pendant l’été", "passage": "En été, tout change."}
    in_theme(admin, "", "add", **typed)
    assert admin.status == 200
    session.rollback()
    article = the_article(session)
    added = article.themes[-2]
    assert (added.slug, added.label) == ("veiller-l-ete", "Veiller l’été")
    assert article.themes[-1].slug == "autre"
    described = [passage.theme for passage in passages(article) if passage.theme]
    assert described[-1] == "veiller-l-ete"
    reader = Visitor(app).get("/articles/crpv")
    assert "En été, tout change." in reader.page.select("#veiller-l-ete")[0].get_text()
    assert "Une veille pendant l’été" in reader.get("/articles/crpv/temoigner").text
    in_theme(admin.get(THEMES), "", "add", label="Veiller l'été", choice="Une autre veille", passage="Autrement.")
    session.rollback()
    assert article.themes[-2].slug == "veiller-l-ete-2"


def test_a_theme_takes_an_existing_passage_with_its_label(admin: Visitor, session: Session) -> None:
    body = the_article(session).body
    in_theme(admin.get(THEMES), "", "add", label="Produire à plusieurs", choice="Produire ensemble", passage="")
    session.rollback()
    article = the_article(session)
    assert article.body == body
    assert "produire-a-plusieurs" in {passage.theme for passage in passages(article)}


@pytest.mark.parametrize("label", ["", "Sans passage nulle part"])
def test_a_theme_without_a_passage_is_not_added(admin: Visitor, session: Session, label: str) -> None:
    in_theme(admin.get(THEMES), "", "add", label=label, choice="Une case gardée", passage="")
    assert admin.status == 422
    assert admin.page.select("#choice")[0]["value"] == "Une case gardée"
    assert article_events(session) == []


def test_a_theme_moves_up_and_autre_stays_last(app: Flask, admin: Visitor, session: Session) -> None:
    in_theme(admin.get(THEMES), "conseils-citoyens", "raise")
    session.rollback()
    slugs = [each.slug for each in the_article(session).themes]
    assert slugs[:2] == ["conseils-citoyens", "qualification"]
    in_theme(admin, "autre", "raise")
    in_theme(admin.get(THEMES), "conseils-citoyens", "raise")
    session.rollback()
    assert [each.slug for each in the_article(session).themes] == slugs
    boxes = Visitor(app).get("/articles/crpv/temoigner").page.select("[name=themes]")
    assert [each["value"] for each in boxes] == slugs


def test_an_unused_theme_is_retired_and_its_passage_keeps_its_placements(admin: Visitor, session: Session) -> None:
    article = the_article(session)
    testimonial = a_testimonial(session, status=Status.PUBLISHED, themes=[article.themes[1]])
    session.add(Placement(article_id=article.id, passage="qualification", testimonial_id=testimonial.id, position=1))
    session.commit()
    in_theme(admin.get(THEMES), "qualification", "retire")
    assert admin.status == 200
    session.rollback()
    assert "qualification" not in {each.slug for each in article.themes}
    assert FIRST in article.body, "its passage stays, without a theme"
    assert session.scalars(select(Placement.passage)).all() == ["passage_qualifier-et-echanger"]
    assert article_events(session) == [(Kind.THEME_RETIRED, "crpv")]


def test_a_used_theme_stays_and_shows_its_number_of_testimonials(admin: Visitor, session: Session) -> None:
    for number, status in enumerate((Status.UNCONFIRMED, Status.DECLINED, Status.PUBLISHED)):
        a_testimonial(session, status=status, email=f"a{number}@exemple.fr")
    session.commit()
    theme = admin.get(THEMES).page.select("#qualification")[0].get_text()
    assert "3 retours en parlent" in theme.replace("\u00a0", " ")
    assert "elle peut être renommée" in admin.text
    assert not admin.page.select("#qualification [value=retire]")
    in_theme(admin, "qualification", "retire")
    assert admin.status == 409
    in_theme(admin.get(THEMES), "autre", "retire")
    assert admin.status == 422
    assert article_events(session) == []


def test_two_admins_naming_the_same_theme_do_not_overwrite_each_other(
    admin: Visitor, colleague: Visitor, session: Session
) -> None:
    colleague.get(THEMES)
    in_theme(admin.get(THEMES), "qualification", "rename", label="Former", choice="Des formations")
    in_theme(colleague, "qualification", "rename", label="Autrement", choice="Mes mots à moi")
    assert colleague.status == 409
    assert "Rien n’a été écrasé" in colleague.text
    assert colleague.page.select("#qualification-choice")[0]["value"] == "Mes mots à moi"
    session.rollback()
    assert the_article(session).themes[0].label == "Former"
