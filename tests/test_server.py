"""gunicorn, spoken to in bytes: slow, truncated and malformed requests neither block nor break it."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import copy_sqlite
from tests.services.ports import kept_port
from tests.services.server import PATIENCE, ROOT, fetch, gunicorn

pytestmark = pytest.mark.services

THREADS = 4  # gunicorn.conf.py
PAGE = "/.well-known/security.txt"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
POST = b"POST /connexion HTTP/1.1\r\nHost: 127.0.0.1\r\n" + FORM
BEGUN = {
    "no end of the headers": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n",
    "no end of the body": POST + b"Content-Length: 50\r\n\r\nemail=",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[tuple[str, int]]:
    """Serve with one worker, as in production but for its patience; give its URL and its port."""
    folder = tmp_path_factory.mktemp("server")
    settings, pause = (ROOT / "gunicorn.conf.py").read_text(), "\nPATIENCE = 15 "
    assert settings.count(pause) == 1
    (folder / "impatient.conf.py").write_text(settings.replace(pause, "\nPATIENCE = 1 "))
    with kept_port() as port:
        environment = os.environ | {"INSTANCE": str(folder), "EN_REGARD_ENV": "development"}
        environment["PUBLIC_URL"] = f"http://localhost:{port}"
        environment["DATABASE_URL"] = copy_sqlite(sqlite_template, folder / "test.sqlite3")
        options = ("--workers", "1", "--config", str(folder / "impatient.conf.py"))
        with gunicorn(environment, folder / "output", PAGE, *options) as url:
            yield url, port


def say(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(request)
        return connection.makefile("rb").readline()


@pytest.mark.parametrize("begun", BEGUN.values(), ids=BEGUN)
def test_slow_requests_do_not_block_others(server: tuple[str, int], begun: bytes) -> None:
    """As many slow requests as threads would otherwise block everyone else for good."""
    address, port = server
    resting = [socket.create_connection(("127.0.0.1", port)) for _ in range(THREADS)]
    try:
        for connection in resting:
            connection.sendall(begun)
        assert fetch(address + PAGE).startswith("Contact: ")
    finally:
        for connection in resting:
            connection.close()


@pytest.mark.parametrize("outlet", ["/articles/crpv", "/api/v1/articles/crpv/testimonials", "/integration/crpv"])
def test_an_address_of_ten_kilobytes_gets_the_outlet_s_414(server: tuple[str, int], outlet: str) -> None:
    """The error of gunicorn itself is a page in English, without CORS headers."""
    request = f"GET {outlet}?mots={'a' * 10_000} HTTP/1.1\r\nHost: 127.0.0.1:{server[1]}\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server[1]), timeout=PATIENCE) as connection:
        connection.sendall(request.encode())
        head, _, body = connection.makefile("rb").read().decode().partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 414 ")
    assert "longue" in body
    assert ("application/problem+json" in head) is outlet.startswith("/api/")
    assert ("Access-Control-Allow-Origin: *" in head) is (not outlet.startswith("/articles/"))


@pytest.mark.parametrize("length", [b"Transfer-Encoding: chunked", b"Content-Length: 5\r\nTransfer-Encoding: chunked"])
@pytest.mark.parametrize("chunks", [b"zz\r\na=b\r\n0\r\n\r\n", b"-1\r\na\r\n0\r\n\r\n", b"3\r\na=bXX0\r\n\r\n"])
def test_malformed_chunks_get_400(server: tuple[str, int], length: bytes, chunks: bytes) -> None:
    assert say(server[1], POST + length + b"\r\n\r\n" + chunks).split()[1] == b"400"


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"TRACE / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"405"),
        (b"GET /\x00 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"400"),
        (b"GET /%00 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"400"),
        (b"GET /%zz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"400"),
        (b"GET /vos-donnees HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: attaquant.exemple\r\n\r\n", b"400"),
        (b"GET http://attaquant.exemple/vos-donnees HTTP/1.1\r\nHost: attaquant.exemple\r\n\r\n", b"400"),
        (b"POST /connexion HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\na=bcd", b"400"),
        (b"GET /?" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"414"),
        (b"GET /vos-donnees HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: " + b"a" * 70_000 + b"\r\n\r\n", b"431"),
    ],
)
def test_malformed_requests_are_refused(server: tuple[str, int], line: bytes, status: bytes) -> None:
    assert say(server[1], line).split()[1] == status
