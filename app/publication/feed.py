"""An article's testimonials as an Atom feed (RFC 4287), the latest published first, as narrow as asked."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request
from markupsafe import Markup

from app.catalog.article_text import Reading, read
from app.catalog.filters import NAMES
from app.catalog.listing import Saying, listing
from app.catalog.rendering import moment
from app.db import db
from app.french import PARIS
from app.page_cache import middleware
from app.publication.not_found import found
from app.publication.query_string import AFTER, asked, query_of
from app.web.headers import let_others_read

ENTRIES = 20
FEED = "/flux.atom"  # what its address ends with, beneath that of its article

# What XML cannot hold, even escaped.
UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

blueprint = Blueprint("feed", __name__)
blueprint.after_request(let_others_read)


@dataclass(frozen=True)
class Entry:
    """A testimonial in the feed. Its `id` never changes, whatever becomes of its title."""

    id: str
    url: str
    told: Mapping[str, Any]
    html: Markup
    categories: Mapping[str, str]


@blueprint.get(f"/articles/<slug>{FEED}")
@middleware.kept(*NAMES.values(), AFTER)
def atom(slug: str) -> Response:
    """Answer the feed."""
    session = db.session()
    article = found(read(session, slug))
    middleware.about(article.id)
    wanted = asked(request.query_string, request.args, article.names)
    listed = listing(session, article, wanted, ENTRIES, whole=True)
    base = f"{current_app.config['PUBLIC_URL']}/articles/{article.slug}"
    entries = [entry(article, each) for each in listed.sayings]
    text = render_template(
        "publication/feed.xml",
        article=article,
        choice=listed.choice,
        entries=entries,
        updated=max([published(article), *(each.told["updated_at"] for each in entries)], key=datetime.fromisoformat),
        base=base,
        this=query_of(wanted.filters, wanted.after),
        first=query_of(wanted.filters),
        next=query_of(wanted.filters, listed.next) if listed.next else None,
    )
    return Response(UNWRITABLE.sub("\ufffd", text), mimetype="application/atom+xml")


def entry(article: Reading, saying: Saying) -> Entry:
    """Return a testimonial as an entry."""
    url = f"{current_app.config['PUBLIC_URL']}/temoignages/{saying.public_id}"
    return Entry(
        id=url,
        url=f"{url}-{saying.slug}",
        told=json.loads(saying.said),
        html=saying.answers,
        categories=saying.articulations(article.labels),
    )


def published(article: Reading) -> str:
    """Return the first moment of the day an article was published on, in Paris."""
    return moment(datetime.combine(article.published_on, time(), PARIS))
