"""Static files, served by WhiteNoise under names with a hash of their content, and cached for good."""

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from whitenoise import WhiteNoise

# Values that stay in no memory: the secret of a private link, and what someone searches for.
NOT_KEPT = frozenset({"token", "mots"})
SERVED = "static_files"
HASHED = re.compile(r"^/static/.+\.[0-9a-f]{12}\.[a-z0-9]+$")


def init_app(app: Flask, folder: Path) -> None:
    """Serve a folder's files before Flask sees the request; give templates `static_url(name)`."""
    white = WhiteNoise(
        app.wsgi_app, allow_all_origins=False, immutable_file_test=lambda _path, url: bool(HASHED.match(url))
    )
    addresses: dict[str, str] = {}
    served: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
            name = path.relative_to(folder).as_posix()
            addresses[name] = f"/static/{name.removesuffix(path.suffix)}.{digest}{path.suffix}"
            served[addresses[name]] = path
            white.add_file_to_dictionary(addresses[name], str(path))
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
        """Return an endpoint's path, as Flask does; it is built once, unless it has a value of `NOT_KEPT`."""
        if "_anchor" in values:
            return app.url_for(endpoint, **values)
        return build_path(endpoint, **values) if NOT_KEPT.isdisjoint(values) else paths.build(endpoint, values)


def static_files() -> Mapping[str, Path]:
    """Return the static files by their address."""
    files: Mapping[str, Path] = current_app.extensions[SERVED]
    return files
