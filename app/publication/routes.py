"""The article with its testimonials, and a page for each."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.articles import queries as articles
from app.catalog import rendering
from app.catalog.article_text import read
from app.catalog.collection import Place, stretch
from app.catalog.facet_counts import tally
from app.catalog.facing import OF_ANY_THEME, face
from app.catalog.filters import NAMES, Filters
from app.catalog.search_results import find, hit
from app.catalog.testimonial_page import in_full
from app.db import db
from app.page_cache import middleware
from app.publication.metadata import citation, linked_data
from app.publication.not_found import found, missing
from app.publication.query_string import AFTER, asked, fields, query_of
from app.testimonials.models import Testimonial

blueprint = Blueprint("publication", __name__)


@blueprint.get("/")
def home() -> Response:
    """Go to the article published last."""
    article = db.one_or_404(articles.latest())
    return redirect(url_for("publication.article", slug=article.slug))


@blueprint.get("/articles/<slug>")
@middleware.kept(*NAMES.values(), AFTER)
def article(slug: str) -> str:
    """Show the article with its testimonials beside it, and the collection beneath, as narrow as asked."""
    session = db.session
    article = found(read(session, slug))
    middleware.about(article.id)
    wanted = asked(request.query_string, request.args, article.names)
    words = wanted.filters.words
    after = Place.after(session, wanted.after, None if words else article.id)
    counted = tally(session, article.id, wanted.filters)
    page = stretch(session, article.id, counted, [OF_ANY_THEME, *article.faced], after)
    hits = find(session(), counted, after) if words else None
    totals = counted.choices("theme", article.labels, Filters())
    return render_template(
        "publication/article.html",
        article=article,
        url=url_for("publication.article", slug=article.slug),
        rows=face(article.passages, page.chosen, page.latest, totals),
        regions=len(counted.choices("region", counted.names["region"], Filters())),
        tally=counted,
        page=page,
        hits=[hit(each, words) for each in hits.found] if hits else None,
        next=hits.next if hits else page.next,
        wanted=wanted,
        fields=fields(article, counted),
    )


@blueprint.get("/temoignages/<string(length=20):public_id>")
@blueprint.get("/temoignages/<string(length=20):public_id>-", alias=True)
@blueprint.get("/temoignages/<string(length=20):public_id>-<slug>")
@middleware.kept()
def testimonial(public_id: str, slug: str = "") -> str | Response:
    """Show one testimonial on its own page; gone once its author withdrew it, unknown once it is erased."""
    shown = in_full(db.session, public_id) or missing(db.session(), public_id)
    middleware.about(shown.article.id)
    if shown.path != rendering.address(public_id, slug):
        return redirect(shown.path, 301)
    return render_template(
        "publication/testimonial.html",
        sheet=shown,
        article=shown.article,
        told=shown.told,
        linked_data=linked_data(shown),
        citation=citation(shown),
    )


@blueprint.get("/charte")
def charter() -> str:
    """Say what is published here and what is not: the rules that decisions rest on."""
    return render_template("publication/charter.html")


blueprint.add_app_template_global(query_of, "query_of")


@blueprint.app_template_global("testimonial_url")
def address(testimonial: Testimonial) -> str:
    """Return the address of a visible testimonial's page."""
    assert testimonial.shown is not None  # noqa: S101  # only the visible have one; narrows the type
    return rendering.address(testimonial.public_id, testimonial.shown.slug)
