"""Atom feed (RFC 4287) of an article's testimonials, the latest first, with the filters of its page."""

import json
import re
from datetime import datetime, time

from flask import Blueprint, Response, current_app, render_template, request

from app import page_cache
from app.articles.addresses import found_online
from app.catalog.article_text import load_article_text
from app.catalog.listing import list_items
from app.catalog.rendering import iso_moment
from app.catalog.synthesis.statements import load_synthesis, synthesis_changed_at
from app.catalog.visibility import Outlet
from app.db import db
from app.french import PARIS
from app.publication.query_string import PARAMETERS, collection_request, query_string
from app.web.headers import let_others_read

MAX_ENTRIES = 20
FEED_PATH = "/flux.atom"  # the end of its path, after that of the article

# Characters that XML cannot hold, even escaped.
INVALID_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

blueprint = Blueprint("feed", __name__)
blueprint.after_request(let_others_read)


@blueprint.get(f"/articles/<slug>{FEED_PATH}")
@page_cache.cached(*PARAMETERS)
def atom(slug: str) -> Response:
    session = db.session()
    article = found_online(session, slug, load_article_text(session, slug))
    page_cache.depends_on(article.id)
    params = collection_request(request.query_string, request.args)
    listed = list_items(session, article, params, MAX_ENTRIES, Outlet.OPEN, whole=True)
    base = f"{current_app.config['PUBLIC_URL']}/articles/{article.slug}"
    entries = [(each, json.loads(each.document)) for each in listed.items]
    published_at = iso_moment(datetime.combine(article.published_on, time(), PARIS))
    is_whole = article.has_synthesis and not params.filters.is_narrowed and params.after is None
    synthesis = load_synthesis(session, article.id, Outlet.OPEN) if is_whole else None
    changed = [iso_moment(synthesis_changed_at(session, article.id))] if synthesis else []
    text = render_template(
        "publication/feed.xml",
        article=article,
        choice=listed.choice,
        entries=entries,
        synthesis=synthesis,
        synthesis_changed=changed[0] if changed else None,
        updated=max(
            [published_at, *changed, *(document["updated_at"] for _, document in entries)], key=datetime.fromisoformat
        ),
        base=base,
        this=query_string(params.filters, params.after),
        first=query_string(params.filters),
        next=query_string(params.filters, listed.next) if listed.next else None,
    )
    return Response(INVALID_IN_XML.sub("\ufffd", text), mimetype="application/atom+xml")
