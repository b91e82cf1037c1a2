"""oEmbed 1.0 (oembed.com): the iframe for an article or a testimonial.

Consumers cache the document as long as they like. So it has no word and no name of an author: these are in the iframe
only, where a withdrawn testimonial is gone at the next request.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from flask import abort, current_app
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from app.publication.embed.widget import WIDGET_FILTERS, iframe_code

OEMBED_PARAMETERS = ("url", "format", "maxwidth", "maxheight")

DEFAULT_WIDTH = 640  # pixels
MAX_PIXELS = 10_000


@dataclass(frozen=True)
class FramedPage:
    """A page that can be framed: its endpoint, the arguments of its path, and the filters of its query string."""

    endpoint: str
    arguments: Mapping[str, str]
    filters: "MultiDict[str, str]"


def framed_page(url: str) -> FramedPage | None:
    """Return the page at a URL; None for a URL of another site, or a page that cannot be framed."""
    ours = urlsplit(current_app.config["PUBLIC_URL"])
    with suppress(ValueError, HTTPException):
        parts = urlsplit(url)
        if parts.scheme in {"http", "https"} and parts.netloc == ours.netloc:
            endpoint, arguments = current_app.url_map.bind("").match(parts.path)
            filters = MultiDict(pair for pair in parse_qsl(parts.query) if pair[0] in WIDGET_FILTERS)
            if endpoint in {"publication.article", "publication.testimonial"}:
                return FramedPage(endpoint, arguments, filters)
    return None


def bounded_pixels(arguments: "MultiDict[str, str]", name: str, default: int) -> int:
    """Return the default size or the consumer's maximum, the smaller; 422 if the maximum is invalid."""
    value = arguments.get(name, str(MAX_PIXELS)).strip()
    if not value.isascii() or not value.isdigit() or not 1 <= int(value[:6]) <= MAX_PIXELS:
        abort(422)
    return min(default, int(value))


def oembed_document(title: str, frame_url: str, width: int, height: int) -> dict[str, str | int]:
    base = current_app.config["PUBLIC_URL"]
    return {
        "version": "1.0",
        "type": "rich",
        "title": title,
        "provider_name": current_app.config["SITE_NAME"],
        "provider_url": base,
        "html": iframe_code(title, frame_url, width, height),
        "width": width,
        "height": height,
    }
