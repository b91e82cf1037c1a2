"""The API's description against the routes, real responses, and generated requests."""

from collections import Counter
from itertools import chain
from typing import Any

import pytest
import schemathesis
from flask import Flask
from schemathesis import engine
from schemathesis.config import SchemathesisConfig
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished
from sqlalchemy.orm import Session

from app.db import now
from app.testimonials.attribution import Attribution
from app.testimonials.notices import Outcome
from app.testimonials.situation import PartnerKnown
from tests.acts import published, readable
from tests.depth import DEPTH
from tests.factories import a_notice, an_answer
from tests.publication.api.client import ARTICLE, ARTICLES, DESCRIPTION, LIST, get_json, validator

EXERCISE: dict[str, Any] = {
    "generation": {
        "mode": "all",
        "max-examples": DEPTH.rounds(60),
        "deterministic": True,
        "unique-inputs": True,
        "database": "none",
    },
    # WSGI leaves the body encoded.
    "headers": {"Accept-Encoding": "identity"},
    "checks": {
        # A URL may be too long although each parameter is valid.
        "positive_data_acceptance": {"expected-statuses": ["200", "304", "404", "414"]},
        "negative_data_rejection": {"expected-statuses": ["400", "404", "405", "414", "422"]},
    },
}


def test_the_description_and_the_routes_agree(app: Flask) -> None:
    rules = {
        rule.rule.replace("<string(length=20):public_id>", "{public_id}").replace("<slug>", "{slug}"): rule
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
    }
    assert set(DESCRIPTION["paths"]) == set(rules)
    for path, operations in DESCRIPTION["paths"].items():
        assert set(operations) == {"get"}
        described = {each["name"] for each in operations["get"].get("parameters", ()) if each["in"] == "query"}
        assert described == set(vars(app.view_functions[rules[path].endpoint])["cached_parameters"])


def test_the_description_is_served_with_its_address(app: Flask) -> None:
    assert get_json(app, "/api/v1/openapi.json")["servers"] == [{"url": "http://localhost"}]


def test_responses_match_the_description(app: Flask, session: Session) -> None:
    testimonial = published(session, 1, outcome="Un effet.", years="2024", other_partners="Un centre social")
    answer = an_answer(session, testimonial)
    a_notice(session, answer, reply="Je suis la gardienne.").handle(Outcome.REPLY_ACCEPTED)
    answer.replied_at = now()
    readable(
        session,
        2,
        partner=None,
        partner_known=PartnerKnown.OTHER,
        partner_other="CRPV d’Exemple",
        attribution=Attribution.REGION,
    )
    for path, schema in (
        (ARTICLES, "Articles"),
        (ARTICLE, "ArticleWithChoices"),
        (LIST, "Testimonials"),
        (f"{LIST}?limite=1", "Testimonials"),
        (f"{LIST}?mots=gardiens", "Testimonials"),
        (f"/api/v1/testimonials/{testimonial.public_id}", "TestimonialWithHTML"),
    ):
        validator(schema).validate(get_json(app, path))
    (given,) = get_json(app, f"/api/v1/testimonials/{testimonial.public_id}")["answers"]
    assert [each["signature"] for each in given["replies"]] == ["Lou Exemple"], "the description is of these too"
    wrong = get_json(app, LIST)
    wrong["testimonials"][0]["email"] = "a@exemple.fr"
    assert not validator("Testimonials").is_valid(wrong), "a member too many would be noticed"


@pytest.mark.both_engines
@pytest.mark.slow("hundreds of generated requests")
def test_no_generated_request_breaks_the_api(app: Flask, session: Session) -> None:
    """Examples, boundaries, valid and invalid values, and chains: every check of schemathesis."""
    testimonial = readable(session, 1)
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
    assert answered[200] >= DEPTH.rounds(100), answered
