"""What every response gets (the headers that tell a browser what it may do), and signed private links."""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, current_app, request
from flask_wtf.csrf import generate_csrf
from itsdangerous import BadSignature, URLSafeSerializer
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

DRAFT_LINK = "draft"

# Browsers that have come once over HTTPS never come otherwise, for two years.
STRICT_TRANSPORT = {"Strict-Transport-Security": "max-age=63072000; includeSubDomains"}


class LinkRefused(Exception):
    """A private link is unknown, forged, or replaced by a newer one; nobody is told which."""


def init_app(app: Flask) -> None:
    """Dress every response, give templates the proof that a form is ours, believe the proxies that are declared."""
    proxies = app.config["PROXIES"]
    # Only who is asking, and whether over HTTPS: a proxy passes the `Host` it was given.
    app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # Flask's documented way to wrap the application
        app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=0, x_port=0, x_prefix=0
    )
    app.wsgi_app = Dressed(app.wsgi_app, headers(app))  # type: ignore[method-assign]  # as above
    app.jinja_env.globals["csrf_token"] = generate_csrf


def headers(app: Flask) -> dict[str, str]:
    """Return what every response carries, pages and files alike; HTTPS is not imposed where it is not served."""
    return {**HEADERS, **(STRICT_TRANSPORT if app.config["SESSION_COOKIE_SECURE"] else {})}


class Dressed:
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


def show_our_own(response: Response) -> Response:
    """Let a page show pages of ours in a frame, and its script fetch pieces of them: what it offers to other sites."""
    response.headers["Content-Security-Policy"] = (
        f"{POLICY}; connect-src 'self'; frame-src 'self'; frame-ancestors 'none'"
    )
    return response


def sign(purpose: str, payload: list[Any]) -> str:
    """Return an address-safe token that only this platform can have made, for one purpose."""
    return str(serializer(purpose).dumps(payload))


def read(purpose: str, token: str) -> list[Any]:
    """Return what a token was made of; raise `LinkRefused` if it was not made here for this purpose."""
    try:
        payload = serializer(purpose).loads(token)
    except BadSignature:
        raise LinkRefused from None
    if not isinstance(payload, list):
        raise LinkRefused
    return payload


def serializer(purpose: str) -> URLSafeSerializer:
    """Return the signer of one purpose: a receipt's token opens no private page."""
    return URLSafeSerializer(
        current_app.config["SECRET_KEY"],
        salt=f"en-regard/{purpose}",
        signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
    )


def sign_draft_link(public_id: str) -> str:
    """Return the token of the link that opens a draft."""
    return sign(DRAFT_LINK, [public_id])


def sign_private_link(public_id: str, generation: int) -> str:
    """Return the token of a private link: bound to one testimonial and to one generation of its link."""
    return sign("private-link", [public_id, generation])


def read_private_link(token: str) -> tuple[str, int]:
    """Return the testimonial's identifier and generation; raise `LinkRefused` for any other token."""
    match read("private-link", token):
        case [str(public_id), int(generation)]:
            return public_id, generation
        case _:
            raise LinkRefused


def read_receipt(token: str) -> str:
    """Return the identifier a receipt's token bears; raise `LinkRefused` for any other token."""
    match read("receipt", token):
        case [str(public_id)]:
            return public_id
        case _:
            raise LinkRefused


def keyed(purpose: str, text: str) -> bytes:
    """Return 32 bytes that only this platform can make of a text, for one purpose (HMAC-SHA-256)."""
    key = current_app.config["SECRET_KEY"].encode()
    return hmac.digest(key, f"en-regard/{purpose}\0{text}".encode(), "sha256")
