"""Keeps public pages as the bytes that were sent, and sends them again for as long as nothing they show has changed.

A view of an outlet says `@ready.kept()`, and that is all it takes:

    @blueprint.get("/articles/<slug>")
    @ready.kept("articulation", "region")        # the names that its query may have
    def article(slug: str) -> str:
        article = …
        ready.about(article.id)                  # it shows nothing of other articles
        return render_template(…)

What it answers with 200, to a request without a session, gets a strong ETag, the encoding its reader likes best, and
304 for who has it already. It is kept in this process under the stamp (`stamps.py`) of what it shows: the article it is
`about`, else everything. The next request for the same address reads that one stamp, before Flask; where it has not
moved, the same bytes leave. No page is kept past the first moment at which a publication ends; a query with other
names is answered afresh each time; and an answer that says `no-store` or sets a cookie is left alone.
"""

from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from time import time
from typing import TYPE_CHECKING, ParamSpec, TypeVar
from urllib.parse import urlsplit

from flask import Flask, current_app, request
from werkzeug.wsgi import ClosingIterator

from app.db import db, now
from app.page_cache.stamps import EVERYTHING, Stamps
from app.page_cache.store import (
    ENCODERS,
    NARROWED,
    PLAIN,
    CachedPage,
    EncodedPage,
    Headers,
    LRUStore,
    preferred_encoding,
)
from app.web.templating import render_once

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

P = ParamSpec("P")
R = TypeVar("R")


REQUEST_RECORD = "en_regard.asked"


