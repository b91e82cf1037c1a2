"""The applications that `./dev bench` compares: the product, and the bare ones that are its bases.

They run in gunicorn, in processes of their own.
"""

import json
import os
import re
import sys
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def hide_development_packages() -> None:
    """Let nothing import a package of the development lock: some libraries use what they find, unlike in production."""
    lock = (ROOT / "requirements" / "base.txt").read_text(encoding="utf-8")
    locked = set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))
    modules: dict[str, Any] = sys.modules  # None there makes an import fail
    for module, packages in packages_distributions().items():
        if locked.isdisjoint(re.sub(r"[-_.]+", "-", name).lower() for name in packages):
            modules.setdefault(module, None)


hide_development_packages()

from flask import Flask, request  # noqa: E402  # these imports must find nothing that is hidden

from app import create_app  # noqa: E402


def product() -> Flask:
    """Return the product itself."""
    return create_app()


def bare_flask() -> Flask:
    """Return a Flask application with two views: a constant, and how many fields the form that is posted has."""
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: "constant", endpoint="constant")
    app.add_url_rule(
        "/", view_func=lambda: str(len(request.form.to_dict(flat=False))), methods=["POST"], endpoint="form"
    )
    return app


def bare_wsgi() -> Any:
    """Return a WSGI callable that answers with the response that the file named in REPLAYED has."""
    response = json.loads(Path(os.environ["REPLAYED"]).read_text(encoding="utf-8"))
    status, body, headers = response["status"], bytes.fromhex(response["body"]), list(response["headers"].items())

    def replay(_environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response(status, headers[:])
        return [body]

    return replay
