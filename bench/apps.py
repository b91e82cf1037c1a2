"""The applications that bench/pages.py compares: the product, and the bare ones that are its bases.

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

from flask import Flask  # noqa: E402  # these imports must find nothing that is hidden
from sqlalchemy import Engine  # noqa: E402
from sqlalchemy.orm import Session  # noqa: E402

from app import create_app  # noqa: E402
from app.articles import queries as articles  # noqa: E402
from app.catalog.article_text import ARTICLE_TEXT  # noqa: E402
from app.catalog.collection import page_query  # noqa: E402
from app.catalog.facet_counts import counts_query  # noqa: E402
from app.db import db  # noqa: E402
from app.page_cache.stamps import Stamps  # noqa: E402


def product() -> Flask:
    """Return the product itself."""
    return create_app()


def bare_flask() -> Flask:
    """Return a Flask application whose one view returns a constant."""
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: "constant", endpoint="constant")
    return app


def flask_with_statements() -> Flask:
    """Return a Flask application whose one view runs the three statements of the article's page and joins its cards."""
    engine, article = engine_and_article()
    app = Flask(__name__)

    @app.get("/")
    def cards() -> str:
        session = Session(engine)
        ARTICLE_TEXT.rows(session, slug="crpv")
        counts = counts_query(narrow=False).rows(
            session, article=article, theme="", situation="", region="", partner=""
        )
        facet = next(row[0] for row in counts if not any(row[1:5]))
        rows = page_query(0, further=False).rows(session, article=article, page=facet)
        return "".join(row[4] for row in rows if row[4])

    return app


def engine_and_article() -> tuple[Engine, int]:
    """Return the product's engine, with no connection that workers would share, and the article's key."""
    with create_app().app_context():
        engine = db.engine
        with Session(engine) as session:
            article = session.scalars(articles.by_slug("crpv")).one().id
        engine.dispose()
    return engine, article


def bare_wsgi() -> Any:
    """Return a WSGI callable that answers each path with the response that the file named in REPLAYED has for it."""
    responses = json.loads(Path(os.environ["REPLAYED"]).read_text(encoding="utf-8"))
    bodies = {path: bytes.fromhex(each["body"]) for path, each in responses.items()}
    headers = {path: list(each["headers"].items()) for path, each in responses.items()}

    def replay(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        start_response(responses[path]["status"], headers[path][:])
        return [bodies[path]]

    return replay


def wsgi_with_stamp() -> Any:
    """Return the same callable, which first reads the article's stamp."""
    replay = bare_wsgi()
    engine, article = engine_and_article()
    stamps = Stamps(engine)

    def read_and_replay(environ: dict[str, Any], start_response: Any) -> Any:
        stamps.current(article)
        return replay(environ, start_response)

    return read_and_replay
