"""The article's page, its collection, and the page of a testimonial."""

import gzip
import re
from typing import Any

import pytest
from bs4 import Tag
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import demo
from app.cli.database import CONTENT
from app.testimonials.attribution import Attribution
from app.testimonials.lifecycle import Status
from app.testimonials.situation import Situation
from app.testimonials.testimonial import Testimonial
from tests.acts import published, readable
from tests.crowd import multiply
from tests.factories import a_testimonial, the_article
from tests.page_cache.workers import page_statements, recorded_statements
from tests.publication.outlets import WRITTEN, addresses
from tests.publication.test_collection import listed
from tests.visitor import Visitor


def test_an_article_without_testimonials_invites(visitor: Visitor) -> None:
    assert visitor.get("/articles/crpv").status == 200
    assert "Être la première voix" in visitor.text
    assert "196" in visitor.text


def test_the_page_counts_and_links_each_theme(visitor: Visitor, session: Session) -> None:
    article = the_article(session)
    for number in range(3):
        published(session, number, themes=[article.themes[0]], title=f"Récit {number}")
    readable(session, 9, themes=[article.themes[1]], title="Un autre récit")
    page = visitor.get("/articles/crpv").page
    address = f"/articles/crpv?articulation={article.themes[0].slug}#retours"
    (link, *_) = page.find_all("a", href=address)
    assert "3" in link.get_text()
    visitor.get(address.partition("#")[0])
    shown = visitor.page.find(id="retours")
    assert isinstance(shown, Tag)
    assert "Récit 0" in shown.get_text()
    assert "Un autre récit" not in shown.get_text()


def test_the_collection_is_filtered_from_its_form(visitor: Visitor, session: Session) -> None:
    readable(session, 1, title="Le projet", situation=Situation.PLANNED)
    readable(session, 2, title="Le passé", situation=Situation.PAST)
    visitor.get("/articles/crpv").fill(situation="planned").press("Filtrer")
    assert visitor.answer is not None
    assert visitor.answer.request.query_string == b"situation=planned", "the clean address"
    shown = visitor.page.find(id="retours")
    assert isinstance(shown, Tag)
    assert "Le projet" in shown.get_text()
    assert "Le passé" not in shown.get_text()
    chosen = [each["value"] for each in visitor.page.select("option[selected]")]
    assert "planned" in chosen


def test_filters_without_results_say_so_and_link_elsewhere(visitor: Visitor, session: Session) -> None:
    readable(session)
    assert visitor.get("/articles/crpv?situation=planned&region=53&articulation=autre").status == 200
    assert "Aucun retour ne répond à tous ces choix" in visitor.text
    assert visitor.get("/articles/crpv?region=02").status == 200
    assert [each["value"] for each in visitor.page.select("option[selected]")] == ["02"]


ASKED = {
    "situation=flying": 404,
    "region=99": 404,
    "articulation=rien": 404,
    "partner=rien": 404,
    "apres=" + "0" * 20: 404,
    "apres=-1": 404,
    "region=53&region=11": 400,
    "mots=" + "a" * 201: 414,
    "x=" + "a" * 10_000: 414,
    "region=": 200,
    "utm_source=lettre": 200,
}


def test_invalid_parameters_are_refused(visitor: Visitor, session: Session, subtests: pytest.Subtests) -> None:
    readable(session)
    for query, status in ASKED.items():
        with subtests.test(query=query[:40]):
            assert visitor.get(f"/articles/crpv?{query}").status == status


def test_the_pages_of_the_collection_hold_each_testimonial_once_in_order(visitor: Visitor, session: Session) -> None:
    latest = published(session)
    every = [latest.public_id, *multiply(session, latest, 44)]
    seen: list[str] = []
    path = "/articles/crpv"
    for size in (20, 20, 5):
        identifiers = listed(visitor.get(path))
        assert len(identifiers) == size
        seen += identifiers
        further = visitor.page.select(".further a[rel=next]")
        path = str(further[0]["href"]).partition("#")[0] if further else ""
    assert path == ""
    assert seen == every
    session.scalars(select(Testimonial).where(Testimonial.public_id == every[19])).one().withdraw()
    session.commit()
    assert listed(visitor.get(f"/articles/crpv?apres={every[19]}")) == every[20:40]


