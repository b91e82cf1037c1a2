"""Logs: a line per request with its endpoint, duration and status; never a path, an address, a token or a text."""

import io
import json
import logging
import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from app import create_app
from app.db import db
from config import Development, Testing
from tests.acts import committed, private_token
from tests.factories import ACCOUNT, AUTHOR, EDITOR, PASSWORD, an_editor
from tests.services.ports import kept_port
from tests.visitor import Visitor

# Texts of the factories that no line may contain, and patterns of addresses and tokens.
PRIVATE = (AUTHOR, EDITOR, PASSWORD, ACCOUNT[:30], "Camille", "Ville-Exemple", "ville-exemple", "Trois après-midi")
FORMS = (
    re.compile(r"[\w.+-]+@[\w-]+\.\w+"),
    re.compile(r"mon-temoignage/|recu/|connexion\?|temoigner\?"),
    re.compile(r"\bWy[\w-]{20,}\.[\w-]{20,}"),  # a signed payload begins with « [" »
    re.compile(r"csrf_token|(?<!settings\.)password|mot de passe", re.IGNORECASE),  # one endpoint has that name
)


def leaks(words: str) -> list[str]:
    return [
        line
        for line in words.splitlines()
        if any(each in line for each in PRIVATE) or any(form.search(line) for form in FORMS)
    ]


def test_a_request_logs_one_line_with_its_endpoint(app: Flask, session: Session, written: io.StringIO) -> None:
    testimonial = committed(session)
    token = private_token(testimonial)
    app.test_client().get(f"/mon-temoignage/{token}?courriel={AUTHOR}")
    app.test_client().open("/rien/de/tel", method="BREW")
    first, second = (json.loads(line) for line in written.getvalue().splitlines())
    assert first["endpoint"] == "private_page.private"
    assert (first["method"], first["status_code"], first["level"]) == ("GET", 200, "info")
    assert first["milliseconds"] > 0
    assert re.fullmatch(r"[0-9a-f]{16}", first["request_id"])
    assert (second["endpoint"], second["method"], second["status_code"]) == ("none", "other", 404)
    assert first["request_id"] != second["request_id"]
    assert leaks(written.getvalue()) == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("e-mail to camille.exemple+x@ville-exemple.fr refused", "e-mail to […@…] refused"),
        ("Error handling request /mon-temoignage/WyJhIiwxXQ.aaaaaaaaaaaaaaaaaaaaaaaaaaa", "/mon-temoignage/[…]"),
        ("Error handling request /articles/crpv?mots=suicide", "Error handling request /articles/crpv?…"),
        (f"drawn {'aB3_' * 11}", "drawn […]"),
        ("Listening at: http://127.0.0.1:8000 (4242)", "Listening at: http://127.0.0.1:8000 (4242)"),
        ("erase: 0267bc9888dc5ba4f5ca", "erase: 0267bc9888dc5ba4f5ca"),
        ("Running upgrade 0001 -> 0007, Counters", "Running upgrade 0001 -> 0007, Counters"),
    ],
)
def test_lines_of_every_logger_are_scrubbed(app: Flask, written: io.StringIO, line: str, expected: str) -> None:
    logging.getLogger("some.library").warning("%s", line)
    logging.getLogger("some.library").warning("more", extra={"about": line})
    first, second = (json.loads(each) for each in written.getvalue().splitlines())
    assert expected in first["event"]
    assert expected in second["about"]
    assert leaks(written.getvalue().replace("/mon-temoignage/[", "")) == []


@pytest.mark.both_engines
def test_an_error_is_logged_by_type_and_place_without_its_message(
    app: Flask, monkeypatch: pytest.MonkeyPatch, written: io.StringIO
) -> None:
    def breaking() -> str:
        raise ValueError(f"cannot read {ACCOUNT}")

    def refused() -> str:
        db.session.execute(text("SELECT * FROM nothing WHERE x = :x"), {"x": AUTHOR})
        return ""

    app.config["PROPAGATE_EXCEPTIONS"] = False
    for view in (breaking, refused):
        monkeypatch.setitem(app.view_functions, "privacy.your_data", view)
        assert app.test_client().get("/vos-donnees").status_code == 500
    errors = [json.loads(line) for line in written.getvalue().splitlines() if '"error"' in line]
    assert len(errors) == 2
    assert errors[0]["exception"].endswith("ValueError")
    assert "in breaking" in errors[0]["exception"]
    assert "in refused" in errors[1]["exception"]
    assert errors[0]["request_id"]
    assert leaks(written.getvalue()) == []
    assert "SELECT" not in written.getvalue().replace("SELECT * FROM nothing WHERE", "")


def test_an_unreachable_database_is_logged_with_its_refusal(tmp_path: Path, written: io.StringIO) -> None:
    with kept_port() as closed:
        nowhere = f"postgresql://nobody@127.0.0.1:{closed}/nothing?connect_timeout=1"
        away = create_app(Testing(instance=tmp_path, database=nowhere))
        answer = away.test_client().post("/mon-temoignage/nouveau-lien", data={"email": AUTHOR})
    assert answer.status_code == 503
    (line,) = (json.loads(line) for line in written.getvalue().splitlines() if '"error"' in line)
    assert line["event"].startswith("the database does not answer: ")
    assert "refused" in line["event"]
    assert " in " in line["exception"]
    assert line["exception"].endswith("OperationalError")
    assert line["request_id"]
    assert leaks(written.getvalue()) == []


def test_signing_in_and_out_logs_no_identity(app: Flask, session: Session, written: io.StringIO) -> None:
    an_editor(session)
    session.commit()
    visitor = Visitor(app).get("/connexion").fill(email=EDITOR, password="une autre phrase").press("Se connecter")
    visitor.fill(email=EDITOR, password=PASSWORD).press("Se connecter")
    visitor.get("/moderation?etat=declined")
    assert written.getvalue().count("accounts.sign_in") == 3
    assert leaks(written.getvalue()) == []


def test_development_logs_readable_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    create_app(Development({"INSTANCE": str(tmp_path)})).test_client().get("/.well-known/security.txt")
    line = capsys.readouterr().err.splitlines()[-1]
    assert "request" in line
    assert "endpoint=disclosure.security_txt" in line
