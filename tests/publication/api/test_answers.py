"""Responses of the API: the content of pages and nothing else, with the same filters."""

import json
from itertools import product

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.articles import source
from app.audit import Actor
from app.catalog.filters import FILTERS
from app.publication.query_string import AFTER
from app.testimonials.attribution import Attribution
from app.testimonials.lifecycle import Action, Status
from app.testimonials.situation import PartnerKnown, Situation
from app.testimonials.submission.submit import submit
from tests.acts import committed, published, readable
from tests.crowd import multiply
from tests.factories import ACCOUNT, a_submission, a_testimonial, an_editor, the_article
from tests.page_cache.workers import page_statements
from tests.publication.api.client import ARTICLE, ARTICLES, LIST, ask, assert_problem, get_json, titles


def test_a_testimonial_is_serialized_as_its_page_shows_it(app: Flask, session: Session) -> None:
    article = the_article(session)
    testimonial = readable(
        session,
        title="« Trois » </script>",
        themes=article.themes[:2],
        years="2024",
        link="https://exemple.fr/a?b=1&c=2",
        advice="Deux lignes\nen tout ; « oui » \\ et \u2028fin",
    )
    one = get_json(app, f"/api/v1/testimonials/{testimonial.public_id}")
    page = ask(app, one["url"].removeprefix("http://localhost"))
    assert page.status_code == 200
    assert one.pop("html") in page.get_data(as_text=True)
    assert testimonial.published_at is not None
    at = testimonial.published_at.isoformat(timespec="seconds")
    assert at.endswith("+00:00")
    assert one == {
        "id": testimonial.public_id,
        "url": f"http://localhost/temoignages/{testimonial.public_id}-trois-script",
        "self": f"http://localhost/api/v1/testimonials/{testimonial.public_id}",
        "article": "http://localhost/api/v1/articles/crpv",
        "articulations": [
            {"value": "qualification", "label": "Qualifier et échanger"},
            {"value": "conseils-citoyens", "label": "Avec les conseils citoyens"},
        ],
        "published_at": at,
        "updated_at": at,
        "title": "« Trois » </script>",
        "signature": "Coordinatrice, CLSM de Ville-Exemple",
        "situation": {"value": "regular", "label": "Collaboration régulière"},
        "situation_line": "Collaboration régulière",
        "became": None,
        "became_on": None,
        "region": {"value": "53", "label": "Bretagne"},
        "partner": {"value": "reso-villes", "label": testimonial.latest.partner_name},
        "quote": testimonial.latest.pull_quote,
        "account": ACCOUNT,
        "outcome": None,
        "obstacles": None,
        "advice": "Deux lignes\nen tout ; « oui » \\ et \u2028fin",
        "years": "2024",
        "other_partners": None,
        "link": "https://exemple.fr/a?b=1&c=2",
        "sequel": None,
        "replies": [],
        "answers": [],
        "recorded": False,
        "words_withheld": False,
    }
    assert get_json(app, LIST) == {"total": 1, "next_cursor": None, "next": None, "testimonials": [one]}


def test_lists_are_escaped_to_ascii_and_problems_are_not(app: Flask, session: Session) -> None:
    """One non-ASCII character makes a list slower to join; problems are read by people."""
    readable(session, account=f"« Œuvrer » à côté : ça s’apprend. {ACCOUNT}")
    text = ask(app, LIST).get_data()
    assert text.isascii()
    assert json.loads(text)["testimonials"][0]["account"].startswith("« Œuvrer » à côté")
    assert "n’a pas cette valeur" in ask(app, f"{LIST}?region=1").get_data(as_text=True)


@pytest.mark.parametrize("attribution", Attribution)
def test_the_api_shows_no_more_of_the_author_than_the_signature(
    app: Flask, session: Session, attribution: Attribution
) -> None:
    testimonial = readable(session, attribution=attribution)
    for path in (LIST, f"/api/v1/testimonials/{testimonial.public_id}", f"{LIST}?mots=gardiens"):
        body = ask(app, path).get_data(as_text=True)
        assert "gardiens" in body
        assert ("Camille Exemple" in body) is (attribution is Attribution.FULL)
        assert ("Ville-Exemple" in body) is (attribution is not Attribution.REGION)
        assert ("oordinatrice" in body) is (attribution in {Attribution.FULL, Attribution.ROLE})
        assert "Bretagne" in body
        for words in ("Ille-et-Vilaine", '"35"', "@"):
            assert words not in body


def test_a_removed_testimonial_stays_410_while_it_is_reviewed_again(app: Flask, session: Session) -> None:
    testimonial, by = a_testimonial(session, status=Status.UNPUBLISHED), Actor.editor(an_editor(session).id)
    for action in (Action.REOPEN, Action.REQUEST_CHANGES, Action.CANCEL_REQUEST, Action.DECLINE, Action.WITHDRAW):
        testimonial.perform(action, by=by)
        session.commit()
        for path in ("/api/v1/testimonials/", "/temoignages/"):
            assert ask(app, path + testimonial.public_id).status_code == 410, f"{path} after {action}"


def test_a_cursor_on_an_erased_testimonial_is_refused(app: Flask, session: Session) -> None:
    withdrawn = a_testimonial(session, status=Status.WITHDRAWN)
    erased = committed(session, status=Status.ERASED, email="b@exemple.fr")
    for path in (LIST, "/articles/crpv", "/articles/crpv/flux.atom", f"{LIST}?mots=gardiens"):
        joined = "&" if "?" in path else "?"
        for testimonial, code in ((withdrawn, 200), (erased, 404)):
            assert ask(app, f"{path}{joined}apres={testimonial.public_id}").status_code == code, path


