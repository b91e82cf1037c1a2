"""The choice of a filtered list, carried in the links to its testimonials, so that « back » returns to that list."""

import re

from flask import request
from markupsafe import Markup

from app.catalog.filters import Filters, UnknownFilter
from app.publication.query_string import collection_request, query_string
from app.sanitize import trusted_html

# In HTML that was made safe: no author's text has a quotation mark in it.
TESTIMONIAL_LINK = re.compile(r'(?<=href=")/temoignages/[0-9a-f]{20}-[a-z0-9-]+(?=")')


def carried_filters() -> Filters:
    """Return the filters that the reader came with; none where the situation is unknown."""
    try:
        return collection_request(request.query_string, request.args).filters
    except UnknownFilter:
        return Filters()


def carry_choice(html: Markup, filters: Filters) -> Markup:
    """Return HTML whose links to testimonials carry the filters."""
    query = query_string(filters).replace("&", "&amp;")
    return trusted_html(TESTIMONIAL_LINK.sub(lambda link: link[0] + query, html)) if query else html
