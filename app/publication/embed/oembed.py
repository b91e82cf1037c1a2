"""What oEmbed 1.0 (oembed.com) says of an address of ours: the frame that shows it.

Who asks keeps the answer as long as it likes. So it holds no word of an author's, nor who signs: these are in the frame
alone, where what is withdrawn is gone at the next look.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from flask import abort, current_app
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from app.publication.embed.snippets import iframe_code
from app.publication.embed.widget import WIDGET_FILTERS

OEMBED_PARAMETERS = ("url", "format", "maxwidth", "maxheight")

WIDTH = 640  # pixels
WIDEST = 10_000


@dataclass(frozen=True)
class FramedPage:
    """A page of ours that has a frame: its endpoint, what its address names, and the filters it asks for."""

    endpoint: str
    names: Mapping[str, str]
    filters: "MultiDict[str, str]"


def framed_page(url: str) -> FramedPage | None:
    """Return what page an address is that of; None for any that is not ours, or has no frame."""
    ours = urlsplit(current_app.config["PUBLIC_URL"])
    with suppress(ValueError, HTTPException):
        asked = urlsplit(url)
        if asked.scheme in {"http", "https"} and asked.netloc == ours.netloc:
            endpoint, names = current_app.url_map.bind("").match(asked.path)
            given = MultiDict(pair for pair in parse_qsl(asked.query) if pair[0] in WIDGET_FILTERS)
            if endpoint in {"publication.article", "publication.testimonial"}:
                return FramedPage(endpoint, names, given)
    return None


def bounded_pixels(arguments: "MultiDict[str, str]", name: str, usual: int) -> int:
    """Return a measure in pixels, no more than the consumer allows; 422 where what it says is no number of them."""
    given = arguments.get(name, str(WIDEST)).strip()
    if not given.isascii() or not given.isdigit() or not 1 <= int(given[:6]) <= WIDEST:
        abort(422)
    return min(usual, int(given))


def oembed_document(title: str, frame_url: str, width: int, height: int) -> dict[str, str | int]:
    """Return the answer, for a frame of so many pixels."""
    base = current_app.config["PUBLIC_URL"]
    return {
        "version": "1.0",
        "type": "rich",
        "title": title,
        "provider_name": "En regard",
        "provider_url": base,
        "html": iframe_code(title, frame_url, width, height),
        "width": width,
        "height": height,
    }
