"""The versions of an article: kept at each change, compared word by word, gone back to."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.articles import editing
from app.articles.models import Theme
from app.articles.source import serialize_source
from app.articles.versions import ArticleVersion, versions_of
from app.audit import SYSTEM, AuditEvent, Kind
from app.catalog import placements
from app.catalog.placements import Place, Placement
from app.testimonials.lifecycle import Status
from tests.administration.articles.desk import ARTICLE as WRITTEN
from tests.administration.articles.desk import ARTICLES, CRPV, FIRST, NEW, TEXT, article_events
from tests.factories import a_testimonial, by_editor, the_article
from tests.visitor import Visitor, words_of

pytestmark = pytest.mark.changes_content

VERSIONS = f"{CRPV}/versions"
SOURCE = f"{CRPV}/source/modifier"


def numbered(session: Session) -> list[tuple[int, Kind]]:
    session.rollback()
    return [(each.number, each.kind) for each in session.scalars(versions_of(the_article(session)))][::-1]


def latest_number(session: Session) -> int:
    return numbered(session)[-1][0]


def test_each_change_is_a_version_with_who_and_when(admin: Visitor, session: Session) -> None:
    start = latest_number(session)
    admin.get(CRPV).fill(title="Un titre revu").press("Relire")
    assert latest_number(session) == start, "a preview keeps nothing"
    admin.press("Enregistrer")
    admin.get(f"{CRPV}/appel").fill(closes_on="2027-01-31").press("Enregistrer")
    kinds = numbered(session)
    assert kinds[-2:] == [(start + 1, Kind.ARTICLE_EDITED), (start + 2, Kind.ARTICLE_SETTLED)]
    admin.get(TEXT)
    assert admin.page.select(f"a[href='{VERSIONS}']")
    text = admin.get(VERSIONS).text
    links = [str(each["href"]) for each in admin.page.select("ol.record a")]
    assert links == [f"{VERSIONS}/{number}" for number in range(start + 2, 0, -1)]
    assert "celle d’aujourd’hui" in text
    assert "Article modifié par" in text
    changes = admin.get(f"{VERSIONS}/{start + 1}").page
    assert changes.select("section.change h3")[0].get_text() == "Titre"
    assert "Un titre revu" in changes.select("section.change")[0].get_text(" ").replace("[ajouté\u00a0: ", "").replace(
        "]", ""
    )
    assert admin.get(f"{VERSIONS}/{start + 2}").page.select("section.change h3")[0].get_text() == "Réglages"
    assert admin.get(f"{VERSIONS}/99").status == 404


def test_only_the_passages_and_the_questions_that_changed_are_compared(admin: Visitor, session: Session) -> None:
    article = the_article(session)
    body = article.body.replace("### Bâtir une culture commune\n", "### Bâtir une culture commune\n\nD’abord.\n")
    past = replace(article.call.past, account="Ce que vous aviez fait ensemble")
    article.body, article.call = f"Un mot.\n\n{body}", replace(article.call, past=past)
    editing.record_article_event(article, Kind.ARTICLE_EDITED, SYSTEM)
    session.commit()
    changed = admin.get(f"{VERSIONS}/{latest_number(session)}").page.select("section.change")
    assert [words_of(each.select("h3")[0]) for each in changed] == [
        "Texte, avant le premier intertitre",
        "Texte, « Bâtir une culture commune »",
        "Ont déjà collaboré : question du récit",
    ]
    assert [words_of(each) for each in changed[1].select("ins")] == ["[ajouté : D’abord. ]"] * 2
    first = admin.get(f"{VERSIONS}/1").page
    headings = [words_of(each) for each in first.select("#changements ~ details h3")]
    assert not [each for each in headings if "_" in each or "." in each], "in the words of admins"
    assert {"Partenaire : nom court", "Réglages"} <= set(headings)


def test_going_back_is_one_more_version_and_keeps_address_and_settings(admin: Visitor, session: Session) -> None:
    start, before = latest_number(session), serialize_source(the_article(session))
    admin.get(CRPV).fill(title="Un titre revu", body="Rien d’autre.\n\n" + the_article(session).body).press("Relire")
    admin.press("Enregistrer")
    session.rollback()
    editing.change_address(the_article(session), "centres-de-ressources", by=SYSTEM)
    session.commit()
    address = f"{ARTICLES}/centres-de-ressources/versions"
    assert "Y revenir" in admin.get(f"{address}/{start}").text
    admin.press("Revenir à cette version")
    assert admin.status == 200
    session.rollback()
    article = session.scalars(select(ArticleVersion).order_by(ArticleVersion.id.desc())).first()
    assert article is not None
    assert (article.number, article.kind) == (start + 3, Kind.ARTICLE_RESTORED)
    assert article.source == before.replace('slug = "crpv"', 'slug = "centres-de-ressources"', 1)
    event = session.scalars(select(AuditEvent).where(AuditEvent.kind == Kind.ARTICLE_RESTORED)).one()
    assert (event.version_number, event.reason) == (start, "centres-de-ressources")
    assert "déjà tel que cette version" in admin.get(f"{address}/{start}").text


def test_themes_in_use_stay_and_placements_follow_their_passage(session: Session) -> None:
    """The version of before has neither the theme added since, nor the new name of the first one."""
    by = by_editor(session)
    session.commit()
    number = latest_number(session)
    article = the_article(session)
    editing.add_theme(article, "Veiller ensemble", "Une veille", "Sur le quartier.", by=by)
    editing.rename_theme(article, article.themes[0], "Former et se former", "Des formations", by=by)
    session.flush()
    added = next(theme for theme in article.themes if theme.label == "Veiller ensemble")
    text = a_testimonial(session, status=Status.PUBLISHED, themes=[added])
    for anchor in (article.themes[0].slug, added.slug):
        placements.place_testimonial(session, Place(article, anchor), text, by=by)
    session.commit()
    version = session.scalars(versions_of(article).where(ArticleVersion.number == number)).one()
    editing.restore_version(article, version, {added.slug: 1}, by=by)
    session.commit()
    assert article.themes[0].label == FIRST
    assert "Veiller ensemble" not in article.body
    slugs = session.scalars(select(Theme.slug).where(Theme.article_id == article.id).order_by(Theme.position)).all()
    assert slugs[-2:] == [added.slug, "autre"]
    assert [each.slug for each in text.latest.themes] == [added.slug]
    assert session.scalars(select(Placement.passage)).all() == [slugs[0]], "that of the passage gone went with it"
    latest = session.scalars(versions_of(article).limit(1)).one()
    assert "passage = false" in latest.source
    later = session.scalars(versions_of(article).where(ArticleVersion.number == latest.number - 1)).one()
    editing.restore_version(article, later, {added.slug: 1}, by=by)
    session.commit()
    assert "### Veiller ensemble" in article.body
    assert serialize_source(article) == later.source


def test_a_theme_removed_and_added_anew_under_its_name_is_the_one_spoken_of(session: Session) -> None:
    by = by_editor(session)
    article = the_article(session)
    editing.add_theme(article, "Veiller ensemble", "Une veille", "Sur le quartier.", by=by)
    session.commit()
    earlier = session.scalars(versions_of(article).limit(1)).one()
    added = next(each for each in article.themes if each.label == "Veiller ensemble")
    editing.remove_theme(article, added, by=by)
    session.flush()
    session.refresh(article)
    article.themes.append(Theme(slug="veiller-2", label="Veiller ensemble", choice="Autre case", position=9))
    session.commit()
    editing.restore_version(article, earlier, {"veiller-2": 3}, by=by)
    session.commit()
    session.refresh(article)
    assert [each.slug for each in article.themes if each.label == "Veiller ensemble"] == ["veiller-2"]


def test_the_call_is_edited_in_the_source_and_each_error_says_its_line(admin: Visitor, session: Session) -> None:
    admin.get(CRPV)
    assert admin.page.select(f"a[href='{SOURCE}']")
    text = str(admin.get(SOURCE).page.select("[name=source]")[0].get_text()).lstrip("\n")
    assert "[call.partner]" in text
    assert "[call.past]" not in text, "its words are the composed ones"
    lines = text.split("\n")
    example = next(number for number, line in enumerate(lines, 1) if line.startswith("example"))
    for was, becomes, sentence in (
        (
            lines[example - 1],
            "example = 3",
            f"Ligne {example} : « call.example » est un texte, entre guillemets.",
        ),
        ('slug = "crpv"', 'slug = "autre-adresse"', "Ligne 2 : l’adresse se change depuis les réglages"),
        ("online = true", "online = false", "la mise en ligne a sa page"),
    ):
        admin.get(SOURCE).fill(source=text.replace(was, becomes, 1)).press("Relire")
        assert admin.status == 422
        assert sentence in admin.text
        assert becomes in admin.page.select("[name=source]")[0].get_text()
    admin.get(SOURCE).fill(source=text.replace("[call]", '[call]\nwelcome = "Bienvenue à qui raconte."', 1))
    admin.press("Relire")
    assert "Rien n’est encore enregistré" in admin.text
    admin.press("Enregistrer")
    assert admin.status == 200
    session.rollback()
    assert the_article(session).call.welcome == "Bienvenue à qui raconte."
    assert "Bienvenue à qui raconte." in admin.get("/articles/crpv/temoigner").text
    assert article_events(session)[-1] == (Kind.ARTICLE_EDITED, "crpv")
    changes = admin.get(f"{VERSIONS}/{latest_number(session)}").page
    assert [each.get_text() for each in changes.select("#changements ~ section.change h3")] == ["Accueil du formulaire"]


def test_a_new_article_has_its_first_version(admin: Visitor, session: Session) -> None:
    admin.get(NEW).fill(**WRITTEN).press("Relire").press("Enregistrer")
    page = admin.get(f"{ARTICLES}/bailleurs/versions/1")
    assert "C’est la première version gardée" in page.text
    assert "Veiller ensemble" in page.text
