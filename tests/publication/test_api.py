"""The JSON API: what readers see and nothing else, by the filters of the pages; described, exercised, never a 500."""

import json
from collections import Counter
from datetime import timedelta
from itertools import chain
from typing import Any

import pytest
import schemathesis
from flask import Flask, Response
from jsonschema_rs import Draft202012Validator
from schemathesis import engine
from schemathesis.config import SchemathesisConfig
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.exceptions import TooManyRequests
from werkzeug.test import TestResponse

from app.db import now
from app.publication import ready
from app.publication.api.description import SOURCE
from app.publication.asking import AFTER, NAMES
from app.testimonials.attribution import Attribution
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from app.testimonials.versions import CrpvKnown, Situation
from tests.factories import ACCOUNT, a_testimonial, the_article
from tests.publication.workers import counting

ARTICLES, ARTICLE = "/api/v1/articles", "/api/v1/articles/crpv"
LIST = f"{ARTICLE}/testimonials"
DESCRIPTION: dict[str, Any] = json.loads(SOURCE.read_text(encoding="utf-8"))


EXERCISE: dict[str, Any] = {
    "generation": {"mode": "all", "max-examples": 60, "deterministic": True, "unique-inputs": True, "database": "none"},
    # What leaves by WSGI is not decoded on the way.
    "headers": {"Accept-Encoding": "identity"},
    "checks": {
        # An address may be too long though each of its parts is right.
        "positive_data_acceptance": {"expected-statuses": ["200", "304", "404", "414"]},
        "negative_data_rejection": {"expected-statuses": ["400", "404", "405", "414", "422"]},
    },
}


def published(session: Session, number: int = 0, **changes: Any) -> Testimonial:
    facts = {"title": f"Récit {number:02}", "email": f"a{number}@exemple.fr"} | changes
    return a_testimonial(session, status=Status.PUBLISHED, **facts)


def ask(app: Flask, path: str, **options: Any) -> TestResponse:
    return app.test_client().get(path, **options)


def told(app: Flask, path: str) -> Any:
    answer = ask(app, path)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.mimetype == "application/json"
    return answer.json


def titles(app: Flask, query: str) -> list[str]:
    return [each["title"] for each in told(app, f"{LIST}?{query}")["testimonials"]]


def test_a_testimonial_is_told_as_its_page_shows_it(app: Flask, session: Session) -> None:
    article = the_article(session)
    testimonial = published(
        session,
        title="« Trois » </script>",
        themes=article.themes[:2],
        years="2024",
        link="https://exemple.fr/a?b=1&c=2",
        advice="Deux lignes\nen tout ; « oui » \\ et \u2028fin",
    )
    session.commit()
    one = told(app, f"/api/v1/testimonials/{testimonial.public_id}")
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
        "region": {"value": "53", "label": "Bretagne"},
        "crpv": {"value": "reso-villes", "label": testimonial.latest.crpv_name},
        "quote": testimonial.latest.pull_quote,
        "account": ACCOUNT,
        "outcome": None,
        "obstacles": None,
        "advice": "Deux lignes\nen tout ; « oui » \\ et \u2028fin",
        "years": "2024",
        "partners": None,
        "link": "https://exemple.fr/a?b=1&c=2",
    }
    assert told(app, LIST) == {"total": 1, "next_cursor": None, "next": None, "testimonials": [one]}


def test_a_list_is_ascii_to_its_last_sign_and_what_went_wrong_is_legible(app: Flask, session: Session) -> None:
    """A single accent in one piece of a list makes the whole dearer to put together; a problem is read by somebody."""
    published(session, account=f"« Œuvrer » à côté : ça s’apprend. {ACCOUNT}")
    session.commit()
    text = ask(app, LIST).get_data()
    assert text.isascii()
    assert json.loads(text)["testimonials"][0]["account"].startswith("« Œuvrer » à côté")
    assert "n’a pas cette valeur" in ask(app, f"{LIST}?region=1").get_data(as_text=True)


