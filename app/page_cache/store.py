"""LRU store of the page cache: encoded pages in memory, bounded in bytes."""

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Self

from werkzeug.http import parse_etags

from app.web.compression import ENCODERS, IDENTITY, preferred_encoding

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Address = tuple[str, str, str]  # host, path, query string
Headers = list[tuple[str, str]]

# What each process may cache, in bytes. Addresses with a query are unlimited in number: they have a store of their own,
# so that they never evict the plain ones.
PLAIN_BYTES, FILTERED_BYTES = 6 * 2**20, 2 * 2**20
OVERHEAD = 8 * 2**10  # bytes, about: the headers of a page, its address

BODY_HEADERS = frozenset({"content-type", "content-length", "content-encoding"})


@dataclass(frozen=True)
class EncodedPage:
    """A page in one encoding, with the headers of its 200 response and of its 304.

    Compression is safe from BREACH: a cached page holds no session and no token beside words that a stranger chose.
    """

    etag: str
    headers: Headers
    body: bytes
    not_modified_headers: Headers

    @classmethod
    def encode(cls, encoding: str, headers: Headers, body: bytes) -> Self:
        encoded = ENCODERS[encoding](body)
        etag = f'"{hashlib.sha256(encoded).hexdigest()[:32]}"'
        sent = [*headers, ("Content-Length", str(len(encoded))), ("ETag", etag)]
        if encoding != IDENTITY:
            sent.append(("Content-Encoding", encoding))
        return cls(etag, sent, encoded, [pair for pair in sent if pair[0].lower() not in BODY_HEADERS])

    def matches(self, etags: str | None) -> bool:
        return etags is not None and (etags == self.etag or parse_etags(etags).contains_weak(self.etag.strip('"')))


@dataclass(frozen=True)
class CachedPage:
    """A response in each encoding, valid under a stamp and until a moment (in seconds, as `time()`)."""

    encodings: Mapping[str, EncodedPage]
    scope: int
    stamp: str | None
    expires_at: float

    @property
    def size(self) -> int:
        """Memory, in bytes."""
        return sum(len(each.body) for each in self.encodings.values()) + OVERHEAD

    def send(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Respond 304 where the reader's ETag matches, else 200; a HEAD gets no body."""
        page = self.encodings[preferred_encoding(environ.get("HTTP_ACCEPT_ENCODING", ""))]
        if page.matches(environ.get("HTTP_IF_NONE_MATCH")):
            start_response("304 NOT MODIFIED", page.not_modified_headers)
            return ()
        start_response("200 OK", page.headers)
        return () if environ["REQUEST_METHOD"] == "HEAD" else (page.body,)


class LRUStore:
    """Pages by address, within a number of bytes: the least recently used is evicted first."""

    def __init__(self, max_size: int) -> None:
        self.max_size, self.size = max_size, 0
        self.pages: OrderedDict[Address, CachedPage] = OrderedDict()
        self.lock = Lock()

    def get(self, address: Address) -> CachedPage | None:
        with self.lock:
            page = self.pages.get(address)
            if page is not None:
                self.pages.move_to_end(address)
        return page

    def put(self, address: Address, page: CachedPage) -> None:
        with self.lock:
            if address in self.pages:
                self.size -= self.pages.pop(address).size
            self.pages[address] = page
            self.size += page.size
            while self.size > self.max_size:
                self.size -= self.pages.popitem(last=False)[1].size

    def evict_stale(self, scope: int, stamp: str) -> None:
        """Drop a scope's pages that have another stamp, so that removed words leave memory even if never requested."""
        with self.lock:
            for address in [key for key, page in self.pages.items() if page.scope == scope and page.stamp != stamp]:
                self.size -= self.pages.pop(address).size
