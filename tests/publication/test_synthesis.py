"""The synthesis as readers and machines read it: the statement, the words it stands on, the way to each."""

import json
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.orm import Session

from app.catalog.filters import Filters
from app.catalog.rendering import iso_moment
from app.catalog.synthesis.statements import synthesis_changed_at
from app.db import now
from app.moderation.recueils.contents import load_contents
from app.moderation.recueils.files import render_document
from app.moderation.recueils.models import Recueil
from app.testimonials.private_page.consent_changes import change_consent
from app.testimonials.wordings import Purpose
from tests.acts import a_synthesis, published
from tests.factories import SENTENCES, an_editor, the_article
from tests.page_cache.workers import page_statements
from tests.visitor import Visitor

ATOM = "{http://www.w3.org/2005/Atom}"
PAGE, API = "/articles/crpv/synthese", "/api/v1/articles/crpv/synthesis"
WORDS = "On y parlait de ce qui inquiète, de ce qui soulage, et de qui appeler."
MORE = SENTENCES[0]


def test_a_reader_sees_the_statement_unfolds_its_sources_and_goes_to_each(visitor: Visitor, session: Session) -> None:
    one, two = published(session, 1), published(session, 2, reuse=False)
    made = a_synthesis(session, [(one, WORDS), (two, MORE)], [(two, WORDS)])
    made.statements[1].passage = the_article(session).themes[0].slug
    session.commit()
    page = visitor.get(PAGE).page
    assert [each.get_text(strip=True) for each in page.select("h2")] == ["Qualifier et échanger", "Dans l’ensemble"]
    assert [each.get_text() for each in page.select(".statement > p")] == ["Constat 2", "Constat 1"]
    told = [" ".join(each.get_text().split()) for each in page.select("details > summary")]
    assert told == ["1 retour le dit : Constat 2", "2 retours le disent : Constat 1"]
    assert page.select("blockquote")[0].get_text().strip() == f"«\u202f{WORDS}\u202f»"
    assert not page.select("details[open]")
    assert [each["href"] for each in page.select("h2 a")] == ["/articles/crpv#qualification"]
    assert "signée par l’équipe éditoriale" in visitor.text
    assert "Version 1, du" in visitor.text
    for each, link in zip((two, one, two), page.select("details a"), strict=True):
        assert each.public_id in link["href"]
        assert WORDS in visitor.get(str(link["href"])).text


def test_the_article_leads_to_its_synthesis_where_a_statement_stands(visitor: Visitor, session: Session) -> None:
    one, _ = published(session, 1), published(session, 2)
    session.commit()
    assert "/synthese" not in str(visitor.get("/articles/crpv").page)
    a_synthesis(session, [(one, WORDS)])
    session.commit()
    visitor.get("/articles/crpv")
    assert [each.get_text() for each in visitor.page.select(f'a[href="{PAGE}"]')] == ["La synthèse"]
    one.withdraw()
    session.commit()
    assert "/synthese" not in str(visitor.get("/articles/crpv").page)
    assert visitor.get(PAGE).status == 404
    assert "Aucune synthèse ne se lit ici pour le moment" in visitor.text


@pytest.mark.parametrize("path", [PAGE, API])
def test_a_page_of_a_synthesis_takes_three_statements(app: Flask, session: Session, path: str) -> None:
    texts = [published(session, number) for number in range(4)]
    a_synthesis(session, *([(each, WORDS) for each in texts] for _ in range(3)))
    session.commit()
    with page_statements(app) as statements:
        assert app.test_client().get(path).status_code == 200
    assert len(statements) == 3, statements