@pytest.mark.parametrize("attribution", Attribution)
def test_a_machine_learns_what_the_signature_says_and_no_more(
    app: Flask, session: Session, attribution: Attribution
) -> None:
    testimonial = published(session, attribution=attribution)
    session.commit()
    for path in (LIST, f"/api/v1/testimonials/{testimonial.public_id}", f"{LIST}?mots=gardiens"):
        body = ask(app, path).get_data(as_text=True)
        assert "gardiens" in body
        assert ("Camille Exemple" in body) is (attribution is Attribution.FULL)
        assert ("Ville-Exemple" in body) is (attribution is not Attribution.REGION)
        assert ("oordinatrice" in body) is (attribution in {Attribution.FULL, Attribution.ROLE})
        assert "Bretagne" in body
        assert "Ille-et-Vilaine" not in body
        assert '"35"' not in body
        assert "@" not in body


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (Status.UNCONFIRMED, 404),
        (Status.PENDING, 404),
        (Status.CHANGES_REQUESTED, 404),
        (Status.PROOF_SENT, 404),
        (Status.DECLINED, 404),
        (Status.INTERNAL, 404),
        (Status.UNPUBLISHED, 410),
        (Status.WITHDRAWN, 410),
        (Status.ERASED, 404),
    ],
)
def test_what_is_not_visible_is_not_told(app: Flask, session: Session, status: Status, code: int) -> None:
    testimonial = a_testimonial(session, status=status)
    session.commit()
    answer = ask(app, f"/api/v1/testimonials/{testimonial.public_id}")
    assert (answer.status_code, answer.mimetype) == (code, "application/problem+json")
    assert told(app, LIST)["testimonials"] == []
    assert told(app, LIST)["total"] == 0


def test_what_nobody_has_said_yet_is_left_out(app: Flask, session: Session) -> None:
    """What a process of the version before has put up is told once `flask prepare` has renewed it."""
    testimonial = published(session, 1)
    published(session, 2)
    session.execute(text("UPDATE facsimile SET said = '' WHERE testimonial_id = :id"), {"id": testimonial.id})
    session.commit()
    assert [each["title"] for each in told(app, LIST)["testimonials"]] == ["Récit 02"]
    assert ask(app, f"/api/v1/testimonials/{testimonial.public_id}").status_code == 404


def test_filters_are_those_of_the_pages(app: Flask, session: Session) -> None:
    first, second, *_ = the_article(session).themes
    published(session, 1, themes=[first], situation=Situation.PAST)
    published(session, 2, themes=[first, second], crpv=None, crpv_known=CrpvKnown.UNKNOWN)
    session.commit()
    assert titles(app, "") == ["Récit 02", "Récit 01"]
    assert titles(app, "situation=past") == ["Récit 01"]
    assert titles(app, f"articulation={second.slug}") == ["Récit 02"]
    assert titles(app, "crpv=inconnu") == ["Récit 02"]
    assert titles(app, "region=53&situation=regular") == ["Récit 02"]
    assert titles(app, "region=11") == []
    assert titles(app, "mots=GARDIENS+immeubl") == ["Récit 02", "Récit 01"]
    assert titles(app, "mots=gardiens&situation=past") == ["Récit 01"]
    assert told(app, f"{LIST}?mots=gardiens")["total"] is None
    assert told(app, f"{LIST}?situation=past")["total"] == 1


def test_what_the_clock_has_not_ended_yet_is_told_and_counted_no_more(app: Flask, session: Session) -> None:
    published(session, 1)
    published(session, 2).published_until = now() - timedelta(seconds=1)
    session.commit()
    assert titles(app, "") == ["Récit 01"]
    assert told(app, LIST)["total"] == told(app, f"{LIST}?region=53")["total"] == 1


