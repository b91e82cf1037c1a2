"""The ways a collection goes to another site: a fragment, a custom element's script, frames, oEmbed."""

from collections.abc import Callable, Mapping

from flask import Blueprint, Response, abort, current_app, jsonify, render_template, request, url_for

import config
from app import page_cache
from app.catalog.article_text import load_article_text
from app.catalog.facet_counts import count_article_facets
from app.catalog.listing import find_item
from app.db import db
from app.publication.embed import oembed as embedding
from app.publication.embed import widget
from app.publication.embed.snippets import OF_A_PIECE, OF_ONE, widget_title
from app.publication.not_found import gone_or_404, or_404
from app.publication.query_string import LONGEST_QUERY
from app.sanitize import spaced
from app.web.headers import let_others_frame, let_others_read

SCRIPT = config.ROOT / "static" / "integration" / "en-regard.js"

blueprint = Blueprint("embed", __name__)

# What each is for, errors too. Nobody's frame but these; nothing else for others' scripts but this.
SHARED: Mapping[str, Callable[[Response], Response]] = {
    "embed.fragment": let_others_read,
    "embed.script": let_others_read,
    "embed.oembed": let_others_read,
    "embed.frame": let_others_frame,
    "embed.frame_of_one": let_others_frame,
}


@blueprint.before_request
def refuse_long_queries() -> None:
    """Answer 414 to an address too long to be a choice."""
    if len(request.query_string) > LONGEST_QUERY:
        abort(414)


@blueprint.after_request
def allow_other_sites(response: Response) -> Response:
    """Let other sites have it; search engines have the article."""
    response.headers["X-Robots-Tag"] = "noindex"
    return SHARED[str(request.endpoint)](response)


@blueprint.get("/integration/<slug>")
@page_cache.cached(*widget.WIDGET_PARAMETERS)
def fragment(slug: str) -> str:
    """Give a piece of HTML to be set in a page by its server, or by our script."""
    return render_template("embed/fragment.html", piece=requested_widget(slug))


@blueprint.get("/integration/<slug>/cadre")
@page_cache.cached(*widget.WIDGET_PARAMETERS)
def frame(slug: str) -> str:
    """Show the same in a page of its own, to be framed."""
    return render_template("embed/frame.html", piece=requested_widget(slug))


@blueprint.get("/integration/temoignages/<string(length=20):public_id>/cadre")
@page_cache.cached()
def frame_of_one(public_id: str) -> str:
    """Show one testimonial, to be framed; gone once its author withdrew it, unknown once it is erased."""
    session = db.session()
    slug, saying = find_item(session, public_id) or gone_or_404(session, public_id)
    page_cache.depends_on(or_404(load_article_text(session, slug)).id)
    return render_template("embed/frame_of_one.html", each=widget.WidgetItem.of(saying))


@blueprint.get("/integration/en-regard.js")
@page_cache.cached()
def script() -> Response:
    """Give the script of the custom element; it also gives our frames the height of their page."""
    return Response(SCRIPT.read_text(encoding="utf-8"), mimetype="text/javascript")


@blueprint.get("/oembed")
@page_cache.cached(*embedding.OEMBED_PARAMETERS)
def oembed() -> Response:
    """Say which frame shows a page of ours (oEmbed 1.0): 404 for a page that has none, 501 for other formats."""
    if request.args.get("format", "json") != "json":
        abort(501)
    if "url" not in request.args:
        abort(400)
    page = or_404(embedding.framed_page(request.args["url"]))
    width = embedding.bounded_pixels(request.args, "maxwidth", embedding.WIDTH)
    session, base = db.session(), current_app.config["PUBLIC_URL"]
    if page.endpoint == "publication.testimonial":
        public_id = page.names["public_id"]
        slug, saying = find_item(session, public_id) or gone_or_404(session, public_id)
        article = or_404(load_article_text(session, slug))
        called = spaced(f"Un retour d’expérience, en regard de « {article.title} »")
        frame_url = base + url_for("embed.frame_of_one", public_id=saying.public_id)
        height = embedding.bounded_pixels(request.args, "maxheight", OF_ONE)
    else:
        article = or_404(load_article_text(session, page.names["slug"]))
        choice = widget.widget_request(b"", page.filters)
        count_article_facets(session, article, choice.filters)  # raises UnknownFilter
        called = widget_title(article.title)
        frame_url = base + url_for("embed.frame", slug=article.slug) + choice.query
        height = embedding.bounded_pixels(request.args, "maxheight", OF_A_PIECE)
    page_cache.depends_on(article.id)
    answer = embedding.oembed_document(called, frame_url, width, height)
    return jsonify(answer)


def requested_widget(slug: str) -> widget.Widget:
    """Return what the address asks of an article."""
    session = db.session()
    article = or_404(load_article_text(session, slug))
    page_cache.depends_on(article.id)
    return widget.build_widget(session, article, widget.widget_request(request.query_string, request.args))