def test_machines_get_the_words_that_are_open_to_reuse(app: Flask, session: Session) -> None:
    one, two = published(session, 1), published(session, 2, reuse=False)
    a_synthesis(session, [(two, MORE), (one, WORDS)], [(two, WORDS)])
    session.commit()
    read = json.loads(app.test_client().get(API).text)
    assert read.pop("published_at").startswith("20")
    assert read == {
        "url": f"http://localhost{PAGE}",
        "self": f"http://localhost{API}",
        "article": "http://localhost/api/v1/articles/crpv",
        "version": 1,
        "claims": [
            {
                "words": "Constat 1",
                "passage": None,
                "sources": [
                    {
                        "words": WORDS,
                        "signature": "Coordinatrice, CLSM de Ville-Exemple",
                        "title": "Récit 01",
                        "url": f"http://localhost/temoignages/{one.public_id}-recit-01",
                        "testimonial": f"http://localhost/api/v1/testimonials/{one.public_id}",
                    }
                ],
            }
        ],
    }
    change_consent(one, Purpose.REUSE, gives=False)
    session.commit()
    refused = app.test_client().get(API)
    assert (refused.status_code, refused.mimetype) == (404, "application/problem+json")
    assert "Aucune synthèse" in refused.get_json()["detail"]
    assert app.test_client().get(PAGE).status_code == 200


def test_the_feed_has_the_synthesis_first_and_dates_what_leaves_it(app: Flask, session: Session) -> None:
    one, two = published(session, 1), published(session, 2, reuse=False)
    a_synthesis(session, [(one, WORDS), (two, MORE)], [(two, WORDS)])
    session.commit()

    def entry() -> tuple[str, str]:
        feed = ElementTree.fromstring(app.test_client().get("/articles/crpv/flux.atom").data)  # noqa: S314  # ours
        first = feed.find(f"{ATOM}entry")
        assert first is not None
        assert feed.findtext(f"{ATOM}updated", "") >= first.findtext(f"{ATOM}updated", "")
        return first.findtext(f"{ATOM}content", ""), first.findtext(f"{ATOM}updated", "")

    content, before = entry()
    assert (WORDS in content, MORE in content) == (True, False)
    assert ("Constat 1" in content, "Constat 2" in content) == (True, False)
    assert before == iso_moment(synthesis_changed_at(session, one.article_id))
    filtered = app.test_client().get("/articles/crpv/flux.atom?region=53").text
    assert "Constat 1" not in filtered


def test_the_sitemap_has_the_synthesis_while_a_statement_stands_and_dates_it(app: Flask, session: Session) -> None:
    one, two = published(session, 1), published(session, 2)
    session.commit()
    assert "/synthese" not in app.test_client().get("/sitemap.xml").text
    made = a_synthesis(session, [(one, WORDS), (two, MORE)], [(two, MORE)])
    made.changed_at = datetime(2026, 1, 2, 12, tzinfo=UTC)
    session.commit()
    listed = app.test_client().get("/sitemap.xml").text
    assert f"<url><loc>http://localhost{PAGE}</loc><lastmod>2026-01-02</lastmod></url>" in listed
    one.withdraw()
    session.commit()
    assert (
        f"<loc>http://localhost{PAGE}</loc><lastmod>{now().date()}</lastmod>"
        in app.test_client().get("/sitemap.xml").text
    )
    two.withdraw()
    session.commit()
    assert "/synthese" not in app.test_client().get("/sitemap.xml").text


def test_a_recueil_has_the_statements_that_stand_on_its_sheets(session: Session, app: Flask) -> None:
    one, two, other = published(session, 1), published(session, 2, reuse=False), published(session, 3, advice="Osez.")
    a_synthesis(session, [(one, WORDS), (two, WORDS), (other, MORE)], [(other, MORE)], [(two, MORE)])
    article = the_article(session)
    made = Recueil(article=article, author=an_editor(session), title="Recueil")

    def statements(filters: Filters) -> dict[str, list[str]]:
        contents = load_contents(session, article, filters)
        assert contents is not None
        with app.test_request_context():
            page = BeautifulSoup(render_document(session, made, contents, is_file=False), "html.parser")
        parts = page.select('[aria-labelledby="la-synthese"] .passage')
        return {
            part.select(".prose")[0].get_text(strip=True): [each.get_text() for each in part.select(".reference")]
            for part in parts
        }

    assert statements(Filters()) == {"Constat 1": ["fiche 2", "fiche 1"], "Constat 2": ["fiche 1"]}
    assert statements(Filters(words="osez")) == {"Constat 1": ["fiche 1"], "Constat 2": ["fiche 1"]}
    other.withdraw()
    session.flush()
    assert statements(Filters()) == {"Constat 1": ["fiche 1"]}
