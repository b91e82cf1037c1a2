"""What is served while measuring: the product, and the bases it is held against."""

import json
import os
import re
import sys
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def as_in_production() -> None:
    """Let nothing be loaded that only the development lock brings: libraries take some of it where they find it."""
    lock = (ROOT / "requirements" / "base.txt").read_text(encoding="utf-8")
    locked = set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))
    modules: dict[str, Any] = sys.modules  # None there is Python's way to say « not to be had »
    for module, brought_by in packages_distributions().items():
        if locked.isdisjoint(re.sub(r"[-_.]+", "-", name).lower() for name in brought_by):
            modules.setdefault(module, None)


as_in_production()

from flask import Flask  # noqa: E402  # after what must come first
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
    """Return the product as it is."""
    return create_app()


def bare_flask() -> Flask:
    """Return a Flask application whose one view returns a constant."""
    app = Flask(__name__)

    @app.get("/")
    def constant() -> str:
        return "constant"

    return app


def flask_with_statements() -> Flask:
    """Return a Flask application whose one view asks what the article's page asks, and returns its cards, no more."""
    engine, article = the_database()
    app = Flask(__name__)

    @app.get("/")
    def cards() -> str:
        session = Session(engine)
        ARTICLE_TEXT.rows(session, slug="crpv")
        counted = counts_query(narrow=False).rows(session, article=article, theme="", situation="", region="", crpv="")
        facet = next(row[0] for row in counted if not any(row[1:5]))
        return "".join(
            row[4] for row in page_query(0, further=False).rows(session, article=article, page=facet) if row[4]
        )

    return app


def the_database() -> tuple[Engine, int]:
    """Return the product's engine, without a connection that workers would share, and the article's number."""
    with create_app().app_context():
        engine = db.engine
        with Session(engine) as session:
            article = session.scalars(articles.latest_article()).one().id
        engine.dispose()
    return engine, article


def wsgi_with_stamp() -> Any:
    """Return the bare callable, that reads an article's stamp first."""
    replay = bare_wsgi()
    engine, article = the_database()
    stamps = Stamps(engine)

    def read_and_replay(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        stamps.current(article)
        answer: Iterable[bytes] = replay(environ, start_response)
        return answer

    return read_and_replay


def bare_wsgi() -> Any:
    """Return a callable that answers, whatever it is asked, what the file in REPLAYED holds for that encoding."""
    said = json.loads(Path(os.environ["REPLAYED"]).read_text(encoding="utf-8"))
    answers = {name: (each["status"], each["headers"], bytes.fromhex(each["body"])) for name, each in said.items()}

    def replay(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        status, headers, body = answers[environ["PATH_INFO"]]
        start_response(status, [(name, value) for name, value in headers])
        return [body]

    return replay
