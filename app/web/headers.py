"""What every response gets (the headers that tell a browser what it may do), and signed private links."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request
from flask_wtf.csrf import generate_csrf
from werkzeug.middleware.proxy_fix import ProxyFix

from app.db import SAFE_METHODS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Nothing is allowed but what a page of ours is made of: its style sheet, its script, its pictures, its forms.
POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'"

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": f"{POLICY}; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    # Other sites are told nothing of where one comes from, so that no private link leaks.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}

# For the scripts of other sites.
FOR_OTHERS: Mapping[str, str] = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Retry-After",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


# Browsers that have come once over HTTPS never come otherwise, for two years.
STRICT_TRANSPORT = {"Strict-Transport-Security": "max-age=63072000; includeSubDomains"}


def init_app(app: Flask) -> None:
    """Dress every response, give templates the proof that a form is ours, believe the proxies that are declared."""
    proxies = app.config["PROXIES"]
    # Only who is asking, and whether over HTTPS: a proxy passes the `Host` it was given.
    app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # Flask's documented way to wrap the application
        app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=0, x_port=0, x_prefix=0
    )
    app.wsgi_app = DefaultHeaders(app.wsgi_app, default_headers(app))  # type: ignore[method-assign]  # as above
    app.jinja_env.globals["csrf_token"] = generate_csrf


def default_headers(app: Flask) -> dict[str, str]:
    """Return what every response carries, pages and files alike; HTTPS is not imposed where it is not served."""
    return {**HEADERS, **(STRICT_TRANSPORT if app.config["SESSION_COOKIE_SECURE"] else {})}


class DefaultHeaders:
    """The application, with its headers on every answer, be it a page, a file or a refusal."""

    def __init__(self, inner: "WSGIApplication", headers: Mapping[str, str]) -> None:
        self.inner = inner
        self.headers = [(name.lower(), (name, value)) for name, value in headers.items()]

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer; what a view has set itself stays, and private pages have said that no cache keeps them."""

        def dressed(status: str, headers: list[tuple[str, str]], *error: Any) -> Callable[[bytes], object]:
            said = {name.lower() for name, _ in headers}
            sent = [*headers, *(header for name, header in self.headers if name not in said)]
            if "cache-control" not in said:
                control = "no-cache" if environ["REQUEST_METHOD"] in SAFE_METHODS else "no-store"
                sent.append(("Cache-Control", control))
            return start_response(status, sent, *error)

        return self.inner(environ, dressed)


def let_others_frame(response: Response) -> Response:
    """Let other sites show this answer in a frame: the one way around `frame-ancestors 'none'`.

    A view says so with `after_this_request(let_others_frame)`; it is for pages that hold no form and no private word.
    """
    response.headers["Content-Security-Policy"] = f"{POLICY}; frame-ancestors *"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def let_others_read(response: Response) -> Response:
    """Let the scripts of any site read this answer, as anyone may; never with a reader's cookies.

    A blueprint whose every answer is for them, errors too, says `after_request(let_others_read)`. A browser that asks
    first whether it may (a preflight) need not ask again for a day.
    """
    response.headers.extend([(name, value) for name, value in FOR_OTHERS.items() if name not in response.headers])
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
        response.headers["Access-Control-Allow-Headers"] = "*"
        response.headers["Access-Control-Max-Age"] = "86400"
    return response


def let_self_frame(response: Response) -> Response:
    """Let a page show pages of ours in a frame, and its script fetch pieces of them: what it offers to other sites."""
    response.headers["Content-Security-Policy"] = (
        f"{POLICY}; connect-src 'self'; frame-src 'self'; frame-ancestors 'none'"
    )
    return response


def keep_private(response: Response) -> Response:
    """Keep what an author is shown out of caches and search engines."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def keep_for_back_button(response: Response) -> Response:
    """Let this browser alone keep the page, and ask again before it shows it as new."""
    response.headers["Cache-Control"] = "private, no-cache"
    return response
