"""Requests to the API, and checks of its responses against its description."""

import json
from typing import Any

from flask import Flask
from jsonschema_rs import Draft202012Validator
from werkzeug.test import TestResponse

from app.publication.api.routes import description

ARTICLES, ARTICLE = "/api/v1/articles", "/api/v1/articles/crpv"
LIST = f"{ARTICLE}/testimonials"
DESCRIPTION: dict[str, Any] = json.loads(description("http://localhost", "En regard"))


def ask(app: Flask, path: str, **options: Any) -> TestResponse:
    return app.test_client().get(path, **options)


def get_json(app: Flask, path: str) -> Any:
    answer = ask(app, path)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.mimetype == "application/json"
    return answer.json


def titles(app: Flask, query: str) -> list[str]:
    return [each["title"] for each in get_json(app, f"{LIST}?{query}")["testimonials"]]


def assert_problem(answer: TestResponse, code: int) -> None:
    """Check a problem against RFC 9457 and the description."""
    assert (answer.status_code, answer.mimetype) == (code, "application/problem+json")
    problem = json.loads(answer.get_data())
    validator("Problem").validate(problem)
    assert problem["status"] == code
    assert "openapi.json" in problem["detail"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "ETag" not in answer.headers


def validator(schema: str) -> Draft202012Validator:
    """Return the validator of a schema of the description."""
    return Draft202012Validator(
        {"$ref": f"#/components/schemas/{schema}", "components": DESCRIPTION["components"]}, validate_formats=True
    )