def test_what_is_over_is_gone_before_the_clock_and_after(app: Flask, session: Session) -> None:
    testimonial = published(session)
    testimonial.published_until = now() - timedelta(seconds=1)
    session.commit()
    paths = [
        f"/api/v1/testimonials/{testimonial.public_id}",
        f"/temoignages/{testimonial.public_id}",
        f"/integration/temoignages/{testimonial.public_id}/cadre",
        f"/oembed?url=http://localhost/temoignages/{testimonial.public_id}",
    ]
    before = [ask(app, path).status_code for path in paths]
    app.test_cli_runner().invoke(args=["clock"], catch_exceptions=False)
    assert before == [ask(app, path).status_code for path in paths] == [410] * 4


@pytest.mark.changes_content
def test_an_article_that_nobody_can_read_yet_is_told_to_nobody(app: Flask, session: Session) -> None:
    article = the_article(session)
    testimonial = published(session)
    article.themes[0].label = "Autrement dit"
    session.commit()
    one = f"/api/v1/testimonials/{testimonial.public_id}"
    assert told(app, one)["articulations"] == [{"value": article.themes[0].slug, "label": "Autrement dit"}]
    assert told(app, LIST)["testimonials"][0]["articulations"] == told(app, one)["articulations"]
    article.is_public = False
    session.commit()
    for path in (ARTICLE, LIST, one):
        assert_problem(ask(app, path), 404)
    assert told(app, ARTICLES) == {"articles": []}
    assert ask(app, "/articles/crpv/flux.atom").status_code == 404


@pytest.mark.parametrize("query", ["", "mots=gardiens", "situation=regular"])
def test_all_of_it_is_read_by_following_next_each_once(app: Flask, session: Session, query: str) -> None:
    for number in range(45):
        published(session, number)
    session.commit()
    for limit, sizes in ((None, [20, 20, 5]), (50, [45]), (15, [15, 15, 15])):
        seen, pages = [], []
        path = f"{LIST}?{query}" + (f"&limite={limit}" if limit else "")
        while path:
            page = told(app, path)
            seen += [each["title"] for each in page["testimonials"]]
            pages.append(len(page["testimonials"]))
            assert (page["next"] is None) is (page["next_cursor"] is None)
            assert page["next"] is None or f"{AFTER}={page['next_cursor']}" in page["next"]
            path = (page["next"] or "").removeprefix("http://localhost")
        assert seen == [f"Récit {number:02}" for number in reversed(range(45))]
        assert pages == sizes


def test_an_article_tells_what_its_testimonials_may_be_chosen_by(app: Flask, session: Session) -> None:
    published(session, 1, situation=Situation.PAST)
    published(session, 2)
    session.commit()
    (listed,) = told(app, ARTICLES)["articles"]
    article = told(app, ARTICLE)
    assert listed.items() <= article.items()
    assert article["total"] == 2
    assert set(article["choices"]) == set(NAMES.values()) - {"mots"}
    assert article["choices"]["situation"] == [
        {"value": "past", "label": "A déjà collaboré", "total": 1},
        {"value": "regular", "label": "Collaboration régulière", "total": 1},
    ]
    for name, choices in article["choices"].items():
        for choice in choices:
            assert told(app, f"{LIST}?{name}={choice['value']}")["total"] == choice["total"]
    for address in (article["url"], article["self"], article["testimonials"], article["feed"]):
        assert ask(app, address.removeprefix("http://localhost")).status_code == 200


REFUSED = [
    (f"{LIST}?situation=flying", 404),
    (f"{LIST}?region=99", 404),
    (f"{LIST}?articulation=rien", 404),
    (f"{LIST}?crpv=rien", 404),
    (f"{LIST}?apres={'0' * 20}", 404),
    (f"{LIST}?apres=-1", 404),
    (f"{LIST}?region=53&region=11", 400),
    (f"{LIST}?regio=53", 400),
    (f"{LIST}?region=%00", 400),
    (f"{LIST}?region=%C3%28", 400),
    (f"{LIST}?mots={'a' * 201}", 400),
    (f"{LIST}?mots={'a' * 10_000}", 414),
    (f"{LIST}?limite=", 422),
    (f"{LIST}?limite=0", 422),
    (f"{LIST}?limite=51", 422),
    (f"{LIST}?limite=-1", 422),
    (f"{LIST}?limite=1e9", 422),
    (f"{LIST}?limite={'9' * 100}", 422),
    (f"{LIST}?limite=%D9%A1", 422),
    (f"{ARTICLE}?region=53", 400),
    (f"{ARTICLES}?x=1", 400),
    ("/api/v1/articles/rien", 404),
    ("/api/v1/articles/rien/testimonials", 404),
    ("/api/v1/testimonials/rien", 404),
    (f"/api/v1/testimonials/{'0' * 20}", 404),
    ("/api/v1/rien", 404),
    ("/api/", 404),
    ("/api/v2/articles", 404),
]


