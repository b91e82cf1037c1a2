"""The page « Intégrer »: each way to another site, when it is of use, its code, and what it looks like."""

from flask import Blueprint, render_template, request, url_for

from app.catalog.article_text import read
from app.catalog.facet_counts import tally
from app.db import db
from app.page_cache import middleware
from app.publication.embed import widget
from app.publication.embed.snippets import codes
from app.publication.not_found import found
from app.publication.query_string import fields
from app.web.headers import show_our_own

blueprint = Blueprint("instructions", __name__)
blueprint.after_request(show_our_own)


@blueprint.get("/articles/<slug>/integrer")
@middleware.kept(*widget.ASKED)
def page(slug: str) -> str:
    """Give the code of each way, for the testimonials that one chooses."""
    session = db.session()
    article = found(read(session, slug))
    middleware.about(article.id)
    choice = widget.choice(request.query_string, request.args, article.names)
    return render_template(
        "embed/page.html",
        article=article,
        choice=choice,
        codes=codes(article, choice),
        fields=fields(article, tally(session, article.id, choice.filters)),
        numbers=range(1, widget.MOST + 1),
        frame_url=url_for("embed.frame", slug=slug) + choice.query,
    )
