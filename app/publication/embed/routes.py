"""Routes of embeds: the custom element and its script, the framed pages, oEmbed."""

from collections.abc import Callable, Mapping

from flask import Blueprint, Response, abort, current_app, g, jsonify, render_template, request, url_for

import config
from app import page_cache
from app.articles.addresses import current_slug, found_online
from app.articles.sites import Site, active_site
from app.catalog.article_text import load_article_text
from app.catalog.facet_counts import count_article_facets
from app.catalog.listing import find_item
from app.catalog.visibility import Outlet
from app.db import db
from app.publication.embed import oembed as embedding
from app.publication.embed import widget
from app.publication.embed.widget import TESTIMONIAL_HEIGHT, WIDGET_HEIGHT, snippets, widget_title
from app.publication.not_found import gone_or_404, or_404
from app.publication.query_string import MAX_QUERY_LENGTH, filter_fields
from app.sanitize import spaced
from app.web.headers import let_others_frame, let_others_read, let_self_frame, let_site_frame, let_site_read

SCRIPT = config.ROOT / "static" / "integration" / "en-regard.js"

blueprint = Blueprint("embed", __name__)
instructions = Blueprint("instructions", __name__)
instructions.after_request(let_self_frame)

# The header that each endpoint opts in to, errors included: CORS or frames.
OPT_INS: Mapping[str, Callable[[Response], Response]] = {
    "embed.element": let_others_read,
    "embed.script": let_others_read,
    "embed.oembed": let_others_read,
    "embed.frame": let_others_frame,
    "embed.frame_of_one": let_others_frame,
}

# The same, for what a site's key has opened: that site alone.
SITE_OPT_INS: Mapping[str, Callable[[Response, str], Response]] = {
    "embed.element": let_site_read,
    "embed.frame": let_site_frame,
    "embed.frame_of_one": let_site_frame,
}


@blueprint.before_request
def refuse_long_queries() -> None:
    if len(request.query_string) > MAX_QUERY_LENGTH:
        abort(414)


@blueprint.after_request
def allow_other_sites(response: Response) -> Response:
    response.headers["X-Robots-Tag"] = "noindex"
    site: Site | None = g.get("site")
    if site is not None:
        return SITE_OPT_INS[str(request.endpoint)](response, site.origin)
    return OPT_INS[str(request.endpoint)](response)


@blueprint.get("/integration/<slug>")
@page_cache.cached(*widget.WIDGET_PARAMETERS)
def element(slug: str) -> str:
    """Serve what the custom element shows; refused, it keeps its link."""
    return render_template("embed/element.html", widget=requested_widget(slug))


@blueprint.get("/integration/<slug>/cadre")
@page_cache.cached(*widget.WIDGET_PARAMETERS)
def frame(slug: str) -> str:
    return render_template("embed/frame.html", widget=requested_widget(slug))


@blueprint.get("/integration/temoignages/<string(length=20):public_id>/cadre")
@page_cache.cached(widget.KEY)
def frame_of_one(public_id: str) -> str:
    """Serve one testimonial as a page, for an iframe; 410 once removed, 404 once erased."""
    session = db.session()
    slug, item = find_item(session, public_id, outlet_of_key()) or gone_or_404(session, public_id)
    page_cache.depends_on(found_online(session, slug, load_article_text(session, slug)).id)
    return render_template("embed/frame_of_one.html", each=widget.WidgetItem.of(item))


@blueprint.get("/integration/en-regard.js")
@page_cache.cached()
def script() -> Response:
    return Response(SCRIPT.read_text(encoding="utf-8"), mimetype="text/javascript")


@blueprint.get("/oembed")
@page_cache.cached(*embedding.OEMBED_PARAMETERS)
def oembed() -> Response:
    """Return the oEmbed document of a page: 404 if it cannot be framed, 501 for formats other than JSON."""
    if request.args.get("format", "json") != "json":
        abort(501)
    if "url" not in request.args:
        abort(400)
    page = or_404(embedding.framed_page(request.args["url"]))
    width = embedding.bounded_pixels(request.args, "maxwidth", embedding.DEFAULT_WIDTH)
    session, base = db.session(), current_app.config["PUBLIC_URL"]
    if page.endpoint == "publication.testimonial":
        public_id = page.arguments["public_id"]
        slug, item = find_item(session, public_id, Outlet.OPEN) or gone_or_404(session, public_id)
        article = found_online(session, slug, load_article_text(session, slug))
        title = spaced(f"Un retour d’expérience, en regard de « {article.title} »")
        frame_url = base + url_for("embed.frame_of_one", public_id=item.public_id)
        height = embedding.bounded_pixels(request.args, "maxheight", TESTIMONIAL_HEIGHT)
    else:
        slug = page.arguments["slug"]
        found = load_article_text(session, slug) or load_article_text(session, current_slug(session, slug) or "")
        article = found_online(session, slug, found)
        choice = widget.widget_request(b"", page.filters)
        count_article_facets(session, article, choice.filters)  # raises UnknownFilter
        title = widget_title(article.title)
        frame_url = base + url_for("embed.frame", slug=article.slug) + choice.query
        height = embedding.bounded_pixels(request.args, "maxheight", WIDGET_HEIGHT)
    page_cache.depends_on(article.id)
    return jsonify(embedding.oembed_document(title, frame_url, width, height))


def requested_widget(slug: str) -> widget.Widget:
    session = db.session()
    article = found_online(session, slug, load_article_text(session, slug))
    page_cache.depends_on(article.id)
    choice = widget.widget_request(request.query_string, request.args)
    return widget.build_widget(session, article, choice, outlet_of_key())


def outlet_of_key() -> Outlet:
    """Return the outlet of a site, whose key is given, or the open one without a key; 403 for a key of no site.

    The site is looked up within the cached view: a page cached under a stamp depends on the site as of that stamp.
    """
    if widget.KEY not in request.args:
        return Outlet.OPEN
    site = db.session.scalar(active_site(request.args[widget.KEY]))
    if site is None:
        abort(403)
    g.site = site
    return Outlet.SITE


@instructions.get("/articles/<slug>/integrer")
@page_cache.cached(*widget.WIDGET_PARAMETERS)
def page(slug: str) -> str:
    """Show each kind of embed, with its snippet to copy and a preview; with a key, a site's own codes."""
    session = db.session()
    article = found_online(session, slug, load_article_text(session, slug))
    page_cache.depends_on(article.id)
    choice = widget.widget_request(request.query_string, request.args)
    site = or_404(session.scalar(active_site(choice.key))) if choice.key else None
    return render_template(
        "embed/page.html",
        article=article,
        choice=choice,
        site=site,
        snippets=snippets(article, choice),
        fields=filter_fields(article, count_article_facets(session, article, choice.filters)),
        limits=range(1, widget.MAX_LIMIT + 1),
        frame_url=url_for("embed.frame", slug=slug) + choice.query,
    )
