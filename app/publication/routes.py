"""The article with its testimonials, and a page for each."""

from collections.abc import Sequence
from datetime import datetime
from itertools import product

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.articles import queries as articles
from app.articles.models import Article
from app.db import db
from app.page_cache import middleware
from app.publication.asking import AFTER, NAMES, asked, fields, query_of
from app.publication.facing import OF_ANY_THEME, face
from app.publication.in_full import in_full
from app.publication.metadata import citation, linked_data
from app.publication.not_found import found, missing
from app.testimonials import facsimiles
from app.testimonials.collection import Place, addressed, in_all, stretch
from app.testimonials.finding import find, hit
from app.testimonials.models import Testimonial
from app.testimonials.reading import read
from app.testimonials.saying import changed_at
from app.testimonials.tallies import Filters, tally

LONGEST_SITEMAP = 50_000  # addresses, at most (sitemaps.org)

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
    if shown.path != facsimiles.address(public_id, slug):
        return redirect(shown.path, 301)
    return render_template(
        "publication/testimonial.html",
        sheet=shown,
        article=shown.article,
        told=shown.told,
        linked_data=linked_data(shown),
        citation=citation(shown),
    )


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Tell robots where they have nothing to look for, and where everything is listed."""
    text = render_template("publication/robots.txt")
    return Response(text, mimetype="text/plain")


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """List every page there is to find; in parts, once there are too many for one list."""
    session = db.session()
    parts = beginnings(in_all(session))
    if parts != [""]:
        return Response(render_template("publication/sitemap_index.xml", parts=parts), mimetype="application/xml")
    pages = session.scalars(articles.every()).all()
    return listed(session.execute(addressed("")).all(), pages)


@blueprint.get("/sitemap-<beginning>.xml")
def sitemap_part(beginning: str) -> Response:
    """List the testimonials whose identifier begins so; the first part lists the articles too."""
    session = db.session()
    parts = beginnings(in_all(session))
    if beginning not in parts:
        abort(404)
    pages = session.scalars(articles.every()).all() if beginning == parts[0] else []
    return listed(session.execute(addressed(beginning)).all(), pages)


def listed(testimonials: Sequence[tuple[str, str, datetime, datetime | None]], pages: Sequence[Article]) -> Response:
    """Answer a list of addresses, those of testimonials with when what they show last changed."""
    changed = [
        (public_id, slug, changed_at(published, approved)) for public_id, slug, published, approved in testimonials
    ]
    text = render_template("publication/sitemap.xml", testimonials=changed, articles=pages)
    return Response(text, mimetype="application/xml")


def beginnings(total: int) -> list[str]:
    """Return what the identifiers of each part of the site map begin with, so that none is too long a list.

    They are drawn evenly: sixteen parts hold a sixteenth each. Half of what sitemaps.org allows leaves room for chance.
    """
    signs = 0
    while total > LONGEST_SITEMAP / 2 * 16**signs:
        signs += 1
    return ["".join(each) for each in product("0123456789abcdef", repeat=signs)]


@blueprint.get("/charte")
def charter() -> str:
    """Say what is published here and what is not: the rules that decisions rest on."""
    return render_template("publication/charter.html")


blueprint.add_app_template_global(query_of, "query_of")


@blueprint.app_template_global("testimonial_url")
def address(testimonial: Testimonial) -> str:
    """Return the address of a visible testimonial's page."""
    assert testimonial.shown is not None  # noqa: S101  # only the visible have one; narrows the type
    return facsimiles.address(testimonial.public_id, testimonial.shown.slug)
