"""A TLS front on loopback, with a certificate of its own: what a reverse proxy is before the application."""

import http.client
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Asked:
    """A request as the proxy could log it, and the status it was answered with."""

    method: str
    path: str
    referer: str
    origin: str
    status: int


@dataclass
class Front:
    """A TLS server that passes requests on to `behind`, with the headers that docs/operating.md asks of a proxy."""

    url: str
    behind: str = ""
    asked: list[Asked] = field(default_factory=list)


class QuietServer(ThreadingHTTPServer):
    """A server that says nothing of browsers that hang up: they do, on a certificate that they do not know."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def front(folder: Path) -> Iterator[Front]:
    """Give a front that listens for as long as the block lasts; its certificate is written to a folder."""

    class Proxy(BaseHTTPRequestHandler):
        """Requests of one connection, passed on."""

        protocol_version = "HTTP/1.1"  # a handshake for each page, not for each of its files

        def do_GET(self) -> None:  # http.server looks the method up by this name
            length = int(self.headers.get("Content-Length", 0))
            sent = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
            sent |= {"X-Forwarded-For": self.client_address[0], "X-Forwarded-Proto": "https"}
            # Closed before anything is written: a browser that hangs up leaves no connection open.
            with closing(http.client.HTTPConnection(urlsplit(shared.behind).netloc)) as behind:
                behind.request(self.command, self.path, self.rfile.read(length) or None, sent)
                answer = behind.getresponse()
                body = answer.read()
            referer, origin = (self.headers.get(name, "") for name in ("Referer", "Origin"))
            shared.asked.append(Asked(self.command, self.path, referer, origin, answer.status))
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in {"connection", "transfer-encoding"}:
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:  # as above
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    certificate = write_certificate(folder)
    server = QuietServer((HOST, 0), Proxy)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    # The handshake is made by the thread of each connection: one that is never made blocks no other.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    shared = Front(f"https://{HOST}:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield shared
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def write_certificate(folder: Path) -> Path:
    """Write a key and its self-signed certificate for `HOST`; return their file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    began = datetime.now(UTC) - timedelta(minutes=1)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), began, began + timedelta(90))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "front.pem"
    plain = serialization.NoEncryption()
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file
