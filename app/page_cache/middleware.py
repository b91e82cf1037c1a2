"""WSGI middleware that caches public pages as encoded bytes and sends them until something they show changes.

A view opts in with `cached()`, below the decorator of its route. A 200 to a reader gets a strong ETag and the
encoding they prefer; a matching `If-None-Match` gets 304. Each process caches it under the stamp (`Stamps`) of its
article, or of everything published where the view names none. The next request for the same address reads that one
stamp, before Flask, and gets the same bytes if it has not changed. No page is cached past the first end of a
publication, or the day on which a call opens or closes. Queries with other parameters are rendered each time. What is
rendered with a session, which any form begins, is cached for nobody else.
Responses that say `no-store` or set a cookie are left alone, and so is all that who is signed in asks for.
"""

import hashlib
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from threading import Lock
from time import time
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar
from urllib.parse import urlsplit

from flask import Flask, current_app, request, session
from sqlalchemy import Engine, String, bindparam, event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column
from werkzeug.http import parse_etags
from werkzeug.wsgi import ClosingIterator

from app.db import Base, UTCDateTime, db, now
from app.web.compression import ENCODERS, IDENTITY, preferred_encoding
from app.web.shared_counters import SharedCounters

EVERYTHING = 0
READ_ONLY = {"sqlite": "PRAGMA query_only=ON", "postgresql": "SET default_transaction_read_only = on"}

# The scope is a literal: articles are few.
SCOPE_STAMP = "SELECT stamp FROM publication_stamp WHERE scope = %d"
PAGE_STAMPS = (
    text(
        "SELECT (SELECT stamp FROM publication_stamp WHERE scope = 0) AS everything,"
        " (SELECT stamp FROM publication_stamp WHERE scope = :scope) AS own,"
        " (SELECT min(moment) FROM (SELECT min(shown_until) AS moment FROM rendering WHERE shown_until > :since"
        # Of answers, which are few: SQLite would read all that are published, were their index in sight.
        " UNION ALL SELECT min(published_until) FROM testimonial"
        " WHERE about_id > 0 AND status || '' = 'published' AND published_until > :since"
        " UNION ALL SELECT min(opens_at) FROM article WHERE opens_at > :since"
        " UNION ALL SELECT min(closes_at) FROM article WHERE closes_at > :since) AS moments) AS moment"
    )
    .bindparams(bindparam("since", type_=UTCDateTime()))
    .columns(everything=String, own=String, moment=UTCDateTime)
)


class PublicationStamp(MappedAsDataclass, Base, kw_only=True):
    """The stamp of an article (`scope` is its id) or of everything published (`EVERYTHING`)."""

    __tablename__ = "publication_stamp"

    scope: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    stamp: Mapped[str]


class Stamps:
    """Reads stamps: sending a cached page costs one such read and little else.

    It is read in autocommit on connections beside the pool's, read-only, as many as threads read at once: by a session,
    it would take three times as long.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine, self.error = engine, engine.dialect.loaded_dbapi.Error
        self.idle: deque[Any] = deque()
        event.listen(engine, "engine_disposed", self.close)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return a statement's rows; raise the driver's error, or SQLAlchemy's, where the database does not answer.

        A database that was restarted or migrated is asked once more, on a new connection.
        """
        with suppress(IndexError, self.error):
            return self.read(self.idle.pop(), sql)
        return self.read(self.connect(), sql)

    def read(self, connection: Any, sql: str) -> list[tuple[Any, ...]]:
        """Return all rows (an open cursor would keep SQLite's snapshot) and keep the connection, if it answers."""
        try:
            rows: list[tuple[Any, ...]] = connection.execute(sql).fetchall()
        except self.error:
            connection.close()
            raise
        self.idle.append(connection)
        return rows

    def connect(self) -> Any:
        """Take a connection out of the pool for good."""
        pooled = self.engine.raw_connection()
        connection: Any = pooled.driver_connection
        pooled.detach()
        if self.engine.dialect.name == "postgresql":
            connection.autocommit = True
            connection.prepare_threshold = 0
        connection.execute(READ_ONLY[self.engine.dialect.name])
        return connection

    def close(self, _engine: Engine) -> None:
        while self.idle:
            self.idle.pop().close()

    def current(self, scope: int) -> str | None:
        """Return a stamp as committed now, by one read of a primary key; None where the database does not answer."""
        try:
            rows = self.rows(SCOPE_STAMP % scope)
        except (SQLAlchemyError, self.error):
            return None
        return rows[0][0] if rows else None

    def for_page(self, scope: int, since: datetime) -> tuple[str | None, str | None, datetime | None]:
        """Return the stamp of everything, that of a scope, and the first moment after `since` that changes pages.

        It is the end of a publication, or the opening or the end of a call. One statement reads them all, from one
        state of the database. All are None where it does not answer.
        """
        try:
            with self.engine.connect().execution_options(read_only=True) as connection:
                everything, own, moment = connection.execute(PAGE_STAMPS, {"scope": scope, "since": since}).one()
        except SQLAlchemyError:
            return None, None, None
        return everything, own, moment


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


