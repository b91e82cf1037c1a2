"""A testimonial's own page: its neighbours, its citation, its JSON-LD; and the sitemap."""

import json
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.articles import editing
from app.audit import SYSTEM
from app.catalog.facets import Facet
from app.publication import sitemap
from app.testimonials.attribution import Attribution
from app.testimonials.lifecycle import Status
from tests.acts import a_synthesis, published, readable
from tests.crowd import multiply
from tests.factories import a_testimonial, the_article
from tests.page_cache.workers import page_statements
from tests.visitor import Visitor


def linked(visitor: Visitor, selector: str) -> list[str]:
    links = visitor.page.select(selector)
    return [str(link["href"])[len("/temoignages/") :][:20] for link in links]


def test_a_page_links_the_previous_and_the_next(visitor: Visitor, session: Session) -> None:
    first, second, third = (published(session, number) for number in range(3))
    session.commit()
    cases = ((second, third, first), (first, second, None), (third, None, second))
    for testimonial, before, after in cases:
        visitor.get(f"/temoignages/{testimonial.public_id}")
        for relation, other in (("prev", before), ("next", after)):
            assert linked(visitor, f"nav a[rel={relation}]") == ([other.public_id] if other else [])
    second.withdraw()
    session.commit()
    assert linked(visitor.get(f"/temoignages/{third.public_id}"), "nav a[rel=next]") == [first.public_id]


def test_a_page_links_others_of_the_same_theme(visitor: Visitor, session: Session) -> None:
    first, second, *_ = the_article(session).themes
    here = published(session, 1, themes=[first])
    same, other = published(session, 2, themes=[first]), published(session, 3, themes=[second])
    session.commit()
    section = visitor.get(f"/temoignages/{here.public_id}").page.select(".voices")
    assert same.public_id in str(section[0])
    assert "Commencez par une question" in section[0].get_text(), "another is quoted"
    assert other.public_id not in str(section)
    assert f"?articulation={first.slug}#retours" in str(section[0])
    assert "Sur la même articulation" in section[0].get_text()


def test_a_page_links_three_others_at_most_and_never_itself(visitor: Visitor, session: Session) -> None:
    theme, *_ = the_article(session).themes
    several = [published(session, number, themes=[theme]) for number in range(6)]
    session.commit()
    for here, others in (
        (several[5], several[2:5]),
        (several[4], [*several[2:4], several[5]]),
        (several[0], several[3:]),
    ):
        ids = linked(visitor.get(f"/temoignages/{here.public_id}"), ".voice a")
        assert ids == [other.public_id for other in reversed(others)]


def test_nobody_is_quoted_for_two_themes_while_another_could_be(visitor: Visitor, session: Session) -> None:
    first, second, *_ = the_article(session).themes
    here = published(session, 0, themes=[first, second])
    both = [published(session, number, themes=[first, second]) for number in (1, 2, 3, 4)]
    session.commit()
    ids = linked(visitor.get(f"/temoignages/{here.public_id}"), ".voice a")
    assert ids == [each.public_id for each in reversed(both)]
    assert [each.get_text() for each in visitor.page.select(".voices h3")] == [first.label, second.label]


def test_the_advice_is_quoted_once_and_first(visitor: Visitor, session: Session) -> None:
    advice = "Écrivez la charte à la fin.\n\nElle ne mesure que la prudence."
    testimonial = readable(session, advice=advice, years="depuis 2021")
    page = visitor.get(f"/temoignages/{testimonial.public_id}").page
    assert visitor.text.count("Écrivez la charte") == 1
    (quote,) = page.select("article .advice blockquote")
    assert [each.get_text() for each in quote.select("p")] == [
        "«\u202fÉcrivez la charte à la fin.",
        "Elle ne mesure que la prudence.\u202f»",
    ]
    assert page.select("article .advice ~ h2")
    assert not page.select("article h2 ~ .advice")
    (line,) = page.select("article > .facts")
    words = " ".join(line.get_text(" ").replace("\u00a0", " ").split())
    assert words == "Collaboration régulière · Bretagne · RésO Villes · depuis 2021"


def test_the_citation_says_its_date_in_words(visitor: Visitor, session: Session) -> None:
    testimonial = published(session)
    testimonial.published_at = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)  # in Paris, the day after
    session.commit()
    visitor.get(f"/temoignages/{testimonial.public_id}")
    assert "En regard, publié le 28 novembre 2026. http://localhost/temoignages/" in visitor.text


@pytest.mark.changes_content
def test_themes_follow_the_article_s_order_even_once_it_has_changed(
    app: Flask, visitor: Visitor, session: Session
) -> None:
    article = the_article(session)
    first, second, *_ = article.themes
    testimonial = readable(session, themes=[first, second])
    for order in ([first, second], [second, first]):
        page = visitor.get(f"/temoignages/{testimonial.public_id}").page
        about = json.loads(page.select("script[type='application/ld+json']")[0].get_text())["about"]
        assert about == [theme.label for theme in order]
        listed = app.test_client().get(f"/api/v1/articles/{article.slug}/testimonials").get_json()
        (item,) = listed["testimonials"]
        assert [each["value"] for each in item["articulations"]] == [theme.slug for theme in order]
        editing.raise_theme(article, second, by=SYSTEM)
        session.commit()


def test_a_page_costs_eight_statements_however_many_neighbours(app: Flask, session: Session) -> None:
    here, near = (published(session, number, themes=the_article(session).themes[:3]) for number in range(2))
    path = f"/temoignages/{here.public_id}-recit-00"
    for more in (0, *[1] * 11, 188):
        multiply(session, near, more)
        with page_statements(app) as statements:
            assert app.test_client().get(path).status_code == 200
        assert len(statements) == 8, statements


