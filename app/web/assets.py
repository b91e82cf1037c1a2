"""Static files, served by WhiteNoise under names with a hash of their content, compressed, and cached for good."""

import gzip
import hashlib
import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache, partial
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from wsgiref.headers import Headers

import brotli
from flask import Flask, current_app
from whitenoise import WhiteNoise
from whitenoise.responders import Response, StaticFile

from app.web.compression import IDENTITY, preferred_encoding

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# Values that stay in no memory: the secret of a private link, and what someone searches for.
NOT_CACHED = frozenset({"token", "mots"})
SERVED = "static_files"
HASHED = re.compile(r"^/static/.+\.[0-9a-f]{12}\.[a-z0-9]+$")

# What gets shorter: fonts and pictures are compressed already.
COMPRESSIBLE = frozenset({".css", ".js", ".svg"})
# As short as can be: each process compresses a file once, at its first request (50 ms for the longest).
ENCODERS: Mapping[str, Callable[[bytes], bytes]] = {
    "br": partial(brotli.compress, quality=11, lgwin=18),
    "gzip": partial(gzip.compress, compresslevel=9, mtime=0),
}


class CompressedFile:
    """A file of WhiteNoise, sent in the encoding its reader prefers; a part of it (`Range`) is sent as it is."""

    def __init__(self, path: Path, plain: StaticFile) -> None:
        self.path, self.plain = path, plain

    def get_response(self, method: str, request_headers: "WSGIEnvironment") -> Response:
        response: Response = self.plain.get_response(method, request_headers)
        encoding = preferred_encoding(request_headers.get("HTTP_ACCEPT_ENCODING", ""))
        if response.status is not HTTPStatus.OK or encoding == IDENTITY:
            return response
        body = compressed(self.path, encoding)
        kept = [pair for pair in response.headers if pair[0] != "Content-Length"]
        headers = [*kept, ("Content-Encoding", encoding), ("Content-Length", str(len(body)))]
        if response.file is None:
            return Response(HTTPStatus.OK, headers, None)
        response.file.close()
        return Response(HTTPStatus.OK, headers, BytesIO(body))


@cache
def compressed(path: Path, encoding: str) -> bytes:
    return ENCODERS[encoding](path.read_bytes())


def vary_by_encoding(headers: Headers, path: str, _address: str) -> None:
    if Path(path).suffix in COMPRESSIBLE:
        headers["Vary"] = "Accept-Encoding"


def init_app(app: Flask, folder: Path, own: Mapping[str, Path]) -> None:
    """Serve a folder's files and the owner's own before Flask sees the request; give templates `static_url(name)`."""
    white = WhiteNoise(
        app.wsgi_app,
        allow_all_origins=False,
        immutable_file_test=lambda _path, url: bool(HASHED.match(url)),
        add_headers_function=vary_by_encoding,
    )
    addresses: dict[str, str] = {}
    served: dict[str, Path] = {}
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    for name, path in {**files, **own}.items():
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        addresses[name] = f"/static/{name.removesuffix(path.suffix)}.{digest}{path.suffix}"
        served[addresses[name]] = path
        white.add_file_to_dictionary(addresses[name], str(path))
        if path.suffix in COMPRESSIBLE:
            white.files[addresses[name]] = CompressedFile(path, white.files[addresses[name]])
    app.extensions[SERVED] = served
    app.wsgi_app = white  # type: ignore[method-assign]  # Flask's documented way to wrap the application

    @app.template_global()
    def static_url(name: str) -> str:
        """Return the address of a static file; an unknown name is a KeyError at the first rendering."""
        return addresses[name]

    paths = app.url_map.bind("")

    @lru_cache(maxsize=1_000)
    def build_path(endpoint: str, **values: Any) -> str:
        return paths.build(endpoint, values)

    @app.template_global("url_for")
    def address(endpoint: str, **values: Any) -> str:
        """Return an endpoint's path, as Flask does; it is built once, unless it has a value of `NOT_CACHED`."""
        if "_anchor" in values:
            return app.url_for(endpoint, **values)
        if NOT_CACHED.isdisjoint(values):
            return build_path(endpoint, **values)
        app.inject_url_defaults(endpoint, values)  # the new signature of a link (app/tokens.py)
        return paths.build(endpoint, values)


def static_files() -> Mapping[str, Path]:
    files: Mapping[str, Path] = current_app.extensions[SERVED]
    return files
