"""sitemap.xml and robots.txt."""

from collections.abc import Sequence
from datetime import datetime
from itertools import product

from flask import Blueprint, abort, render_template
from werkzeug.wrappers import Response

from app.articles import queries as articles
from app.articles.models import Article
from app.catalog.collection import sitemap_rows
from app.catalog.facet_counts import count_published
from app.catalog.rendering import changed_at
from app.catalog.synthesis.statements import read_syntheses
from app.db import db

LONGEST_SITEMAP = 50_000  # addresses, at most (sitemaps.org)

blueprint = Blueprint("sitemap", __name__)


@blueprint.get("/robots.txt")
def robots() -> Response:
    return Response(render_template("publication/robots.txt"), mimetype="text/plain")


@blueprint.get("/sitemap.xml")
def index() -> Response:
    """Serve the sitemap, or an index of its parts if it has too many addresses."""
    session = db.session()
    parts = part_prefixes(count_published(session))
    if parts != [""]:
        return Response(render_template("publication/sitemap_index.xml", parts=parts), mimetype="application/xml")
    pages = session.scalars(articles.public_articles()).all()
    return sitemap_response(session.execute(sitemap_rows("")).all(), pages)


@blueprint.get("/sitemap-<prefix>.xml")
def part(prefix: str) -> Response:
    """Serve the testimonials whose identifier has this prefix; the first part has the articles too."""
    session = db.session()
    parts = part_prefixes(count_published(session))
    if prefix not in parts:
        abort(404)
    pages = session.scalars(articles.public_articles()).all() if prefix == parts[0] else []
    return sitemap_response(session.execute(sitemap_rows(prefix)).all(), pages)


def sitemap_response(rows: Sequence[tuple[str, str, datetime, datetime | None]], pages: Sequence[Article]) -> Response:
    """Return a sitemap; testimonials and syntheses have the date of their last change."""
    dated = [(public_id, slug, changed_at(published, approved)) for public_id, slug, published, approved in rows]
    syntheses = read_syntheses(db.session()) if pages else {}
    text = render_template("publication/sitemap.xml", testimonials=dated, articles=pages, syntheses=syntheses)
    return Response(text, mimetype="application/xml")


def part_prefixes(total: int) -> list[str]:
    """Return the identifier prefixes that split the sitemap into parts, none over the limit of sitemaps.org.

    Identifiers are random hexadecimals: sixteen parts hold about a sixteenth each, and half of the limit is a margin.
    """
    digits = 0
    while total > LONGEST_SITEMAP / 2 * 16**digits:
        digits += 1
    return ["".join(each) for each in product("0123456789abcdef", repeat=digits)]
