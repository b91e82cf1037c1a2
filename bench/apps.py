"""What is served while measuring: the product, and the bases it is held against."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app import create_app
from app.db import db
from app.publication.stamps import Stamps
from app.testimonials.collection import taking
from app.testimonials.reading import READING
from app.testimonials.tallies import counting
from tests.factories import the_article


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
        READING.rows(session, slug="crpv")
        counted = counting(narrow=False).rows(session, article=article, theme="", situation="", region="", crpv="")
        shelf = next(row[0] for row in counted if not any(row[1:5]))
        return "".join(row[4] for row in taking(0, further=False).rows(session, article=article, page=shelf) if row[4])

    return app


def the_database() -> tuple[Engine, int]:
    """Return the product's engine, without a connection that workers would share, and the article's number."""
    with create_app().app_context():
        engine = db.engine
        with Session(engine) as session:
            article = the_article(session).id
        engine.dispose()
    return engine, article


def wsgi_with_stamp() -> Any:
    """Return the bare callable, that reads an article's stamp first."""
    replay = bare_wsgi()
    engine, article = the_database()
    stamps = Stamps(engine)

    def read_and_replay(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        stamps.of(article)
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
