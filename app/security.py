"""What every request and response gets: decodable input, the headers, signed private links."""

import hmac
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Flask, Response, abort, current_app, request
from flask_wtf.csrf import generate_csrf
from itsdangerous import BadSignature, URLSafeSerializer

from app.db import SAFE_METHODS

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # Other sites are told nothing of where one comes from, so that no private link leaks.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}

DRAFT_LINK = "draft"

URLENCODED = "application/x-www-form-urlencoded"


class LinkRefused(Exception):
    """A private link is unknown, forged, or replaced by a newer one; nobody is told which."""


def init_app(app: Flask) -> None:
    """Check every request, dress every response."""
    app.before_request(refuse_undecodable)
    app.after_request(dress)
    app.jinja_env.globals["csrf_token"] = generate_csrf


def refuse_undecodable() -> None:
    """Answer 400 to what is not UTF-8 or holds a NUL, before any view or column meets it; 415 to an odd body."""
    parts = [request.environ.get("PATH_INFO", "").encode("latin-1"), unquote_to_bytes(request.query_string)]
    if request.method not in SAFE_METHODS:
        if request.mimetype not in {URLENCODED, ""}:
            abort(415)
        parts.append(unquote_to_bytes(whole_body()))
    for part in parts:
        try:
            text = part.decode("utf-8")
        except UnicodeDecodeError:
            abort(400)
        if "\x00" in text:
            abort(400)


def whole_body() -> bytes:
    """Return the body; 413 where it reaches the bound without having said its length, 400 where it breaks off."""
    try:
        body = request.get_data(cache=True)
    except OSError:
        abort(400)
    if request.content_length is None and len(body) >= current_app.config["MAX_CONTENT_LENGTH"]:
        abort(413)
    return body


def dress(response: Response) -> Response:
    """Add the headers; private pages have already said that no cache keeps them."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if not current_app.debug and current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-cache" if request.method in SAFE_METHODS else "no-store"
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
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=f"en-regard/{purpose}")


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
