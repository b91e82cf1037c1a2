"""The list of articles, the front page, and the way to both from every page that readers have."""

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from sqlalchemy.orm import Session

from app.articles import editing
from app.articles.models import Article
from app.audit import SYSTEM
from app.db import now
from app.territories.models import Department
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from tests.acts import committed, private_page, published, readable
from tests.factories import another_article, the_article
from tests.page_cache.workers import Worker, page_statements
from tests.visitor import Visitor, words_of

pytestmark = pytest.mark.changes_content

OTHER: dict[str, Any] = {"slug": "bailleurs", "title": "Avec les bailleurs", "summary": "Des gardiens et des équipes."}


@pytest.fixture
def other(session: Session) -> Article:
    article = another_article(session, **OTHER, published_on=date(2026, 12, 1))
    session.commit()
    return article


def rows(visitor: Visitor, path: str = "/articles") -> dict[str, Tag]:
    listed = visitor.get(path).page.select("main article")
    return {str(each.select("h2 a")[0]["href"]): each for each in listed}


def test_the_list_tells_what_each_article_gathers(visitor: Visitor, session: Session, other: Article) -> None:
    for number, code in enumerate(("35", "35", "13")):
        published(session, number, department=session.get_one(Department, code), advice=f"Conseil {number}.")
    committed(session, status=Status.PENDING)
    listed = rows(visitor)
    assert list(listed) == ["/articles/bailleurs", "/articles/crpv"], "the latest first"
    ours = words_of(listed["/articles/crpv"])
    assert the_article(session).title in ours
    assert "Qui sont les centres de ressources" in ours
    assert "3 retours d’expérience, de 2 régions. Les contributions sont ouvertes : témoignez" in ours
    assert [each["href"] for each in listed["/articles/crpv"].select(".welcome a")] == [
        "/articles/crpv#retours",
        "/articles/crpv/temoigner",
    ]
    quotes = [words_of(each) for each in listed["/articles/crpv"].select("blockquote")]
    assert quotes == ["« Conseil 2. »"], "the latest words"
    (read,) = listed["/articles/crpv"].select(".note a")
    assert visitor.get(str(read["href"])).status == 200
    theirs = listed["/articles/bailleurs"]
    assert "Des gardiens et des équipes." in words_of(theirs)
    assert "Aucun retour n’est encore paru" in words_of(theirs)
    assert [each["href"] for each in theirs.select(".button")] == ["/articles/bailleurs/temoigner"]


def test_a_closed_article_says_so_and_offers_no_form(visitor: Visitor, session: Session, other: Article) -> None:
    other.is_open = the_article(session).is_open = False
    readable(session)
    listed = rows(visitor)
    assert "Les contributions sont closes." in words_of(listed["/articles/crpv"])
    assert "l’article n’en prend plus" in words_of(listed["/articles/bailleurs"])
    assert not visitor.page.select("main a[href$=temoigner]")


def test_a_call_still_to_come_says_when_it_opens_and_is_not_called_closed(
    visitor: Visitor, session: Session, other: Article
) -> None:
    """A call that was open is given dates again; nobody has answered the other one yet."""
    published(session)
    for article in (other, the_article(session)):
        days = date(2090, 1, 4), date(2090, 3, 28)
        editing.change_settings(article, is_public=True, is_open=True, days=days, by=SYSTEM)
    session.commit()
    listed = rows(visitor)
    assert words_of(listed["/articles/crpv"].select(".welcome")[0]) == (
        "1 retour d’expérience. L’appel s’ouvre le mercredi 4 janvier 2090."
    )
    assert words_of(listed["/articles/bailleurs"].select(".welcome")[0]) == (
        "Aucun retour n’est encore paru. L’appel s’ouvre le mercredi 4 janvier 2090."
    )
    assert not re.search("clos|n’en prend plus|jusqu’au", words_of(visitor.page.select("main")[0]))
    assert not visitor.page.select("main a[href$=temoigner]")