@pytest.mark.parametrize(("path", "code"), REFUSED)
def test_what_is_refused_is_a_problem_in_french(app: Flask, session: Session, path: str, code: int) -> None:
    published(session)
    session.commit()
    answer = ask(app, path)
    assert_problem(answer, code)


def assert_problem(answer: TestResponse, code: int) -> None:
    """Hold an answer against RFC 9457 and our description of it."""
    assert (answer.status_code, answer.mimetype) == (code, "application/problem+json")
    problem = json.loads(answer.get_data())
    validator("Problem").validate(problem)
    assert problem["status"] == code
    assert "openapi.json" in problem["detail"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "ETag" not in answer.headers


@pytest.mark.parametrize("path", [f"{ARTICLES}?rien=1", f"{LIST}?limite=999"])
def test_a_browser_that_asks_first_may_ask_and_is_then_told_what_is_wrong(app: Flask, path: str) -> None:
    asking = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "if-none-match"}
    answer = app.test_client().options(path, headers=asking)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Headers"] == "*"
    assert ask(app, path).status_code >= 400


def test_writing_is_refused_and_says_what_is_allowed(app: Flask) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = app.test_client().open(LIST, method=method)
        assert_problem(answer, 405)
        assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert_problem(app.test_client().post(LIST, json={}), 415)
    assert_problem(app.test_client().post(LIST, data={"a": "a" * 300_000}), 413)


