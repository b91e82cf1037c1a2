"""Probe of the proxy: whether PUBLIC_URL leads here, whether requests are whole before they are passed on, its site."""

import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from app.monitoring.checks import READY, Fault
from app.monitoring.startup_checks import Finding, Grade, fault, good, warning
from config import ROOT

PATIENCE = 3.0  # seconds: a server that is handed the request at once answers long before
FOLDERS = "where systemd runs it, `deploy/install` opens to it the folders that settings name, then restart it"
FEW_DAYS, FEWEST_DAYS = 21, 7  # left of a certificate
ADVICE = "let it receive whole requests first (nginx: proxy_request_buffering on), or slow senders keep threads busy"
SITES, SAMPLE = Path("/etc/nginx/sites-enabled"), ROOT / "deploy/nginx/en-regard.conf"


def proxy_findings(public_url: str) -> Iterator[Finding]:
    """Ask what the server sees, by a body whose second sign is late: an answer before it tells of no buffering."""
    try:
        with connection_to(public_url) as connection:
            certificate = connection.getpeercert() if isinstance(connection, ssl.SSLSocket) else None
            early, answer = slow_answer(connection, urlsplit(public_url).netloc)
    except ssl.SSLCertVerificationError as error:
        yield fault(f"the certificate of {public_url} is not valid: {error.verify_message}")
        return
    except OSError as error:
        reason = error.strerror or type(error).__name__
        yield warning(f"{public_url} does not answer from this machine ({reason}): the proxy was not seen")
        return
    if certificate:
        yield certificate_finding(public_url, str(certificate["notAfter"]))
    said = answer.partition(b"\r\n\r\n")[2].decode(errors="replace").splitlines()
    if not said or not {*said} <= {READY, *Fault}:
        yield warning(f"{public_url} answers, and not as this platform does: the proxy was not seen")
        return
    for reason in filter(READY.__ne__, said):
        advice = f"; {FOLDERS}" if reason in {Fault.JOURNAL, Fault.COPY} else ""
        yield fault(f"the server says: {reason}{advice}")
    if early:
        yield warning(f"the proxy of {public_url} passes requests on before it has them: {ADVICE}")
    else:
        yield good(f"the proxy of {public_url} receives whole requests before it passes them on")


def certificate_finding(public_url: str, ends: str) -> Finding:
    """Tell how many days are left of a certificate: certbot renews it a month before its end, and tries each day."""
    days = int(ssl.cert_time_to_seconds(ends) - time.time()) // (24 * 60 * 60)
    grade = Grade.FAULT if days < FEWEST_DAYS else Grade.WARNING if days < FEW_DAYS else Grade.GOOD
    return Finding(grade, f"the certificate of {public_url} is valid for {days} days more")


def connection_to(public_url: str) -> socket.socket:
    parts = urlsplit(public_url)
    is_secure = parts.scheme == "https"
    connection = socket.create_connection((parts.hostname, parts.port or (443 if is_secure else 80)), PATIENCE)
    if not is_secure:
        return connection
    try:
        return ssl.create_default_context().wrap_socket(connection, server_hostname=parts.hostname)
    except OSError:
        connection.close()
        raise


def slow_answer(connection: socket.socket, host: str) -> tuple[bool, bytes]:
    """Return whether the answer came before the request was whole, and the answer."""
    head = f"GET /ready HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: 2\r\n\r\nx"
    connection.sendall(head.encode())
    try:
        answer = connection.recv(65_536)
        early = True
    except TimeoutError:
        connection.sendall(b"x")
        answer, early = b"", False
    while part := connection.recv(65_536):
        answer += part
    return early, answer


def site_findings(public_url: str) -> Iterator[Finding]:
    """Yield whether nginx's site is the sample of this release, and at least hides keys from its log as that does."""
    for site in SITES.glob("en-regard*"):
        own, sample = site.read_text(), SAMPLE.read_text()
        if not all(rule in own for rule in sample.splitlines() if '"~' in rule):
            said = f"{site} lets private links into its log: take over the `map` of {SAMPLE}, then reload nginx"
            yield fault(said)
        elif own.replace(urlsplit(public_url).hostname or "", "HOST") != sample:
            yield warning(f"{site} differs from {SAMPLE}: compare them")
        else:
            yield good(f"{site} is this release's sample")
