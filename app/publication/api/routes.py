"""The API's routes: articles, their testimonials (with the filters of pages), a testimonial, the description."""

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, current_app, request

from app import page_cache
from app.articles import queries as articles
from app.articles.addresses import found_online
from app.catalog.article_text import load_article_text
from app.catalog.facet_counts import count_facets
from app.catalog.filters import Filters
from app.catalog.listing import find_item, list_items
from app.catalog.rendering import readable_json
from app.catalog.visibility import Outlet
from app.db import db
from app.publication.api import serializers
from app.publication.not_found import gone_or_404
from app.publication.query_string import PARAMETERS, collection_request
from app.testimonials.questions import SHOWN, Question
from app.web.headers import let_others_read

# Written by hand; the site's name and URL are added to it, and the answers, in the place of `questions`.
DESCRIPTION = Path(__file__).with_name("openapi.json")
LIMIT = "limite"
DEFAULT_LIMIT, MAX_LIMIT = 20, 50  # testimonials a page

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
blueprint.after_request(let_others_read)


@blueprint.before_request
def refuse_unknown_parameters() -> None:
    """Abort with 400 for an unknown parameter: a filter with a typo would otherwise return everything."""
    if request.method == "OPTIONS":  # a preflight must succeed; the request itself gets the error
        return
    known = vars(current_app.view_functions[str(request.endpoint)])["cached_parameters"]
    for name in request.args:
        if name not in known:
            abort(400, f"Paramètres connus ici : {', '.join(known)}." if known else "Aucun paramètre n’est connu ici.")


@blueprint.get("/articles")
@page_cache.cached()
def all_articles() -> Response:
    return json_response(serializers.articles_json(db.session().scalars(articles.public_articles())))


@blueprint.get("/articles/<slug>")
@page_cache.cached()
def article(slug: str) -> Response:
    session = db.session()
    article = found_online(session, slug, load_article_text(session, slug))
    page_cache.depends_on(article.id)
    return json_response(serializers.article_json(article, count_facets(session, article.id, Filters())))


@blueprint.get("/articles/<slug>/testimonials")
@page_cache.cached(*PARAMETERS, LIMIT)
def testimonials(slug: str) -> Response:
    session, limit = db.session(), page_limit()
    article = found_online(session, slug, load_article_text(session, slug))
    page_cache.depends_on(article.id)
    params = collection_request(request.query_string, request.args)
    listed = list_items(session, article, params, limit, Outlet.OPEN)
    return json_response(serializers.listing_json(slug, article.labels, params.filters, limit, listed))


@blueprint.get("/testimonials/<string(length=20):public_id>")
@page_cache.cached()
def testimonial(public_id: str) -> Response:
    """Return one testimonial; 410 once removed, 404 once erased."""
    session = db.session()
    slug, item = find_item(session, public_id, Outlet.OPEN) or gone_or_404(session, public_id)
    article = found_online(session, slug, load_article_text(session, slug))
    page_cache.depends_on(article.id)
    return json_response(serializers.testimonial_json(slug, article.labels, item))


@blueprint.get("/openapi.json")
@page_cache.cached()
def openapi() -> Response:
    return json_response(description(current_app.config["PUBLIC_URL"], current_app.config["SITE_NAME"]))


def page_limit() -> int:
    """Return the number of testimonials a page; 422 if it is not a number within bounds."""
    value = request.args.get(LIMIT, str(DEFAULT_LIMIT))
    if not re.fullmatch("[0-9]{1,3}", value) or not 1 <= int(value) <= MAX_LIMIT:
        abort(422, f"« {LIMIT} » est un nombre entier, de 1 à {MAX_LIMIT}.")
    return int(value)


def json_response(text: str) -> Response:
    return Response(text, mimetype="application/json")


@lru_cache(maxsize=1)
def description(base: str, site_name: str) -> str:
    document = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
    schemas = document["components"]["schemas"]
    described, with_html = schemas["Testimonial"], schemas["TestimonialWithHTML"]
    answers = {question.name: answer_schema(question) for question in SHOWN}
    described["properties"] = {
        name: schema
        for member, written in described["properties"].items()
        for name, schema in ({member: written} if written else answers).items()
    }
    described["required"] = [*described["properties"]]
    schemas["TestimonialWithHTML"] = described | {
        "description": with_html["description"],
        "properties": described["properties"] | with_html["properties"],
        "required": described["required"] + with_html["required"],
    }
    return readable_json({**document, "info": {**document["info"], "title": site_name}, "servers": [{"url": base}]})


def answer_schema(question: Question) -> dict[str, Any]:
    if question.choices:
        return {"description": question.api, "anyOf": [{"$ref": "#/components/schemas/Choice"}, {"type": "null"}]}
    return {"type": ["string", "null"], "description": question.api}
