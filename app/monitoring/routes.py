"""/health, /ready and /metrics: for load balancers and monitors, at any host name, in plain text, never cached."""

import hmac
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, current_app, request

from app.db import db
from app.erasure_journal import journal_path
from app.erasure_journal.places import second_place
from app.monitoring.checks import READY, Fault, Readiness
from app.monitoring.request_counters import RequestCounters

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

blueprint = Blueprint("monitoring", __name__)

PATHS = frozenset({"/health", "/ready", "/metrics"})
READINESS, REQUESTS = "readiness", "request_counters"
UNCACHED = {"Cache-Control": "no-store"}
TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"  # Prometheus's


def init_app(app: Flask) -> None:
    """Let monitors ask by any host name, and count requests; call it once all routes are known."""
    app.extensions[READINESS] = Readiness()
    app.extensions[REQUESTS] = RequestCounters(app.extensions["counters"], app.view_functions)
    app.after_request(app.extensions[REQUESTS].observe)
    app.wsgi_app = OwnHost(app.wsgi_app, urlsplit(app.config["PUBLIC_URL"]).netloc)  # type: ignore[method-assign]  # Flask's documented way to wrap the application


class OwnHost:
    """Middleware that has monitors ask as strangers, by the site's own name: a load balancer knows an address alone."""

    def __init__(self, inner: "WSGIApplication", host: str) -> None:
        self.inner, self.host = inner, host

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
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
    """Respond 200 where this process may be sent requests, else 503 with a line for each reason; `COPY` is none."""
    faults = current_faults()
    lines: list[str] = [*faults] or [READY]
    if (copy := second_place()) and not copy.takes_lines():
        lines.append(Fault.COPY)
    return plain_text("".join(f"{line}\n" for line in lines), 503 if faults else 200)


@blueprint.get("/metrics")
def metrics() -> Response:
    """Respond with the metrics; 404 where no token opens them, 403 to whom they are not open."""
    token, given = current_app.config["METRICS_TOKEN"], request.headers.get("Authorization", "")
    if not token:
        return plain_text("metrics are not open: see docs/operating.md\n", 404)
    if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return plain_text("metrics are not open to you\n", 403)
    from app.monitoring.metrics import Metrics, metrics_text

    requests, page_cache = current_app.extensions[REQUESTS], current_app.extensions["page_cache"]
    text = metrics_text(Metrics(db.session(), current_faults(), requests, page_cache))
    return Response(text, headers=UNCACHED, content_type=TEXT_FORMAT)


def current_faults() -> list[Fault]:
    readiness: Readiness = current_app.extensions[READINESS]
    return readiness.faults(db.engine, journal_path())


def plain_text(text: str, status: int = 200) -> Response:
    return Response(text, status, UNCACHED, mimetype="text/plain")