def test_each_filter_has_its_count(visitor: Visitor, session: Session) -> None:
    readable(session, 1, situation=Situation.PLANNED)
    readable(session, 2, situation=Situation.PAST)
    readable(session, 3, situation=Situation.PAST)
    options = [option.get_text() for option in visitor.get("/articles/crpv").page.select("[name=situation] option")]
    assert options == ["Toutes", "A déjà collaboré (2)", "En projet (1)"]
    visitor.get("/articles/crpv?situation=planned")
    assert "Les retours d’expérience 1 retour · En projet : retirer ce choix ✕" in visitor.text


def test_the_article_page_costs_a_statement_a_theme_and_five_more_at_any_size(app: Flask, session: Session) -> None:
    """Nor does any grow: test_plans.py shows, by the engine's plan, that each reads a range of an index."""
    client = app.test_client()
    last = published(session)
    for more in (0, 20, 200):
        multiply(session, last, more)
        for query, most in (("", 12), ("?situation=regular&region=53", 12), (f"?apres={last.public_id}", 15)):
            with page_statements(app) as statements:
                assert client.get(f"/articles/crpv{query}").status_code == 200
            assert len(statements) <= most, statements
        with recorded_statements(app) as statements:
            assert client.get("/articles/crpv?utm_source=x").status_code == 200
        assert len(statements) <= 12, "an uncached page reads no stamp"


def test_the_page_with_twenty_testimonials_is_light(app: Flask, session: Session) -> None:
    demo.load_demo(session, CONTENT / "demo" / "retours.toml")
    multiply(session, published(session), 11)
    html = app.test_client().get("/articles/crpv").data
    assert html.count(b'class="card"') == 20
    assert len(gzip.compress(html)) <= 15_000


def test_a_testimonial_has_a_page_at_one_address(visitor: Visitor, session: Session) -> None:
    testimonial = readable(session, title="Où l’on s’est parlé, enfin")
    visitor.get(f"/temoignages/{testimonial.public_id}")
    assert visitor.path == f"/temoignages/{testimonial.public_id}-ou-l-on-s-est-parle-enfin"
    assert visitor.status == 200
    assert "gardiens d’immeuble" in visitor.text
    assert visitor.get(f"/temoignages/{testimonial.public_id}-autre-chose").path.endswith("enfin")


def test_a_testimonial_withdrawn_before_publication_is_404(visitor: Visitor, session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.PENDING)
    testimonial.withdraw()
    session.commit()
    for path in ("/temoignages/", "/api/v1/testimonials/"):
        assert visitor.get(f"{path}{testimonial.public_id}").status == 404
    visitor.get(f"/temoignages/{testimonial.public_id}")
    assert "Si cela se répète" not in visitor.text, "nothing is wrong there"


@pytest.mark.parametrize("attribution", Attribution)
def test_a_page_and_the_feed_show_no_more_of_the_author_than_the_signature(
    app: Flask, session: Session, attribution: Attribution
) -> None:
    testimonial = readable(session, attribution=attribution)
    for path in ("/articles/crpv", f"/temoignages/{testimonial.public_id}", "/articles/crpv/flux.atom"):
        html = app.test_client().get(path, follow_redirects=True).text
        assert "Récit 00" in html
        assert ("Camille Exemple" in html) is (attribution is Attribution.FULL)
        assert ("CLSM de Ville-Exemple" in html) is (attribution is not Attribution.REGION)
        assert ("oordinatrice, CLSM" in html) is (attribution in {Attribution.FULL, Attribution.ROLE})
        assert "Bretagne" in html or "atom" in path
        assert "Ille-et-Vilaine" not in html
        text = html.replace("contact@en-regard.invalid", "")
        assert "@" not in re.sub(r'"@(context|type)":', "", text)


def test_everything_displayed_is_in_the_digest(visitor: Visitor, session: Session) -> None:
    """All the words of an author on the page must be among those approved."""
    words: dict[str, Any] = {name: f"Mot-{name}" for name in WRITTEN}
    testimonial = readable(session, attribution=Attribution.FULL, **words)
    visitor.get(f"/temoignages/{testimonial.public_id}")
    approved = str(testimonial.latest.displayed()).lower()
    for word in words.values():
        assert word.lower() in visitor.text.lower(), word
        assert word.lower() in approved, word


def test_reading_sets_no_cookie(app: Flask, visitor: Visitor, session: Session) -> None:
    for path in addresses(app, readable(session)):
        assert "Set-Cookie" not in app.test_client().get(path, follow_redirects=True).headers, path
    for path in ("/articles/crpv", "/vos-donnees"):
        visitor.get(path)
        assert visitor.answer is not None
        assert "Set-Cookie" not in visitor.answer.headers
        assert visitor.answer.headers["Cache-Control"] == "no-cache"
