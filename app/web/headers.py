"""Security headers of every response, and the headers a view opts in to; signed links are in `app/tokens.py`."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request
from flask_wtf.csrf import generate_csrf
from werkzeug.middleware.proxy_fix import ProxyFix

from app.db import SAFE_METHODS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# A page may load the style sheets, fonts, scripts and pictures of its own site, and send forms to it; nothing else.
POLICY = (
    "default-src 'none'; style-src 'self'; font-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'"
)

MANY_SLASHES = re.compile("/{2,}")

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": f"{POLICY}; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    # Other sites get no referrer.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}

# Pages whose address is a key: the style sheets, scripts and pages they lead to are told the site alone, and so are the
# logs of the proxy. With `no-referrer` browsers would send « Origin: null » and no Referer, which CSRF checks refuse.
BEHIND_A_TOKEN: Mapping[str, str] = {"Referrer-Policy": "strict-origin"}

# CORS, for the scripts of other sites.
FOR_OTHERS: Mapping[str, str] = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Retry-After",
    "Cross-Origin-Resource-Policy": "cross-origin",
}

# HSTS, only where HTTPS is served: browsers that came once over HTTPS use nothing else for two years.
STRICT_TRANSPORT = {"Strict-Transport-Security": "max-age=63072000; includeSubDomains"}


def init_app(app: Flask) -> None:
    """Set the headers of every response, give templates their CSRF token, and trust the declared proxies."""
    proxies = app.config["PROXIES"]
    # Proxies tell the client's address and the scheme only: they pass on the `Host` they were given.
    app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # Flask's documented way to wrap the application
        app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=0, x_port=0, x_prefix=0
    )
    headers = {**HEADERS, **(STRICT_TRANSPORT if app.config["SESSION_COOKIE_SECURE"] else {})}
    app.wsgi_app = DefaultHeaders(app, app.wsgi_app, headers)  # type: ignore[method-assign]  # as above
    app.jinja_env.globals["csrf_token"] = generate_csrf


class DefaultHeaders:
    """Middleware that adds the headers a response lacks, be it a page, a file or an error."""

    def __init__(self, app: Flask, inner: "WSGIApplication", headers: Mapping[str, str]) -> None:
        self.app = app
        self.inner = inner
        self.plain, self.private = named(headers), named({**headers, **BEHIND_A_TOKEN})

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        defaults = self.private if self.is_behind_a_token(environ["PATH_INFO"]) else self.plain

        def with_defaults(status: str, headers: list[tuple[str, str]], *error: Any) -> Callable[[bytes], object]:
            present = {name.lower() for name, _ in headers}
            sent = [*headers, *(header for name, header in defaults if name not in present)]
            if "cache-control" not in present:
                control = "no-cache" if environ["REQUEST_METHOD"] in SAFE_METHODS else "no-store"
                sent.append(("Cache-Control", control))
            return start_response(status, sent, *error)

        return self.inner(environ, with_defaults)

    def is_behind_a_token(self, path: str) -> bool:
        """Whether a path begins like a private one: those of errors and redirects do, and mistyped ones."""
        return MANY_SLASHES.sub("/", path).startswith(self.private_prefixes)

    @cached_property
    def private_prefixes(self) -> tuple[str, ...]:
        """What stands before the token in the rules that have one; read once all routes are known."""
        rules = (rule.rule for rule in self.app.url_map.iter_rules() if "token" in rule.arguments)
        return tuple({rule.partition("<")[0] for rule in rules})


def named(headers: Mapping[str, str]) -> Sequence[tuple[str, tuple[str, str]]]:
    return [(name.lower(), (name, value)) for name, value in headers.items()]


def let_others_frame(response: Response) -> Response:
    """Let other sites show this response in a frame: the only exception to `frame-ancestors 'none'`.

    A view opts in with `after_this_request(let_others_frame)`; only pages without forms or private data may.
    """
    return let_site_frame(response, "*")


def let_others_read(response: Response) -> Response:
    """Let the scripts of any site read this response (CORS), never with a reader's cookies.

    A blueprint opts in for all its responses, errors too, with `after_request(let_others_read)`. A browser caches its
    preflight for a day.
    """
    response.headers.extend([(name, value) for name, value in FOR_OTHERS.items() if name not in response.headers])
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
        response.headers["Access-Control-Allow-Headers"] = "*"
        response.headers["Access-Control-Max-Age"] = "86400"
    return response


def let_site_frame(response: Response, origin: str) -> Response:
    response.headers["Content-Security-Policy"] = f"{POLICY}; frame-ancestors {origin}"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def let_site_read(response: Response, origin: str) -> Response:
    response.headers["Access-Control-Allow-Origin"] = origin
    return let_others_read(response)


def let_self_fetch(response: Response) -> Response:
    """Let a page's script ask this site for what a form gives."""
    response.headers["Content-Security-Policy"] = f"{POLICY}; connect-src 'self'; frame-ancestors 'none'"
    return response


def let_self_frame(response: Response) -> Response:
    """Let a page frame this site's own pages and its script fetch the element: the preview of embeds."""
    policy = f"{POLICY}; connect-src 'self'; frame-src 'self'; frame-ancestors 'none'"
    response.headers["Content-Security-Policy"] = policy
    return response


def keep_private(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def keep_for_back_button(response: Response) -> Response:
    """Let only the browser store the page, and revalidate it: « back » restores what was typed."""
    response.headers["Cache-Control"] = "private, no-cache"
    return response
