"""An article's source, and its passages."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.articles import editing
from app.articles.call import Call, usual_call
from app.articles.editing import ArticleWords
from app.articles.models import Article, Theme
from app.articles.passages import add_passage, cut_passages, headings, passages, rename_passage
from app.articles.source import (
    SourceRefused,
    load_missing_article,
    parse_source,
    reserved_slugs,
    serialize_source,
)
from app.audit import SYSTEM, AuditEvent
from app.cli.database import load_shipped_content
from tests.factories import the_article

pytestmark = pytest.mark.changes_content

CONTENT = Path(__file__).parents[2] / "content" / "articles" / "crpv.md"
SEED_FACTS = ("196", "262", "74,8", "2016", "2021")


def test_the_article_contains_the_facts_of_its_seed(session: Session) -> None:
    article = the_article(session)
    text = article.body.replace("\u202f", " ").replace("\u00a0", " ")
    for fact in SEED_FACTS:
        assert fact in text, fact
    for link in ("http://www.reseau-crpv.fr/les-crpv/", "http://www.reseau-crpv.fr"):
        assert link in text


def test_each_articulation_has_its_passage_in_the_order_of_the_text(session: Session) -> None:
    article = the_article(session)
    headed = [passage.theme for passage in passages(article) if passage.theme]
    assert headed == [theme.slug for theme in article.themes if theme.slug != "autre"]
    assert len(headed) == 5


def test_no_passage_is_lost(session: Session) -> None:
    article = the_article(session)
    whole = "".join(passage.html for passage in passages(article))
    assert whole.count("<h2>") + whole.count("<h3>") >= 8
    assert "<p>" in passages(article)[0].html


def test_a_serialized_source_parses_to_the_same_article(session: Session) -> None:
    """Everything an admin types comes back: quotes, line breaks, signs that TOML escapes."""
    article = the_article(session)
    article.title = 'Dire « oui », ou "non" \\ peut-être\x7f'
    article.call = replace(article.call, invitation="Un paragraphe.\n\nUn autre, avec +++ au milieu.")
    article.body += "\n+++\n\nAprès une ligne de +++.\n"
    text = serialize_source(article)
    front, body = parse_source(text)
    assert (front["title"], front["call"], front["published_on"]) == (article.title, article.call, article.published_on)
    assert body == article.body
    assert [each["slug"] for each in front["themes"]] == [each.slug for each in article.themes]


def test_loading_a_serialized_source_changes_nothing(session: Session) -> None:
    article = the_article(session)
    before = facts(article)
    text = serialize_source(article)
    assert not editing.overwrite_article(article, text, {}, by=SYSTEM)
    session.commit()
    assert facts(article) == before
    assert serialize_source(article) == text


def facts(article: Article) -> dict[str, object]:
    texts = {name: getattr(article, name) for name in ("slug", "title", "summary", "published_on", "body", "call")}
    return texts | {"themes": [(each.slug, each.label, each.choice, each.position) for each in article.themes]}


def test_shipped_content_overwrites_no_article(app: Flask, session: Session) -> None:
    article = the_article(session)
    article.title = "Revu par l’administration"
    session.commit()
    with app.app_context():
        load_shipped_content("crpv.md")
    session.rollback()
    assert article.title == "Revu par l’administration"
    assert len(session.scalars(select(Theme)).all()) == 6
    assert session.scalars(select(AuditEvent)).all() == []


THEMES = """[[themes]]
slug = "une"
label = "Une façon"
choice = "D’une façon"
[[themes]]
slug = "autre"
label = "Autre"
choice = "Autre"
"""
HEADER = f"""+++
slug = "essai"
title = "Essai"
summary = "Un essai."
published_on = 2026-11-25
{THEMES}+++
## Une façon
"""


def test_the_problems_of_a_source_are_reported(subtests: pytest.Subtests) -> None:
    for was, becomes, message in [
        ('title = "Essai"', "", "« title »"),
        ('title = "Essai"', "title = 3", "« title »"),
        ('summary = "Un essai."', 'summary = "  "', "« summary »"),
        ("2026-11-25", '"2026-11-25"', "« published_on »"),
        ("2026-11-25", "2026-11-25T10:00:00", "« published_on »"),
        ('slug = "essai"', 'slug = "Un Essai"', "L’adresse « Un Essai »"),
        ('slug = "une"', 'slug = "une/deux"', "L’adresse « une/deux »"),
        ('slug = "une"', 'slug = "articulations"', "La page se sert du nom « articulations »"),
        ('choice = "D’une façon"', "", "L’articulation 1 doit donner « choice »"),
        ('"autre"', '"autre"\nlabel = "x"\nchoice = "x"\n[[themes]]\nslug = "une"', "le même « slug » : une"),
        ('slug = "autre"', 'slug = "reste"', "manque l’articulation « autre »"),
        (THEMES, THEMES.replace("[themes]", "[autres]"), "sous « [[themes]] »"),
        (THEMES, '[themes]\nslug = "une"\n', "sous « [[themes]] »"),
        ("## Une façon", "## Une autre", "Aucun intertitre ne dit « Une façon »"),
        ("## Une façon", "## Une façon\n\n### Une façon", "Deux intertitres disent « Une façon »"),
        ("## Une façon", "## Une façon\n\n# Trop grand", "« Trop grand » doit commencer par ##"),
        ("## Une façon", "## Une façon\n\n![x](y.png)", "Une image ne peut pas"),
        ("## Une façon", "## Une façon\n\n    du code", "Des lignes en retrait"),
    ]:
        with subtests.test(was=was, becomes=becomes, message=message):
            parse_source(HEADER)
            with pytest.raises(SourceRefused, match=f"(?i){re.escape(message)}"):
                parse_source(HEADER.replace(was, becomes, 1))


HOUSE = {"mode": "unasked", "a": "une", "the": "la", "long": "maison des ados", "long_plural": "maisons des ados"}


def test_the_words_of_a_call_are_composed_but_for_those_of_its_own() -> None:
    call = Call.of({"partner": HOUSE, "title": "", "past": {"outcome": "Ce qui a changé"}})
    assert (call.title, call.question) == (
        "Et vous, où en êtes‑vous avec votre maison des ados ?",
        "Où en êtes‑vous avec une maison des ados ?",
    )
    assert (call.past.outcome_heading, call.past.add_outcome) == ("Ce qui a changé", "ce qui a changé")
    assert call.regular.outcome_heading == "Ce que cela apporte"
    assert call.partner is None, "the form does not ask"
    assert call.table() == {"partner": HOUSE, "past": {"outcome": "Ce qui a changé"}}
    assert usual_call().table() == {}
    for short, plural in (("maison", "maisons"), ("MDA", "MDA"), ("foyer", "foyers")):
        names = Call.of({"partner": HOUSE | {"short": short}}).names
        assert names is not None
        assert names.short_plural == plural


BODY = "Avant.\n\n## Une\n\nTexte.\n\nDeux\n----\n\nTexte.\n\n> ## Citée\n\n- ## Listée\n\n## Fin\n\nLa fin.\n"


def test_a_heading_within_a_quotation_cuts_nothing() -> None:
    assert [each.text for each in headings(BODY)] == ["Une", "Deux", "Fin"]
    result = cut_passages(BODY, (("Deux", "deux"), ("Citée", "citee")))
    assert [each.theme for each in result] == [None, None, "deux", None]
    assert "<blockquote>" in result[2].html
    assert "</blockquote>" in result[2].html


def test_two_headings_with_the_same_text_cut_two_passages() -> None:
    assert [each.html.count("<p>") for each in cut_passages("## A\n\nun\n\n## A\n\ndeux\n\ntrois\n", ())] == [1, 2]


@pytest.mark.parametrize("label", ["Une", "Deux", "Fin"])
def test_a_heading_is_renamed_and_nothing_else(label: str) -> None:
    body = rename_passage(BODY, label, "Autrement *dite*")
    assert [each.text for each in headings(body)] == [
        "Autrement *dite*" if text == label else text for text in ("Une", "Deux", "Fin")
    ]
    assert rename_passage(body, "Autrement *dite*", label) == BODY.replace(f"{label}\n----", f"## {label}")
    assert rename_passage(BODY, "Citée", "x") == BODY


@pytest.mark.parametrize(
    ("beside", "order"),
    [
        (["Une"], ["Une", "Neuve", "Deux", "Fin"]),
        (["Une", "Deux"], ["Une", "Deux", "Neuve", "Fin"]),
        (["Fin"], ["Une", "Deux", "Fin", "Neuve"]),
        ([], ["Une", "Deux", "Fin", "Neuve"]),
    ],
)
def test_a_passage_is_added_after_the_given_ones(beside: list[str], order: list[str]) -> None:
    body = add_passage(BODY, "Neuve", "Du texte neuf.", beside)
    assert [each.text for each in headings(body)] == order
    assert (
        body.replace(f"{'###' if not beside else '##'} Neuve\n\nDu texte neuf.\n\n", "").replace(
            f"\n\n{'###' if not beside else '##'} Neuve\n\nDu texte neuf.", ""
        )
        == BODY
    )


def test_a_passage_is_added_after_the_subsections_of_the_last_one() -> None:
    body = "## Premier\n\nDébut.\n\n### Pour aller plus loin\n\nSuite du premier.\n\n## Conclusion\n\nFin.\n"
    added = add_passage(body, "Deuxième", "Du neuf.", ["Premier"])
    assert added == body.replace("## Conclusion", "## Deuxième\n\nDu neuf.\n\n## Conclusion")


@pytest.mark.parametrize(
    "text", ["no front matter", "+++\ntitle = 1\n", "+++\ntitle = [\n+++\nbody"], ids=["none", "open", "broken"]
)
def test_a_malformed_source_is_refused(text: str) -> None:
    with pytest.raises(SourceRefused):
        parse_source(text)


# Segments of the platform's addresses: where another has a slug, and first of all.
RESERVED = (
    "nouveau",
    "temoignages",
    "articles",
    "administration",
    "moderation",
    "api",
    "mon-temoignage",
    "charte",
    "recu",
)


@pytest.mark.one_engine
def test_a_reserved_address_is_refused_by_every_way_in(
    app: Flask, session: Session, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    for slug in RESERVED:
        with subtests.test(slug=slug):
            text = CONTENT.read_text(encoding="utf-8").replace('slug = "crpv"', f'slug = "{slug}"', 1)
            (tmp_path / "article.md").write_text(text, encoding="utf-8")
            answer = app.test_cli_runner().invoke(args=["articles", "import", str(tmp_path / "article.md")])
            assert answer.exit_code == 1
            assert f"article.md, ligne 2 : la plateforme se sert de l’adresse « {slug} »" in answer.output
            with pytest.raises(SourceRefused):
                load_missing_article(session, tmp_path / "article.md")
            with pytest.raises(SourceRefused):
                editing.create_from_source(session, text, by=SYSTEM)
            words = ArticleWords(title="T", summary="S", published_on=date(2026, 1, 1), body="B", call=usual_call())
            with pytest.raises(SourceRefused):
                editing.create_article(session, slug, words, by=SYSTEM)
            session.rollback()
            assert session.scalars(select(Article.slug)).all() == ["crpv"]


@pytest.mark.one_engine
def test_no_address_of_ours_is_an_article_s(app: Flask, session: Session) -> None:
    """The router finds our pages first: an article of that name could not be reached."""
    adapter = app.url_map.bind("localhost")
    for slug in ("crpv", "autre", "copie", "soins-de-proximite"):
        assert slug not in reserved_slugs()
        assert adapter.match(f"/administration/articles/{slug}")[1] == {"slug": slug}
    assert "nouveau" in reserved_slugs()
    assert adapter.match("/administration/articles/nouveau")[1] == {}
