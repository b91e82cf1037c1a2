"""The JSON API: articles, their testimonials by the filters of the pages, one testimonial, and its own description."""

import json
import re
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, abort, current_app, request

from app import page_cache
from app.articles import queries as articles
from app.catalog.article_text import load_article_text
from app.catalog.facet_counts import count_facets
from app.catalog.filters import QUERY_NAMES, Filters
from app.catalog.listing import find_item, list_items
from app.catalog.rendering import readable_json
from app.db import db
from app.publication.api import serializers
from app.publication.not_found import gone_or_404, or_404
from app.publication.query_string import AFTER, collection_request
from app.web.headers import let_others_read

# Kept by hand; the address of the platform is added as it is read.
DESCRIPTION = Path(__file__).with_name("openapi.json")

LIMIT = "limite"
USUAL, MOST = 20, 50  # testimonials a page

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
blueprint.after_request(let_others_read)


@blueprint.before_request
def refuse_unknown_parameters() -> None:
    """Answer 400 to a name that the outlet does not know: a filter with a slip in it would leave everything in."""
    if request.method == "OPTIONS":  # a browser that asks whether it may; it is told what is wrong once it has asked
        return
    known = vars(current_app.view_functions[str(request.endpoint)])["cached_parameters"]
    for name in request.args:
        if name not in known:
            said = f"Paramètres connus ici : {', '.join(known)}." if known else "Aucun paramètre n’est connu ici."
            abort(400, said)


@blueprint.get("/articles")
@page_cache.cached()
def all_articles() -> Response:
    """List the articles."""
    return json_response(serializers.articles_json(db.session().scalars(articles.public_articles())))


@blueprint.get("/articles/<slug>")
@page_cache.cached()
def article(slug: str) -> Response:
    """Tell of an article, and of what its testimonials may be chosen by."""
    session = db.session()
    article = or_404(load_article_text(session, slug))
    page_cache.depends_on(article.id)
    return json_response(serializers.article_json(article, count_facets(session, article.id, Filters())))


@blueprint.get("/articles/<slug>/testimonials")
@page_cache.cached(*QUERY_NAMES.values(), AFTER, LIMIT)
def testimonials(slug: str) -> Response:
    """List an article's testimonials, the latest published first, as narrow as asked."""
    session, most = db.session(), page_limit()
    article = or_404(load_article_text(session, slug))
    page_cache.depends_on(article.id)
    wanted = collection_request(request.query_string, request.args)
    listed = list_items(session, article, wanted, most)
    return json_response(serializers.listing_json(slug, article.labels, wanted.filters, most, listed))


@blueprint.get("/testimonials/<string(length=20):public_id>")
@page_cache.cached()
def testimonial(public_id: str) -> Response:
    """Tell of one testimonial; gone once it was taken away, unknown once it is erased."""
    session = db.session()
    slug, saying = find_item(session, public_id) or gone_or_404(session, public_id)
    article = or_404(load_article_text(session, slug))
    page_cache.depends_on(article.id)
    return json_response(serializers.testimonial_json(slug, article.labels, saying))


@blueprint.get("/openapi.json")
@page_cache.cached()
def openapi() -> Response:
    """Describe all this (OpenAPI 3.1)."""
    return json_response(description(current_app.config["PUBLIC_URL"]))


def page_limit() -> int:
    """Return how many testimonials are wanted at once; 422 where that is no number, or too large a one."""
    wanted = request.args.get(LIMIT, str(USUAL))
    if not re.fullmatch("[0-9]{1,3}", wanted) or not 1 <= int(wanted) <= MOST:
        abort(422, f"« {LIMIT} » est un nombre entier, de 1 à {MOST}.")
    return int(wanted)


def json_response(text: str) -> Response:
    """Answer JSON."""
    return Response(text, mimetype="application/json")


@lru_cache(maxsize=1)
def description(base: str) -> str:
    """Return the OpenAPI description, for a platform at an address."""
    return readable_json({**json.loads(DESCRIPTION.read_text(encoding="utf-8")), "servers": [{"url": base}]})
