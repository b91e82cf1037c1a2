"""What is served while measuring: the product, and the bases it is held against."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flask import Flask

from app import create_app


def product() -> Flask:
    """Return the product as it is."""
    return create_app()


def bare_flask() -> Flask:
    """Return a Flask application whose one view returns a constant."""
    app = Flask(__name__)

    @app.get("/")
    def constant() -> str:
        return "constant"

    return app


def bare_wsgi() -> Any:
    """Return a callable that answers, whatever it is asked, what the file in REPLAYED holds for that encoding."""
    said = json.loads(Path(os.environ["REPLAYED"]).read_text(encoding="utf-8"))
    answers = {name: (each["status"], each["headers"], bytes.fromhex(each["body"])) for name, each in said.items()}

    def replay(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        status, headers, body = answers[environ["PATH_INFO"]]
        start_response(status, [(name, value) for name, value in headers])
        return [body]

    return replay
