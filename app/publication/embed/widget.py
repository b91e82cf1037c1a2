"""A piece of a collection, for another site: how an address asks for it, and the few testimonials that it shows."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from flask import abort, current_app
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.catalog.article_text import ArticleText
from app.catalog.filters import QUERY_NAMES, CollectionRequest, Filters
from app.catalog.listing import Item, list_items
from app.publication.query_string import collection_request, query_string

NUMBER = "nombre"
USUAL, MOST = 3, 20

# What a piece may be narrowed by: words would cost a search at each showing of somebody else's page.
WIDGET_FILTERS = tuple(name for facet, name in QUERY_NAMES.items() if facet != "words")
WIDGET_PARAMETERS = (*WIDGET_FILTERS, NUMBER)


@dataclass(frozen=True)
class WidgetRequest:
    """Which testimonials are wanted, and how many at most."""

    filters: Filters
    number: int

    @property
    def query(self) -> str:
        """Return the query that asks for it: « ?region=53&nombre=5 »; nothing for the usual piece."""
        return query_string(self.filters, nombre=self.number if self.number != USUAL else None)

    @property
    def attributes(self) -> Mapping[str, str]:
        """Return the same as the attributes of the custom element."""
        given = {name: getattr(self.filters, facet) for facet, name in QUERY_NAMES.items() if name in WIDGET_FILTERS}
        number = str(self.number) if self.number != USUAL else None
        return {name: value for name, value in (given | {NUMBER: number}).items() if value}


@dataclass(frozen=True)
class WidgetItem:
    """One testimonial of a piece: its page, and what of it is said."""

    url: str
    heading: str
    quote: str
    byline: str
    facts: Sequence[str]

    @classmethod
    def of(cls, saying: Item) -> Self:
        """Return what is said of a testimonial."""
        url = f"{current_app.config['PUBLIC_URL']}/temoignages/{saying.public_id}-{saying.slug}"
        told = json.loads(saying.document)
        facts = [told[name]["label"] for name in ("situation", "region", "crpv")]
        return cls(url, told["title"], told["quote"], told["signature"], facts)


@dataclass(frozen=True)
class Widget:
    """What is shown: an article's latest of a choice, and how many answer it in all. Addresses are whole.

    There is nowhere to write to (`write_url`) where the article takes no more. A `narrow` choice leaves some out.
    """

    title: str
    url: str
    all_url: str
    write_url: str
    several: Sequence[WidgetItem]
    total: int
    narrow: bool


def widget_request(query: bytes, arguments: "MultiDict[str, str]") -> WidgetRequest:
    """Parse a query string.

    Aborts with 400 for an unknown parameter (a typo would leave everything in), with 422 for a number out of bounds,
    and as `collection_request` does.
    """
    wanted = collection_request(query, arguments)
    if not arguments.keys() <= set(WIDGET_PARAMETERS):
        abort(400)
    given = arguments.get(NUMBER, str(USUAL)).strip()
    if not re.fullmatch("[0-9]{1,2}", given) or not 1 <= int(given) <= MOST:
        abort(422)
    return WidgetRequest(wanted.filters, int(given))


def build_widget(session: Session, article: ArticleText, wanted: WidgetRequest) -> Widget:
    """Return what a choice shows now: two statements, and as many rows as testimonials wanted."""
    url = f"{current_app.config['PUBLIC_URL']}/articles/{article.slug}"
    listed = list_items(session, article, CollectionRequest(wanted.filters, None), wanted.number)
    return Widget(
        title=article.title,
        url=url,
        all_url=f"{url}{query_string(wanted.filters)}#retours",
        write_url=f"{url}/temoigner" if article.is_open else "",
        several=[WidgetItem.of(saying) for saying in listed.sayings],
        total=listed.total or 0,
        narrow=wanted.filters.narrow,
    )
