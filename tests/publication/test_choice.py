"""The choice a reader came with: carried by the links of a filtered list, kept by the page, back to the list."""

from urllib.parse import unquote_plus

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.catalog import search_results
from app.testimonials.situation import Situation
from app.testimonials.testimonial import Testimonial
from tests.acts import published, readable
from tests.crowd import multiply
from tests.factories import the_article
from tests.page_cache.workers import page_statements
from tests.visitor import Visitor

ARTICLE = "/articles/crpv"


def links(visitor: Visitor, selector: str) -> list[str]:
    return [str(link["href"]) for link in visitor.page.select(selector)]


def address(testimonial: Testimonial, query: str = "") -> str:
    assert testimonial.shown is not None
    return f"/temoignages/{testimonial.public_id}-{testimonial.shown.slug}{query}"


def test_a_filtered_list_s_links_carry_its_choice(visitor: Visitor, session: Session) -> None:
    planned = [published(session, number, situation=Situation.PLANNED) for number in range(2)]
    readable(session, 2, situation=Situation.PAST)
    visitor.get(f"{ARTICLE}?situation=planned&region=53")
    assert links(visitor, "#retours .card a") == [
        address(each, "?situation=planned&region=53") for each in reversed(planned)
    ]
    visitor.get(f"{ARTICLE}?mots=R%C3%A9cit")
    assert {unquote_plus(link.partition("?")[2]) for link in links(visitor, "#retours .card a")} == {"mots=Récit"}
    visitor.get(ARTICLE)
    assert not [link for link in links(visitor, "#retours .card a") if "?" in link]


def test_a_text_that_spells_a_link_is_left_as_it_is(visitor: Visitor, session: Session) -> None:
    spelt = 'href="/temoignages/00000000000000000000-a"'
    readable(session, situation=Situation.PLANNED, account=f"{spelt} " * 5, advice="", title=spelt)
    visitor.get(f"{ARTICLE}?situation=planned")
    assert f"{spelt} {spelt}" in visitor.text


def test_back_returns_to_the_filtered_list(visitor: Visitor, session: Session) -> None:
    here = readable(session, 1, situation=Situation.PLANNED)
    readable(session, 2, situation=Situation.PLANNED)
    readable(session, 3)
    visitor.get(address(here))
    assert links(visitor, "nav[aria-label=Article] a") == [f"{ARTICLE}#retours"]
    visitor.get(address(here, "?situation=planned&region=53"))
    assert links(visitor, "nav[aria-label=Article] a") == [f"{ARTICLE}?situation=planned&region=53#retours"]
    assert "Revenir à votre choix : En projet · Bretagne , 2 retours" in visitor.text.replace("Bretagne,", "Bretagne ,")
    visitor.get(address(here, "?mots=R%C3%A9cit"))
    assert links(visitor, "nav[aria-label=Article] a") == [f"{ARTICLE}?mots=R%C3%A9cit#retours"]
    assert "Revenir à votre choix : « Récit »" in visitor.text


def neighbours(visitor: Visitor, path: str) -> tuple[list[str], list[str]]:
    visitor.get(path)
    return links(visitor, "nav a[rel=prev]"), links(visitor, "nav a[rel=next]")


def test_neighbours_stay_within_the_choice(visitor: Visitor, session: Session) -> None:
    situations = [Situation.PLANNED, Situation.PAST, Situation.PLANNED, Situation.PAST, Situation.PLANNED]
    several = [published(session, number, situation=each) for number, each in enumerate(situations)]
    session.commit()
    chosen = "?situation=planned"
    assert neighbours(visitor, address(several[2], chosen)) == (
        [address(several[4], chosen)],
        [address(several[0], chosen)],
    )
    assert neighbours(visitor, address(several[2])) == ([address(several[3])], [address(several[1])])
    assert neighbours(visitor, address(several[4], chosen)) == ([], [address(several[2], chosen)])
    assert neighbours(visitor, address(several[1], chosen)) == (
        [address(several[2], chosen)],
        [address(several[0], chosen)],
    ), "also around a text that is not in the choice"
    visitor.get(address(several[2], chosen))
    assert all(link.endswith(chosen) for link in links(visitor, ".voice a"))


@pytest.mark.both_engines
def test_neighbours_stay_within_a_search(visitor: Visitor, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    words = {1: "Un zinzolin", 3: "Des zinzolins", 5: "Zinzolin"}
    several = [published(session, number, other_partners=words.get(number, "")) for number in range(7)]
    session.commit()
    chosen = "?mots=zinzolin"
    for batch in (200, 1):
        monkeypatch.setattr(search_results, "BATCH", batch)
        path = address(several[3], chosen) + f"&anew={batch}"
        assert neighbours(visitor, path) == ([address(several[5], chosen)], [address(several[1], chosen)])
    assert neighbours(visitor, address(several[5], chosen)) == ([], [address(several[3], chosen)])
    both = "?region=02&mots=zinzolin"
    assert neighbours(visitor, address(several[3], both)) == ([], [])


def test_the_canonical_address_is_without_the_choice(visitor: Visitor, session: Session) -> None:
    here = readable(session, 1)
    page = visitor.get(address(here, "?region=53")).page
    canonical = f"http://localhost{address(here)}"
    assert page.select("link[rel=canonical]")[0]["href"] == canonical
    assert page.select("meta[property='og:url']")[0]["content"] == canonical
    assert page.select(".printed")[0].get_text(strip=True) == canonical
    assert f"{canonical}?" not in str(page)


def test_an_earlier_address_redirects_with_the_choice(app: Flask, session: Session) -> None:
    here = readable(session, 1)
    answer = app.test_client().get(f"/temoignages/{here.public_id}-ancien-titre?region=53&mots=le+jour")
    assert (answer.status_code, answer.location) == (301, address(here, "?region=53&mots=le+jour"))


UNKNOWN = (
    "region=99",
    "articulation=rien",
    "partner=rien",
    "situation=flying",
    "region=",
    "apres=rien",
    "utm_source=a",
)


@pytest.mark.parametrize("query", UNKNOWN)
def test_a_choice_that_the_article_does_not_have_is_ignored(visitor: Visitor, session: Session, query: str) -> None:
    older, here = published(session, 1), published(session, 2)
    session.commit()
    assert neighbours(visitor, address(here, f"?{query}")) == ([], [address(older)])
    assert visitor.status == 200
    assert links(visitor, "nav[aria-label=Article] a") == [f"{ARTICLE}#retours"]


@pytest.mark.parametrize(("query", "status"), [("region=53&region=11", 400), ("mots=" + "a" * 201, 414)])
def test_a_malformed_choice_is_refused_as_everywhere(app: Flask, session: Session, query: str, status: int) -> None:
    here = readable(session, 1)
    assert app.test_client().get(address(here, f"?{query}")).status_code == status


def test_a_choice_costs_one_statement_more_however_many_texts(app: Flask, session: Session) -> None:
    here, near = (published(session, number, themes=the_article(session).themes[:3]) for number in range(2))
    session.commit()
    path, theme = address(here), the_article(session).themes[0].slug
    for more in (0, *[1] * 11, 188):
        multiply(session, near, more)
        with page_statements(app) as statements:
            assert app.test_client().get(f"{path}?articulation={theme}&region=53").status_code == 200
        assert len(statements) == 9, statements


def test_oembed_frames_an_address_with_a_choice(app: Flask, session: Session) -> None:
    here = readable(session, 1)
    url = f"http://localhost{address(here)}%3Fregion=53"
    assert app.test_client().get(f"/oembed?url={url}").status_code == 200