def test_what_is_over_or_taken_away_is_neither_counted_nor_quoted(visitor: Visitor, session: Session) -> None:
    over, withdrawn, shown = (published(session, number, advice=f"Conseil {number}.") for number in (1, 2, 3))
    over.published_until = now() - timedelta(seconds=1)
    shown.published_at = now() - timedelta(days=3)
    withdrawn.withdraw()
    session.commit()
    (row,) = rows(visitor).values()
    assert "1 retour d’expérience. Les contributions" in words_of(row)
    assert "Conseil 3." in words_of(row)
    shown.withdraw()
    session.commit()
    (row,) = rows(visitor).values()
    assert "Aucun retour n’est encore paru" in words_of(row)
    assert not re.search("Conseil [123]", words_of(row))


def test_the_list_costs_three_statements_for_any_number_of_articles(app: Flask, session: Session) -> None:
    published(session)
    for number in range(12):
        another_article(session, slug=f"a{number}", title=f"Article {number}")
        session.commit()
        with page_statements(app) as statements:
            assert f"Article {number}" in app.test_client().get("/articles").text
        assert len(statements) == 3, statements


def test_home_is_the_only_article_or_the_list(visitor: Visitor, session: Session) -> None:
    assert visitor.get("/").path == "/articles/crpv"
    other = another_article(session, **OTHER)
    session.commit()
    assert set(rows(visitor, "/")) == {"/articles/crpv", "/articles/bailleurs"}
    assert visitor.page.select("link[rel=canonical]")[0]["href"] == "http://localhost/articles"
    other.is_public = False
    session.commit()
    assert visitor.get("/").path == "/articles/crpv"
    the_article(session).is_public = False
    session.commit()
    assert visitor.get("/").status == 200
    assert "Aucun article n’est en ligne" in visitor.text


def test_machines_find_the_list_and_its_feeds(app: Flask, visitor: Visitor, session: Session, other: Article) -> None:
    readable(session)
    page = visitor.get("/articles").page
    (data,) = (json.loads(each.get_text()) for each in page.select("script[type='application/ld+json']"))
    assert data["@type"] == "CollectionPage"
    assert data["url"] == "http://localhost/articles"
    items = data["mainEntity"]["itemListElement"]
    assert [(each["position"], each["item"]["url"], each["item"]["commentCount"]) for each in items] == [
        (1, "http://localhost/articles/bailleurs", 0),
        (2, "http://localhost/articles/crpv", 1),
    ]
    for feed in page.select("link[type='application/atom+xml']"):
        assert app.test_client().get(str(feed["href"])).mimetype == "application/atom+xml"
    assert len(page.select("link[type='application/atom+xml']")) == 2
    assert "<loc>http://localhost/articles</loc>" in app.test_client().get("/sitemap.xml").text


def readers_pages(session: Session, testimonial: Testimonial) -> Iterator[str]:
    yield from ("/", "/articles", "/articles/crpv", "/articles/crpv/temoigner", "/articles/crpv/integrer", "/charte")
    yield from ("/vos-donnees", "/mon-temoignage/nouveau-lien", "/rien", "/connexion", private_page(testimonial))
    yield f"/temoignages/{testimonial.public_id}"
    yield f"/temoignages/{testimonial.public_id}/signaler"


def test_every_page_of_readers_leads_to_the_list(
    app: Flask, session: Session, other: Article, subtests: pytest.Subtests
) -> None:
    testimonial = readable(session)
    for path in readers_pages(session, testimonial):
        with subtests.test(path):
            page = BeautifulSoup(app.test_client().get(path, follow_redirects=True).text, "html.parser")
            assert page.select("footer a[href='/articles']")


def test_the_list_and_home_follow_each_change_of_an_article(app: Flask, session: Session) -> None:
    """From the next request on, in a worker that has cached both."""
    worker = Worker(app)
    other = another_article(session, **OTHER)
    session.commit()
    for _ in range(2):
        assert b"Avec les bailleurs" in worker.ask("/")[2]
        assert b"Avec les bailleurs" in worker.ask("/articles")[2]
    editing.change_settings(other, is_public=True, is_open=False, by=SYSTEM)
    session.commit()
    assert worker.ask("/")[2].count("n’en prend plus".encode()) == 1
    editing.change_settings(other, is_public=False, is_open=False, by=SYSTEM)
    session.commit()
    assert worker.ask("/")[0].startswith("302")
    assert b"Avec les bailleurs" not in worker.ask("/articles")[2]
    worker.close()