if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

P = ParamSpec("P")
R = TypeVar("R")

CACHE_RECORD = "en_regard.cache_record"

# What became of a request for a public page, as counted.
HIT, RENDERED = range(2)
RESULTS = ("hit", "rendered")


def cached(*parameters: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Cache a view's response; `parameters` are the names its query string may have."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def recorded(*args: P.args, **values: P.kwargs) -> R:
            record: CacheRecord | None = request.environ.get(CACHE_RECORD)
            if record is not None and not record.from_cached_view:  # of a view that calls another, the first counts
                record.from_cached_view = True
                if request.args.keys() <= set(parameters) and not session:
                    record.started_at, record.stamp_before = now(), current_stamp()
            return view(*args, **values)

        vars(recorded)["cached_parameters"] = parameters  # for cached_endpoints()
        return recorded

    return decorate


def depends_on(article_id: int) -> None:
    """Note that the page shows nothing of other articles."""
    record: CacheRecord | None = request.environ.get(CACHE_RECORD)
    if record is not None:
        record.scope = article_id


def current_stamp() -> str | None:
    """Return the stamp of everything published, as committed now; None where the database does not answer."""
    cache: PageCache = current_app.extensions["page_cache"]
    return cache.stamps.current(EVERYTHING)


def cached_endpoints(app: Flask) -> dict[str, tuple[str, ...]]:
    """Return the endpoints whose responses are cached, each with the parameters its query string may have."""
    views = {endpoint: vars(view).get("cached_parameters") for endpoint, view in app.view_functions.items()}
    return {endpoint: parameters for endpoint, parameters in views.items() if parameters is not None}


def init_app(app: Flask) -> None:
    with app.app_context():
        host = urlsplit(app.config["PUBLIC_URL"]).netloc
        cache = PageCache(app, Stamps(db.engine), host=host, counters=app.extensions["counters"])
    app.extensions["page_cache"] = cache
    app.wsgi_app = cache  # type: ignore[method-assign]  # Flask's documented way to wrap the application


@dataclass
class CacheRecord:
    """Notes on a page while Flask renders it: its scope, when it started, and the stamp of everything at that time."""

    from_cached_view: bool = False
    started_at: datetime | None = None  # None: the page is not to be cached
    stamp_before: str | None = None
    scope: int = EVERYTHING


class PageCache:
    """The middleware: sends cached pages, and caches those that Flask renders."""

    def __init__(self, app: Flask, stamps: Stamps, *, host: str, counters: SharedCounters) -> None:
        self.app, self.stamps, self.host = app, stamps, host
        self.inner: WSGIApplication = app.wsgi_app
        self.counters, self.results = counters, counters.reserve(len(RESULTS))
        self.plain, self.filtered = LRUStore(PLAIN_BYTES), LRUStore(FILTERED_BYTES)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Send the cached page if it is still valid; else have Flask respond, and cache the response."""
        if not self.is_shareable(environ):
            return self.inner(environ, start_response)
        query = environ.get("QUERY_STRING", "")
        pages = self.filtered if query else self.plain
        address = environ.get("HTTP_HOST", ""), environ.get("PATH_INFO", ""), query
        page = pages.get(address)
        if page is not None and page.expires_at > time() and page.stamp == self.stamps.current(page.scope):
            self.counters.add(self.results + HIT)
            return page.send(environ, start_response)
        # Flask renders a HEAD as a GET, so that the page is cached with its body.
        record, response = CacheRecord(), CapturedResponse()
        body = self.inner({**environ, "REQUEST_METHOD": "GET", CACHE_RECORD: record}, response)
        if not record.from_cached_view or not response.is_cacheable:
            start_response(response.status, response.headers)
            if environ["REQUEST_METHOD"] == "GET":
                return body
            whole_body(body)
            return ()
        self.counters.add(self.results + RENDERED)
        encoding = preferred_encoding(environ.get("HTTP_ACCEPT_ENCODING", ""))
        page = self.build_page(response.headers, whole_body(body), record, encoding)
        if page.stamp is not None:
            for each in (self.plain, self.filtered):
                each.evict_stale(page.scope, page.stamp)
            pages.put(address, page)
        return page.send(environ, start_response)

    def totals(self) -> dict[str, int]:
        return {name: self.counters.total(self.results + place) for place, name in enumerate(RESULTS)}

    def is_shareable(self, environ: "WSGIEnvironment") -> bool:
        """Whether the response can be shared between visitors: GET or HEAD, nobody signed in, a known host.

        Editors have their own masthead. Every spelling of the host (each port is one) would take memory of its own, and
        a path prefix would be in every link of the page.
        """
        return (
            environ["REQUEST_METHOD"] in {"GET", "HEAD"}
            and environ.get("HTTP_HOST") == self.host
            and not environ.get("SCRIPT_NAME")
            and not self.is_signed_in(environ)
        )

    def is_signed_in(self, environ: "WSGIEnvironment") -> bool:
        """Whether the session of a request is an account's, as Flask-Login marks it: no other changes a public page."""
        if self.app.config["SESSION_COOKIE_NAME"] not in environ.get("HTTP_COOKIE", ""):
            return False
        request = self.app.request_class(environ, populate_request=False)
        return "_user_id" in (self.app.session_interface.open_session(self.app, request) or ())

    def build_page(self, headers: Headers, body: bytes, record: CacheRecord, encoding: str) -> CachedPage:
        """Return a response as a page; it has a stamp, and every encoding, if it may be cached.

        It may not if anything visible changed while it was rendered: it could mix the old state and the new.
        """
        stamp = end = None
        if record.started_at is not None:
            everything, stamp, end = self.stamps.for_page(record.scope, record.started_at)
            stamp = stamp if everything is not None and everything == record.stamp_before else None
        vary = [value for name, value in headers if name.lower() == "vary"]
        sent = [pair for pair in headers if pair[0].lower() not in {"content-length", "etag", "vary"}]
        sent.append(("Vary", ", ".join([*vary, "Accept-Encoding"])))
        encodings = {each: EncodedPage.encode(each, sent, body) for each in (ENCODERS if stamp else (encoding,))}
        return CachedPage(encodings, record.scope, stamp, end.timestamp() if end else float("inf"))


class CapturedResponse:
    """A `start_response` that records the status and the headers Flask sends."""

    status: str = ""
    headers: Headers

    def __call__(self, status: str, headers: Headers, _error: object = None, /) -> Callable[[bytes], object]:
        self.status, self.headers = status, headers
        return self.write

    def write(self, _data: bytes) -> None:
        """Refuse a body written this way, which WSGI still allows and Flask never uses."""
        raise NotImplementedError

    @property
    def is_cacheable(self) -> bool:
        """Whether this is a 200 for everyone, that depends on its address and on the session alone."""
        values = {name.lower(): value for name, value in self.headers}
        control = values.get("cache-control", "")
        private = "set-cookie" in values or "no-store" in control or "private" in control
        return self.status.startswith("200 ") and not private and values.get("vary", "").lower() in {"", "cookie"}


def whole_body(body: Iterable[bytes]) -> bytes:
    with closing(ClosingIterator(body)) as parts:
        return b"".join(parts)
