"""Encodings of a response: the one its reader prefers, and pages that are compressed as they are made.

A compressed length tells a little of what it holds: who chooses words that stand beside a secret may guess it (BREACH).
A page is therefore compressed only where nothing on it comes from the address or the body of the request
(docs/decisions/0051).
"""

import gzip
from collections.abc import Callable, Mapping
from functools import lru_cache, partial

import brotli
from flask import Response, request
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

IDENTITY = "identity"

# The shortest first. These levels take a millisecond; the next ones take ten for a twentieth less.
ENCODERS: Mapping[str, Callable[[bytes], bytes]] = {
    "br": partial(brotli.compress, quality=5, lgwin=18),  # a window of 256 kB: the default 4 MB would stay per thread
    "gzip": partial(gzip.compress, compresslevel=6, mtime=0),
    IDENTITY: bytes,
}


@lru_cache(maxsize=64)
def preferred_encoding(accepted: str) -> str:
    """Return the encoding that an `Accept-Encoding` header prefers; the shortest among equals."""
    qualities = parse_accept_header(accepted, Accept)
    return max(ENCODERS, key=qualities.quality) if any(map(qualities.quality, ENCODERS)) else IDENTITY


def compress_page(response: Response) -> Response:
    """Compress a response in the encoding its reader prefers.

    A view opts in with `after_this_request(compress_page)`; only pages without a word of the request may.
    """
    response.vary.add("Accept-Encoding")
    encoding = preferred_encoding(request.headers.get("Accept-Encoding", ""))
    if encoding != IDENTITY:
        response.set_data(ENCODERS[encoding](response.get_data()))
        response.content_encoding = encoding
    return response
