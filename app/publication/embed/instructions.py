"""The page « Intégrer »: each kind of embed, with its snippet to copy and a preview; with a key, a site's own codes."""

from flask import Blueprint, render_template, request, url_for

from app import page_cache
from app.articles.addresses import found_online
from app.articles.sites import active_site
from app.catalog.article_text import load_article_text
from app.catalog.facet_counts import count_article_facets
from app.db import db
from app.publication.embed import widget
from app.publication.embed.snippets import snippets
from app.publication.not_found import or_404
from app.publication.query_string import filter_fields
from app.web.headers import let_self_frame

blueprint = Blueprint("instructions", __name__)
blueprint.after_request(let_self_frame)


@blueprint.get("/articles/<slug>/integrer")
@page_cache.cached(*widget.WIDGET_PARAMETERS)
def page(slug: str) -> str:
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