@pytest.mark.parametrize("attribution", Attribution)
def test_the_json_ld_has_what_the_page_displays(visitor: Visitor, session: Session, attribution: Attribution) -> None:
    testimonial = readable(session, attribution=attribution, title="</script><b>« Tout »")
    page = visitor.get(f"/temoignages/{testimonial.public_id}").page
    data = json.loads(page.select("script[type='application/ld+json']")[0].get_text())
    assert data["headline"] == "</script><b>« Tout »"
    assert data["url"] == f"http://localhost{visitor.path}"
    assert ("Camille Exemple" in str(data)) is (attribution is Attribution.FULL)
    assert ("Ville-Exemple" in str(data)) is (attribution is not Attribution.REGION)
    assert page.select("meta[property='og:url']")[0]["content"] == data["url"]
    assert page.select("link[rel=canonical]")[0]["href"] == data["url"]
    assert data["url"] in visitor.text, "the citation gives the address"


def test_metadata_give_others_the_words_of_who_agreed_to_reuse_alone(visitor: Visitor, session: Session) -> None:
    """What a page says of itself is made to be shown elsewhere, as oEmbed is (product rule 4)."""
    told: dict[str, Any] = {"title": "Un titre à moi", "advice": "Commencez par une visite."}
    told["attribution"] = Attribution.FULL
    agreed, refused = readable(session, **told), readable(session, number=1, reuse=False, **told)
    said: list[str] = []
    for testimonial, gives in ((agreed, True), (refused, False)):
        head = visitor.get(f"/temoignages/{testimonial.public_id}").page.select("head")[0]
        said = [str(each.get("content")) for each in head.select("meta")]
        said += [each.get_text() for each in head.select("script[type='application/ld+json']")]
        for words in ("Un titre à moi", "Commencez par une visite.", "Camille Exemple"):
            assert any(words in each for each in said) is gives, words
        assert "Commencez par une visite." in visitor.text
    assert f"http://localhost/temoignages/{refused.public_id}" in said, "its address has no title"


@pytest.mark.parametrize("path", ["/articles/crpv", "/articles/crpv/synthese"])
def test_an_article_and_its_synthesis_say_of_themselves_what_is_the_teams(
    visitor: Visitor, session: Session, path: str
) -> None:
    testimonial = readable(session, advice="Commencez par une visite.")
    a_synthesis(session, [(testimonial, testimonial.latest.account)])
    session.commit()
    head = visitor.get(path).page.select("head")[0]
    data = json.loads(head.select("script[type='application/ld+json']")[0].get_text())
    assert data["url"] == head.select("meta[property='og:url']")[0]["content"] == f"http://localhost{path}"
    assert data["headline"] == head.select("meta[property='og:title']")[0]["content"]
    assert "Commencez" not in str(head)


def locations(app: Flask, path: str) -> list[str]:
    answer = app.test_client().get(path)
    assert answer.status_code == 200
    assert answer.mimetype == "application/xml"
    name = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"
    return [str(each.text).removeprefix("http://localhost") for each in ElementTree.fromstring(answer.data).iter(name)]  # noqa: S314  # our own


def test_the_sitemap_lists_the_visible_testimonials_at_their_own_url(app: Flask, session: Session) -> None:
    for number, status in enumerate(Status):
        a_testimonial(session, status=status, email=f"{number}@exemple.fr", title="Un récit")
    session.commit()
    listed = locations(app, "/sitemap.xml")
    assert listed[:2] == ["/articles", "/articles/crpv"]
    assert len(listed) == 3
    assert app.test_client().get(listed[2]).status_code == 200


def test_the_sitemap_dates_the_last_change(app: Flask, session: Session) -> None:
    testimonial = published(session, 1)
    testimonial.published_at = datetime(2026, 1, 2, tzinfo=UTC)
    session.commit()
    assert testimonial.shown is not None
    assert testimonial.shown.approved_at is not None
    approved_on = testimonial.shown.approved_at.date()
    assert f"<lastmod>{approved_on}</lastmod>" in app.test_client().get("/sitemap.xml").get_data(as_text=True)


def test_a_url_cut_at_the_hyphen_redirects_to_the_page(visitor: Visitor, session: Session) -> None:
    testimonial = readable(session, 1)
    assert visitor.get(f"/temoignages/{testimonial.public_id}-").status == 200
    assert visitor.path == f"/temoignages/{testimonial.public_id}-recit-01"


def test_a_long_sitemap_is_split_without_loss(app: Flask, session: Session) -> None:
    for number in range(5):
        published(session, number)
    session.commit()
    whole = locations(app, "/sitemap.xml")
    facet = session.query(Facet).filter_by(theme="", situation="", region="", partner="").one()
    facet.total = 60_000
    session.commit()
    parts = locations(app, "/sitemap.xml")
    assert len(parts) == 16
    pages = [page for part in parts for page in locations(app, part)]
    assert sorted(pages) == sorted(whole)
    assert app.test_client().get("/sitemap-zz.xml").status_code == 404
    assert sitemap.part_prefixes(1_000_000) == [f"{number:02x}" for number in range(256)]


def test_robots_txt_links_the_sitemap(app: Flask) -> None:
    answer = app.test_client().get("/robots.txt")
    assert answer.mimetype == "text/plain"
    assert "Sitemap: http://localhost/sitemap.xml" in answer.get_data(as_text=True)
    assert "Disallow: /mon-temoignage" in answer.get_data(as_text=True)
