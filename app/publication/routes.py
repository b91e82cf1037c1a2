"""The list of articles, each article with its testimonials, and a page for each."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import page_cache
from app.articles import queries
from app.articles.addresses import found_online
from app.catalog import article_page, rendering
from app.catalog.article_list import list_articles
from app.catalog.filters import FILTERS
from app.catalog.testimonial_page import load_testimonial_page
from app.db import db
from app.publication.metadata import citation, linked_article, linked_list, linked_testimonial
from app.publication.not_found import gone_or_404
from app.publication.query_string import (
    PARAMETERS,
    carried_filters,
    carry_choice,
    chosen_filters,
    collection_request,
    filter_fields,
    query_string,
    without_empty,
)
from config import ROOT


@dataclass(frozen=True, kw_only=True)
class Lived:
    """A release in the simulation: `years` are those of all stories together, `found` is what was mended."""

    release: str
    seeds: int
    years: int
    found: Sequence[str]


@cache
def load_promises() -> tuple[Sequence[Mapping[str, str]], Lived]:
    """Return the product rules, each with its title and its sentence, and what was lived of them."""
    stored = tomllib.loads((ROOT / "content" / "promises.toml").read_text(encoding="utf-8"))
    return stored["promises"], Lived(**stored["lived"])


blueprint = Blueprint("publication", __name__)


@blueprint.get("/")
@page_cache.cached()
def home() -> str | Response:
    slugs = [each.slug for each in db.session.scalars(queries.public_articles())]
    return redirect(url_for("publication.article", slug=slugs[0])) if len(slugs) == 1 else article_list()


@blueprint.get("/articles")
@page_cache.cached()
def article_list() -> str:
    listed = list_articles(db.session())
    return render_template("publication/article_list.html", articles=listed, linked_data=linked_list(listed))


@blueprint.get("/articles/<slug>")
@page_cache.cached(*PARAMETERS)
def article(slug: str) -> str | Response:
    """Show the article with its testimonials beside it, and the filtered collection below.

    A form without JavaScript sends the lists where nothing is chosen, too: they leave the address.
    """
    asked = collection_request(request.query_string, request.args)
    query = without_empty(request.args)
    if query is not None:
        return redirect(url_for("publication.article", slug=slug) + query, 301)
    page = found_online(db.session(), slug, article_page.load(db.session(), slug, asked))
    page_cache.depends_on(page.article.id)
    return render_template(
        "publication/article.html",
        page=page,
        fields=filter_fields(page.article, page.counts),
        choices=chosen_filters(page.article, page.counts),
        linked_data=linked_article(page.article, page.counts.total_published),
    )


@blueprint.get("/temoignages/<string(length=20):public_id>")
@blueprint.get("/temoignages/<string(length=20):public_id>-", alias=True)
@blueprint.get("/temoignages/<string(length=20):public_id>-<slug>")
@page_cache.cached(*(each.query for each in FILTERS.values()))
def testimonial(public_id: str, slug: str = "") -> str | Response:
    """Show one testimonial on its own page, with the choice the reader came with; 410 once removed, 404 once erased."""
    page = load_testimonial_page(db.session(), public_id, carried_filters()) or gone_or_404(db.session(), public_id)
    page_cache.depends_on(page.article.id)
    carried = query_string(page.choice.filters) if page.choice else ""
    if page.path != rendering.testimonial_path(public_id, slug):
        return redirect(page.path + carried, 301)
    return render_template(
        "publication/testimonial.html",
        page=page,
        article=page.article,
        document=page.document,
        carried=carried,
        linked_data=linked_testimonial(page),
        citation=citation(page),
    )


@blueprint.get("/charte")
def charter() -> str:
    return render_template("publication/charter.html")


@blueprint.get("/promesses")
def promises() -> str:
    listed, lived = load_promises()
    return render_template("publication/promises.html", promises=listed, lived=lived)


blueprint.add_app_template_filter(carry_choice)
blueprint.add_app_template_global(query_string, "query_of")
blueprint.add_app_template_global(rendering.testimonial_path, "testimonial_path")