def test_a_host_that_is_not_ours_and_what_breaks_are_problems_too(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_problem(ask(app, LIST, headers={"Host": "attaquant.exemple"}), 400)
    assert_problem(ask(app, "/", environ_overrides={"PATH_INFO": "/api/v1/articles/\xff"}), 400)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setitem(app.view_functions, "api.article", ready.kept()(lambda **_: 1 / 0))
    answer = ask(app, ARTICLE)
    assert_problem(answer, 500)
    assert "ZeroDivision" not in answer.get_data(as_text=True)


def test_a_busy_moment_says_when_to_come_back(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    @ready.kept()
    def too_many(slug: str) -> Response:
        raise TooManyRequests(retry_after=30)

    monkeypatch.setitem(app.view_functions, "api.article", too_many)
    answer = ask(app, ARTICLE)
    assert_problem(answer, 429)
    assert answer.headers["Retry-After"] == "30"


def test_scripts_of_other_sites_read_this_and_nothing_else(app: Flask, session: Session) -> None:
    """The API and the feed; never with cookies, never to write."""
    published(session)
    session.commit()
    origin = {"Origin": "https://autre.exemple"}
    readable = set()
    for rule in app.url_map.iter_rules():
        path = rule.rule.replace("<slug>", "crpv")
        for method in ("GET", "OPTIONS"):
            answer = app.test_client().open(path, method=method, headers=origin)
            assert "Access-Control-Allow-Credentials" not in answer.headers
            if "Access-Control-Allow-Origin" in answer.headers:
                assert answer.headers["Access-Control-Allow-Origin"] == "*"
                assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
                readable.add(rule.endpoint.partition(".")[0])
    assert readable - {"integration"} == {"api", "feed"}


def test_a_preflight_is_answered(app: Flask) -> None:
    asked = {
        "Origin": "https://autre.exemple",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "if-none-match",
    }
    answer = app.test_client().options(f"{LIST}?region=53", headers=asked)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert answer.headers["Access-Control-Allow-Headers"] == "*"


def test_a_list_costs_three_statements_however_many_there_are(app: Flask, session: Session) -> None:
    client = app.test_client()
    for total in (1, 20, 200):
        for number in range(total):
            published(session, total * 1000 + number)
        session.commit()
        for query in ("", "?limite=50", "?situation=regular&region=53"):
            with counting(app) as statements:
                assert client.get(LIST + query).status_code == 200
            assert len(statements) <= 3, statements


def test_the_description_is_the_routes_and_the_reverse(app: Flask) -> None:
    rules = {
        rule.rule.replace("<string(length=20):public_id>", "{public_id}").replace("<slug>", "{slug}"): rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
    }
    assert set(DESCRIPTION["paths"]) == set(rules)
    for path, operations in DESCRIPTION["paths"].items():
        assert set(operations) == {"get"}
        told = {each["name"] for each in operations["get"].get("parameters", ()) if each["in"] == "query"}
        assert told == set(vars(app.view_functions[rules[path].endpoint])["kept_names"])


def test_the_description_is_served_with_its_address(app: Flask) -> None:
    served = told(app, "/api/v1/openapi.json")
    assert served == DESCRIPTION | {"servers": [{"url": "http://localhost"}]}


def validator(schema: str) -> Draft202012Validator:
    """Return what holds a value against a schema of the description."""
    return Draft202012Validator(
        {"$ref": f"#/components/schemas/{schema}", "components": DESCRIPTION["components"]}, validate_formats=True
    )


def test_real_answers_are_what_the_description_says(app: Flask, session: Session) -> None:
    testimonial = published(session, 1, outcome="Un effet.", years="2024", partners="Un centre social")
    published(
        session, 2, crpv=None, crpv_known=CrpvKnown.OTHER, crpv_other="CRPV d’Exemple", attribution=Attribution.REGION
    )
    session.commit()
    for path, schema in (
        (ARTICLES, "Articles"),
        (ARTICLE, "ArticleWithChoices"),
        (LIST, "Testimonials"),
        (f"{LIST}?limite=1", "Testimonials"),
        (f"{LIST}?mots=gardiens", "Testimonials"),
        (f"/api/v1/testimonials/{testimonial.public_id}", "TestimonialWithHTML"),
    ):
        validator(schema).validate(told(app, path))
    wrong = told(app, LIST)
    wrong["testimonials"][0]["email"] = "a@exemple.fr"
    assert not validator("Testimonials").is_valid(wrong), "a member too many would be noticed"


def test_no_request_that_the_description_allows_or_forbids_breaks_it(app: Flask, session: Session) -> None:
    """Examples, the borders of each schema, anything right and wrong, and chains: every check schemathesis knows."""
    testimonial = published(session, 1)
    session.commit()
    config = SchemathesisConfig.from_dict(
        EXERCISE | {"parameters": {"public_id": testimonial.public_id}}  # one that exists: not everything is a 404
    )
    description = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app, config=config)
    answered, broken = Counter[int](), list[str]()
    for event in engine.from_schema(description).execute():
        assert not isinstance(event, NonFatalError | FatalError), event
        if isinstance(event, ScenarioFinished):
            answered.update(each.response.status_code for each in event.recorder.interactions.values() if each.response)
            checks = chain.from_iterable(event.recorder.checks.values())
            broken += [f"{check.name}: {check.failure_info}" for check in checks if check.failure_info]
    assert not broken, "\n\n".join(broken)
    assert answered.keys() >= {200, 400, 404, 405, 422}
    assert answered[200] >= 100, answered


def test_an_article_says_whether_it_takes_testimonials(app: Flask, session: Session) -> None:
    for is_open in (False, True):
        the_article(session).is_open = is_open
        session.commit()
        (listed,) = told(app, ARTICLES)["articles"]
        assert listed["open"] is told(app, ARTICLE)["open"] is is_open
