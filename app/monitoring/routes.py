"""/health, /ready and /metrics: for load balancers and monitors, at any host name, in plain text, never cached."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, current_app

from app.db import db
from app.monitoring.checks import Readiness
from app.testimonials.erasure_journal import journal_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

blueprint = Blueprint("monitoring", __name__)

PATHS = frozenset({"/health", "/ready"})
READINESS = "readiness"


def init_app(app: Flask) -> None:
    """Let monitors ask by any host name; call it first, so that the other middleware is before it."""
    app.extensions[READINESS] = Readiness()
    app.wsgi_app = OwnHost(app.wsgi_app, urlsplit(app.config["PUBLIC_URL"]).netloc)  # type: ignore[method-assign]  # Flask's documented way to wrap the application


class OwnHost:
    """Middleware that has monitors ask as strangers, by the site's own name: a load balancer knows an address alone."""

    def __init__(self, inner: "WSGIApplication", host: str) -> None:
        self.inner, self.host = inner, host

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        if environ.get("PATH_INFO") in PATHS:
            environ = {**environ, "HTTP_HOST": self.host}
            environ.pop("HTTP_COOKIE", None)  # a session would be looked for in the database
        return self.inner(environ, start_response)


@blueprint.get("/health")
def health() -> Response:
    """Respond 200: this process answers. It asks nothing of the database."""
    return plain_text("alive\n")


@blueprint.get("/ready")
def ready() -> Response:
    """Respond 200 where this process may be sent requests, else 503 with a line for each reason."""
    readiness: Readiness = current_app.extensions[READINESS]
    faults = readiness.faults(db.engine, journal_path())
    return plain_text("".join(f"{fault}\n" for fault in faults), 503) if faults else plain_text("ready\n")


def plain_text(text: str, status: int = 200) -> Response:
    return Response(text, status, {"Cache-Control": "no-store"}, mimetype="text/plain")
