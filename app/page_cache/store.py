"""The page cache's store: encoded pages in memory, the least recently used leave first."""

import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from threading import Lock
from typing import TYPE_CHECKING, Self

import brotli
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header, parse_etags

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


Address = tuple[str, str, str]


Headers = list[tuple[str, str]]


# What each process keeps, in bytes. Addresses with a query are without number: they never push out those without one.
PLAIN, NARROWED = 6 * 2**20, 2 * 2**20


OVERHEAD = 8 * 2**10  # bytes, about: the headers of a page, its address


# The shortest first. These levels take a millisecond; the next ones take ten for a twentieth less. What is compressed
# holds nothing secret beside words that a stranger chose: no session, no token.
ENCODERS: Mapping[str, Callable[[bytes], bytes]] = {
    "br": partial(brotli.compress, quality=5, lgwin=18),  # a window of 256 kB: the usual 4 MB stay with each thread
    "gzip": partial(gzip.compress, compresslevel=6, mtime=0),
    "identity": bytes,
}


OF_THE_BODY = frozenset({"content-type", "content-length", "content-encoding"})


@dataclass(frozen=True)
class EncodedPage:
    """A page in one encoding: all that is sent, and what is sent to who has it."""

    etag: str
    headers: Headers
    body: bytes
    unchanged: Headers

    @classmethod
    def of(cls, encoding: str, headers: Headers, body: bytes) -> Self:
        """Return an answer in an encoding, under an ETag of its own since ours are strong."""
        encoded = ENCODERS[encoding](body)
        etag = f'"{hashlib.sha256(encoded).hexdigest()[:32]}"'
        sent = [*headers, ("Content-Length", str(len(encoded))), ("ETag", etag)]
        if encoding != "identity":
            sent.append(("Content-Encoding", encoding))
        return cls(etag, sent, encoded, [pair for pair in sent if pair[0].lower() not in OF_THE_BODY])

    def is_had(self, etags: str | None) -> bool:
        """Say whether a reader who names these ETags has this already."""
        return etags is not None and (etags == self.etag or parse_etags(etags).contains_weak(self.etag.strip('"')))


@dataclass(frozen=True)
class CachedPage:
    """What an outlet answered, by encoding; true under a stamp, and until a moment (in seconds, as `time()`)."""

    forms: Mapping[str, EncodedPage]
    scope: int
    stamp: str | None
    until: float

    @property
    def size(self) -> int:
        """Return what keeping it takes, in bytes."""
        return sum(len(form.body) for form in self.forms.values()) + OVERHEAD

    def send(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request, with a body only where it is asked for and not had already."""
        form = self.forms[preferred_encoding(environ.get("HTTP_ACCEPT_ENCODING", ""))]
        if form.is_had(environ.get("HTTP_IF_NONE_MATCH")):
            start_response("304 NOT MODIFIED", form.unchanged.copy())
            return ()
        start_response("200 OK", form.headers.copy())
        return () if environ["REQUEST_METHOD"] == "HEAD" else (form.body,)


@lru_cache(maxsize=64)
def preferred_encoding(accepted: str) -> str:
    """Return the encoding a reader likes best; the shortest among equals."""
    wishes = parse_accept_header(accepted, Accept)
    return max(ENCODERS, key=wishes.quality) if any(map(wishes.quality, ENCODERS)) else "identity"


class LRUStore:
    """Pages by address, within a number of bytes: the one asked for longest ago goes first."""

    def __init__(self, room: int) -> None:
        self.room, self.taken = room, 0
        self.pages: OrderedDict[Address, CachedPage] = OrderedDict()
        self.lock = Lock()

    def get(self, address: Address) -> CachedPage | None:
        """Return what is kept for an address, still true or not."""
        with self.lock:
            found = self.pages.get(address)
            if found is not None:
                self.pages.move_to_end(address)
        return found

    def put(self, address: Address, page: CachedPage) -> None:
        """Keep a page."""
        with self.lock:
            if address in self.pages:
                self.taken -= self.pages.pop(address).size
            self.pages[address] = page
            self.taken += page.size
            while self.taken > self.room:
                self.taken -= self.pages.popitem(last=False)[1].size

    def let_go(self, scope: int, stamp: str) -> None:
        """Drop the pages that a stamp has left behind: what was taken back leaves memory too, whoever asks for it."""
        with self.lock:
            for address in [key for key, page in self.pages.items() if page.scope == scope and page.stamp != stamp]:
                self.taken -= self.pages.pop(address).size
