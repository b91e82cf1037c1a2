"""Query strings of the collection: read as filters and a cursor, written from them, carried in links; the form."""

import re
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import urlencode

from flask import abort, request
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from app.catalog.article_text import ArticleText
from app.catalog.facet_counts import FacetCounts, chosen_labels
from app.catalog.filters import FACETS, FILTERS, WHOLE_COLLECTION, CollectionRequest, Filters, UnknownFilter
from app.sanitize import trusted_html

AFTER = "apres"
PARAMETERS = (*(each.query for each in FILTERS.values()), AFTER)

MAX_QUERY_LENGTH = 2_000  # bytes
MAX_WORDS_LENGTH = 200  # signs


def collection_request(query: bytes, arguments: "MultiDict[str, str]") -> CollectionRequest:
    """Parse a query string: filters, words, cursor.

    Aborts with 414 where the query or the words are too long, 400 where a filter is given twice. Raises `UnknownFilter`
    for an unknown situation; the article says whether it has the others (`article_page`, `list_items`).
    """
    if len(query) > MAX_QUERY_LENGTH:
        abort(414)
    if arguments.keys().isdisjoint(PARAMETERS):
        return WHOLE_COLLECTION
    given = {}
    for name, facet in zip(PARAMETERS, (*FILTERS, "after"), strict=True):
        # Words are typed by hand; the other values must be the article's own, to the letter.
        values = [value.strip() if facet == "words" else value for value in arguments.getlist(name)]
        if len(values) > 1:
            abort(400, f"« {name} » est donné deux fois.")
        if values and len(values[0]) > MAX_WORDS_LENGTH:
            abort(414, f"« {name} » dépasse {MAX_WORDS_LENGTH} signes.")
        if values and values[0]:
            given[facet] = values[0]
    after = given.pop("after", None)
    for facet, value in given.items():
        if FILTERS[facet].values and value not in FILTERS[facet].values:
            raise UnknownFilter(facet)
    return CollectionRequest(Filters(**given), after)


def without_empty(arguments: "MultiDict[str, str]") -> str | None:
    """Return the query string without the collection's parameters that are empty; None where there are none."""
    given = list(arguments.items(multi=True))
    tidy = [(name, value) for name, value in given if name not in PARAMETERS or value.strip()]
    return None if tidy == given else f"?{urlencode(tidy)}" if tidy else ""


class ChosenFilter(NamedTuple):
    """A filter that is chosen, in words, and the query string of what is listed without it."""

    label: str
    query_without: str


def chosen_filters(article: ArticleText, counts: FacetCounts) -> tuple[ChosenFilter, ...]:
    filters = counts.filters
    chosen = [facet for facet in FILTERS if getattr(filters, facet)]
    return tuple(
        ChosenFilter(label, query_string(replace(filters, **{facet: getattr(WHOLE_COLLECTION.filters, facet)})))
        for facet, label in zip(chosen, chosen_labels(article, counts), strict=True)
    )


class FilterField(NamedTuple):
    """A list of the filter form: its options (value, name, count), the label of no filter, and the value chosen."""

    name: str
    label: str
    all_label: str
    options: tuple[tuple[str, str, int | None], ...]
    chosen: str


def filter_fields(article: ArticleText, counts: FacetCounts) -> tuple[FilterField, ...]:
    """Return the lists of the filter form: the values that have testimonials, and the one chosen.

    With words there are no counts: a search counts nothing.
    """
    fields = []
    names = {**article.names, **counts.names}
    labels = {facet: (each.label, each.everything) for facet, each in FILTERS.items() if each.label}
    partner = article.call.partner
    if partner and partner.is_listed:
        labels["partner"] = (partner.label, partner.all_of_them)
    for facet, chosen in zip(FACETS, counts.filters.key, strict=True):
        if facet not in labels:
            continue
        totals = counts.choices(facet, names[facet])
        if chosen:
            totals.setdefault(chosen, 0)
        options = tuple(
            (value, name, None if counts.filters.words else totals[value])
            for value, name in names[facet].items()
            if value in totals
        )
        fields.append(FilterField(FILTERS[facet].query, *labels[facet], options, chosen))
    return tuple(fields)


def query_string(filters: Filters, after: str | None = None, **others: object) -> str:
    """Return the query string of filters and a cursor: « ?region=53 », or an empty string."""
    values: dict[str, object] = {**filters.query, AFTER: after, **others}
    query = urlencode({name: value for name, value in values.items() if value})
    return f"?{query}" if query else ""


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