def cached(*names: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keep what a view answers; `names` are those its query may have."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def noted(*args: P.args, **values: P.kwargs) -> R:
            asked: CacheRecord | None = request.environ.get(REQUEST_RECORD)
            if asked is not None:
                asked.of_an_outlet = True
                if request.args.keys() <= set(names):
                    store: PageCache = current_app.extensions["ready"]
                    asked.since, asked.before = now(), store.stamps.of(EVERYTHING)
            return view(*args, **values)

        vars(noted)["kept_names"] = names  # for outlets()
        return noted

    return decorate


def depends_on(article_id: int) -> None:
    """Say that the page being made shows one article and nothing of others."""
    asked: CacheRecord | None = request.environ.get(REQUEST_RECORD)
    if asked is not None:
        asked.scope = article_id


def cached_endpoints(app: Flask) -> dict[str, tuple[str, ...]]:
    """Return the endpoints whose answers are kept, each with the names its query may have."""
    views = {endpoint: vars(view).get("kept_names") for endpoint, view in app.view_functions.items()}
    return {endpoint: names for endpoint, names in views.items() if names is not None}


def init_app(app: Flask) -> None:
    """Stand before Flask."""
    with app.app_context():
        hosts = {urlsplit(app.config["PUBLIC_URL"]).netloc, *app.config["TRUSTED_HOSTS"]}
        ready = PageCache(app.wsgi_app, Stamps(db.engine), app.config["SESSION_COOKIE_NAME"], frozenset(hosts))
    app.extensions["ready"] = ready
    app.wsgi_app = ready  # type: ignore[method-assign]  # Flask's documented way to wrap the application


@dataclass
class CacheRecord:
    """What is noted of a page while it is made: since when and from which stamp of everything, and what it is about."""

    of_an_outlet: bool = False
    since: datetime | None = None  # None: it is not to be kept
    before: str | None = None
    scope: int = EVERYTHING


class PageCache:
    """The application before Flask: sends what is ready, and keeps what Flask has just made."""

    def __init__(self, inner: "WSGIApplication", stamps: Stamps, session_cookie: str, hosts: frozenset[str]) -> None:
        self.inner, self.stamps, self.session_cookie, self.hosts = inner, stamps, session_cookie, hosts
        self.plain, self.narrowed = LRUStore(PLAIN), LRUStore(NARROWED)
        self.everything: str | None = None  # the stamp that the pieces of pages are kept under

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Send what is kept, where it is still true; else let Flask answer, and keep that."""
        if not self.is_anyone_s(environ):
            return self.inner(environ, start_response)
        query = environ.get("QUERY_STRING", "")
        store = self.narrowed if query else self.plain
        address = environ.get("HTTP_HOST", ""), environ.get("PATH_INFO", ""), query
        page = store.get(address)
        if page is None or page.until <= time() or page.stamp != self.stamps.of(page.scope):
            # A HEAD is a GET whose body stays here.
            asked, heard = CacheRecord(), CapturedResponse()
            answer = self.inner({**environ, "REQUEST_METHOD": "GET", REQUEST_RECORD: asked}, heard)
            if not asked.of_an_outlet or not heard.may_be_kept:
                start_response(heard.status, heard.headers)
                if environ["REQUEST_METHOD"] == "GET":
                    return answer
                whole_body(answer)
                return ()
            page = self.made(
                heard.headers, whole_body(answer), asked, preferred_encoding(environ.get("HTTP_ACCEPT_ENCODING", ""))
            )
            if page.stamp is not None:
                for each in (self.plain, self.narrowed):
                    each.let_go(page.scope, page.stamp)
                store.put(address, page)
        return page.send(environ, start_response)

    def is_anyone_s(self, environ: "WSGIEnvironment") -> bool:
        """Say whether whoever reads would be answered the same.

        With a session, a page may be made for one person: editors have their own masthead. A host in other words than
        ours (each port of it is one) would fill the memory, and a prefix be in every link of the page.
        """
        return (
            environ["REQUEST_METHOD"] in {"GET", "HEAD"}
            and self.session_cookie not in environ.get("HTTP_COOKIE", "")
            and environ.get("HTTP_HOST") in self.hosts
            and not environ.get("SCRIPT_NAME")
        )

    def made(self, headers: Headers, body: bytes, asked: CacheRecord, encoding: str) -> CachedPage:
        """Return an answer as a page; it has a stamp, and every encoding, if it may be sent to others.

        Not so if anything visible changed while it was being made: it may show some of what was and some of what is.
        """
        stamp = end = None
        if asked.since is not None:
            everything, stamp, end = self.stamps.of_page(asked.scope, asked.since)
            stamp = stamp if everything is not None and everything == asked.before else None
            if not asked.before == everything == self.everything:
                self.everything = everything
                render_once.cache_clear()  # they hold words too; this page may have made some of what was
        vary = [value for name, value in headers if name.lower() == "vary"]
        kept = [pair for pair in headers if pair[0].lower() not in {"content-length", "etag", "vary"}]
        kept.append(("Vary", ", ".join([*vary, "Accept-Encoding"])))
        forms = {each: EncodedPage.of(each, kept, body) for each in (ENCODERS if stamp else (encoding,))}
        return CachedPage(forms, asked.scope, stamp, end.timestamp() if end else float("inf"))


class CapturedResponse:
    """What Flask says before the body of an answer."""

    status: str = ""
    headers: Headers

    def __call__(self, status: str, headers: Headers, _error: object = None, /) -> Callable[[bytes], object]:
        """Listen, as a server would."""
        self.status, self.headers = status, headers
        return self.refuse

    def refuse(self, _data: bytes) -> None:
        """Refuse a body written by the side, as WSGI still allows and Flask never does."""
        raise NotImplementedError

    @property
    def may_be_kept(self) -> bool:
        """Say whether this is a page that anyone may be sent: sessions apart, nothing but its address tells it."""
        said = {name.lower(): value for name, value in self.headers}
        control = said.get("cache-control", "")
        alone = "set-cookie" in said or "no-store" in control or "private" in control
        return self.status.startswith("200 ") and not alone and said.get("vary", "").lower() in {"", "cookie"}


def whole_body(answer: Iterable[bytes]) -> bytes:
    """Return the body of an answer, and close it."""
    with closing(ClosingIterator(answer)) as parts:
        return b"".join(parts)
