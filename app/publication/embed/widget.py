"""Widget: the few latest testimonials of an article that another site shows, and the parameters that choose them."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Self
from urllib.parse import quote

from flask import abort, current_app, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.catalog.article_text import ArticleText
from app.catalog.filters import FACETS, FILTERS, CollectionRequest, Filters
from app.catalog.listing import Item, list_items
from app.catalog.rendering import facts_of
from app.catalog.visibility import Outlet
from app.publication.query_string import collection_request, query_string
from app.sanitize import spaced
from app.testimonials.attribution import facts_after

LIMIT, KEY = "nombre", "cle"
DEFAULT_LIMIT, MAX_LIMIT = 3, 20

# All filters but words: a search at each view of another site's page would cost too much.
WIDGET_FILTERS = tuple(FILTERS[facet].query for facet in FACETS)
WIDGET_PARAMETERS = (*WIDGET_FILTERS, LIMIT, KEY)


@dataclass(frozen=True)
class WidgetRequest:
    """The filters and the limit of a widget, and the key of the site that shows it, if it has one."""

    filters: Filters
    limit: int
    key: str = ""

    @property
    def query(self) -> str:
        """Return its query string: « ?region=53&nombre=5 », or an empty string for the default widget."""
        return query_string(self.filters, nombre=self.limit if self.limit != DEFAULT_LIMIT else None, cle=self.key)

    @property
    def attributes(self) -> Mapping[str, str]:
        limit = str(self.limit) if self.limit != DEFAULT_LIMIT else ""
        return {name: value for name, value in {**self.filters.query, LIMIT: limit, KEY: self.key}.items() if value}


@dataclass(frozen=True)
class WidgetItem:
    """A testimonial of a widget; without its author's words, a heading made of choices and a link."""

    url: str
    heading: str
    quote: str
    byline: str
    facts: Sequence[str]
    words_withheld: bool

    @classmethod
    def of(cls, item: Item) -> Self:
        document = json.loads(item.document)
        facts = facts_after("", *facts_of(document))
        quote, byline = document["quote"] or "", document["signature"] or ""
        return cls(item.url, document["title"], quote, byline, facts, document["words_withheld"])


@dataclass(frozen=True)
class Widget:
    """An article's latest testimonials for some filters, and their total. URLs are absolute.

    `write_url` is empty where the article is closed.
    """

    title: str
    url: str
    all_url: str
    write_url: str
    items: Sequence[WidgetItem]
    total: int
    filtered: bool


def widget_request(query: bytes, arguments: "MultiDict[str, str]") -> WidgetRequest:
    """Parse a query string.

    Aborts with 400 for an unknown parameter (a typo would leave everything in), with 422 for a limit out of bounds,
    and as `collection_request` does.
    """
    request = collection_request(query, arguments)
    if not arguments.keys() <= set(WIDGET_PARAMETERS):
        abort(400)
    limit = arguments.get(LIMIT, str(DEFAULT_LIMIT)).strip()
    if not re.fullmatch("[0-9]{1,2}", limit) or not 1 <= int(limit) <= MAX_LIMIT:
        abort(422)
    return WidgetRequest(request.filters, int(limit), arguments.get(KEY, ""))


def build_widget(session: Session, article: ArticleText, request: WidgetRequest, outlet: Outlet) -> Widget:
    url = f"{current_app.config['PUBLIC_URL']}/articles/{article.slug}"
    listed = list_items(session, article, CollectionRequest(request.filters, None), request.limit, outlet)
    return Widget(
        title=article.title,
        url=url,
        all_url=f"{url}{query_string(request.filters)}#retours",
        write_url=f"{url}/temoigner" if article.is_open else "",
        items=[WidgetItem.of(item) for item in listed.items],
        total=listed.total or 0,
        filtered=request.filters.is_narrowed,
    )


# The height of an iframe, in pixels, without the script that adapts it to its page.
WIDGET_HEIGHT, TESTIMONIAL_HEIGHT = 640, 360

# The height of the element, in em: its heading and footer, plus each testimonial; on a phone, more.
BASE, ITEM = 12, 14
PHONE_BASE, PHONE_ITEM = 19, 21


def snippets(article: ArticleText, choice: WidgetRequest) -> Mapping[str, str]:
    base = current_app.config["PUBLIC_URL"]
    url = base + url_for("publication.article", slug=article.slug) + query_string(choice.filters)
    frame_url = base + url_for("embed.frame", slug=article.slug) + choice.query
    json_query = query_string(choice.filters, limite=choice.limit)
    script_tag = f'<script src="{base}{url_for("embed.script")}" async referrerpolicy="no-referrer"></script>'
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in choice.attributes.items())
    return {
        "element": (
            f'{script_tag}\n<en-regard-retours article="{article.slug}"{attributes}>\n'
            f'  <a href="{escape(url)}#retours">Lire les retours d’expérience</a>\n</en-regard-retours>'
        ),
        "css": (
            f"en-regard-retours {{ display: block; min-height: {BASE + ITEM * choice.limit}em; }}\n"
            "@media (max-width: 40rem) {\n"
            f"  en-regard-retours {{ min-height: {PHONE_BASE + PHONE_ITEM * choice.limit}em; }}\n}}"
        ),
        "frame": f"{iframe_code(widget_title(article.title), frame_url, '100%', WIDGET_HEIGHT)}\n{script_tag}",
        "oembed": f"{base}{url_for('embed.oembed')}?format=json&url={quote(url, safe=':/')}",
        "json": base + url_for("api.testimonials", slug=article.slug) + json_query,
        "atom": base + url_for("feed.atom", slug=article.slug) + query_string(choice.filters),
    }


def widget_title(article: str) -> str:
    return spaced(f"Retours d’expérience, en regard de « {article} »")


def iframe_code(title: str, url: str, width: int | str, height: int) -> str:
    return (
        f'<iframe src="{escape(url)}" title="{escape(title)}" width="{width}" height="{height}"'
        ' loading="lazy" referrerpolicy="no-referrer" frameborder="0"></iframe>'
    )