def test_renderings_without_json_are_left_out(app: Flask, session: Session) -> None:
    """Renderings written by a process of the previous version are served once `flask prepare` has rebuilt them."""
    testimonial = published(session, 1)
    published(session, 2)
    session.execute(text("UPDATE rendering SET document = '' WHERE testimonial_id = :id"), {"id": testimonial.id})
    session.commit()
    assert [each["title"] for each in get_json(app, LIST)["testimonials"]] == ["Récit 02"]
    assert ask(app, f"/api/v1/testimonials/{testimonial.public_id}").status_code == 404


def test_the_api_has_the_filters_of_the_pages(app: Flask, session: Session) -> None:
    first, second, *_ = the_article(session).themes
    published(session, 1, themes=[first], situation=Situation.PAST)
    readable(session, 2, themes=[first, second], partner=None, partner_known=PartnerKnown.UNKNOWN)
    assert titles(app, "") == ["Récit 02", "Récit 01"]
    assert titles(app, "situation=past") == ["Récit 01"]
    assert titles(app, f"articulation={second.slug}") == ["Récit 02"]
    assert titles(app, "partner=inconnu") == ["Récit 02"]
    assert titles(app, "region=53&situation=regular") == ["Récit 02"]
    assert titles(app, "region=11") == []
    assert titles(app, "mots=GARDIENS+immeubl") == ["Récit 02", "Récit 01"]
    assert titles(app, "mots=gardiens&situation=past") == ["Récit 01"]
    assert get_json(app, f"{LIST}?mots=gardiens")["total"] is None
    assert get_json(app, f"{LIST}?situation=past")["total"] == 1


@pytest.mark.both_engines
def test_following_next_reads_each_testimonial_once(app: Flask, session: Session, subtests: pytest.Subtests) -> None:
    one = published(session)
    copies = multiply(session, one, 44)
    published_last, received_last = [one.public_id, *copies], [*reversed(copies), one.public_id]
    orders = {"": published_last, "mots=gardiens": received_last, "situation=regular": published_last}
    cases = ((None, [20, 20, 5]), (50, [45]), (15, [15, 15, 15]))
    for (query, order), (limit, sizes) in product(orders.items(), cases):
        with subtests.test(query=query, limit=limit):
            seen, pages = [], []
            path = f"{LIST}?{query}" + (f"&limite={limit}" if limit else "")
            while path:
                page = get_json(app, path)
                seen += [each["id"] for each in page["testimonials"]]
                pages.append(len(page["testimonials"]))
                assert (page["next"] is None) is (page["next_cursor"] is None)
                assert page["next"] is None or f"{AFTER}={page['next_cursor']}" in page["next"]
                path = (page["next"] or "").removeprefix("http://localhost")
            assert seen == order
            assert pages == sizes


def test_an_article_lists_the_values_of_its_filters(app: Flask, session: Session) -> None:
    published(session, 1, situation=Situation.PAST)
    readable(session, 2)
    (listed,) = get_json(app, ARTICLES)["articles"]
    article = get_json(app, ARTICLE)
    assert listed.items() <= article.items()
    assert article["total"] == 2
    assert set(article["choices"]) == {each.query for each in FILTERS.values()} - {"mots"}
    assert article["choices"]["situation"] == [
        {"value": "past", "label": "A déjà collaboré", "total": 1},
        {"value": "regular", "label": "Collaboration régulière", "total": 1},
    ]
    for name, choices in article["choices"].items():
        for choice in choices:
            assert get_json(app, f"{LIST}?{name}={choice['value']}")["total"] == choice["total"]
    for address in (article["url"], article["self"], article["testimonials"], article["feed"]):
        assert ask(app, address.removeprefix("http://localhost")).status_code == 200


def test_a_list_costs_four_statements_at_any_size(app: Flask, session: Session) -> None:
    client = app.test_client()
    latest = published(session)
    for more in (0, 20, 200):
        multiply(session, latest, more)
        (first, *_) = get_json(app, f"{LIST}?limite=2")["testimonials"]
        for query in ("", "?limite=50", "?situation=regular&region=53", f"?apres={first['id']}"):
            with page_statements(app) as statements:
                assert client.get(LIST + query).status_code == 200
            assert len(statements) == (5 if "apres" in query else 4), statements


@pytest.mark.changes_content
def test_a_cursor_of_another_article_is_refused(app: Flask, session: Session) -> None:
    other = source.build_article(
        *source.parse_source(source.serialize_source(the_article(session)).replace('slug = "crpv"', 'slug = "autre"'))
    )
    session.add(other)
    elsewhere = submit(session, other, a_submission(session, themes=[other.themes[0]]))
    elsewhere.confirm()
    elsewhere.perform(Action.PUBLISH, by=Actor.editor(an_editor(session).id))
    here, there = published(session, 1), published(session, 2)
    session.commit()
    assert [each["id"] for each in get_json(app, f"{LIST}?apres={there.public_id}")["testimonials"]] == [here.public_id]
    assert_problem(ask(app, f"{LIST}?apres={elsewhere.public_id}"), 404)


@pytest.mark.changes_content
def test_an_article_says_whether_it_takes_testimonials(app: Flask, session: Session) -> None:
    for is_open in (False, True):
        the_article(session).is_open = is_open
        session.commit()
        (listed,) = get_json(app, ARTICLES)["articles"]
        assert listed["open"] is get_json(app, ARTICLE)["open"] is is_open
