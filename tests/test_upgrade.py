"""The upgrade from 1.0.0, as docs/operating.md tells it, of databases that it wrote with its demo.

They are made by its own code: `flask prepare` in development with `KEY`, then `VACUUM`, or
`pg_dump --inserts --no-owner --no-privileges`, then `xz -9e`.
"""

import json
import lzma
import re
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, text

from app import create_app
from app.db import db
from config import Testing, database_url
from tests.accounts.signing_in import is_signed_in, sign_in
from tests.services import postgres
from tests.services.server import ROOT, run_forked
from tests.test_config import production
from tests.visitor import FarClient, Visitor

pytestmark = [pytest.mark.both_engines, pytest.mark.services]

WRITTEN = ROOT / "tests/data"
ENGINES = ("sqlite", "postgresql")
KEY = "k" * 32
PASSWORD = "en-regard-demo"


EDITOR = "edition@demo.example"
# The private link of the first text.
LINKS = {
    "sqlite": "WyIwOTA5N2QzZjIwNDBhMjRhMmVjOSIsMV0.ckLCSqzxImjHT--8FAjirw9XEvo53SCrz60FE7le_Bg",
    "postgresql": "WyJhMDFhYjRlN2QyOTAxYWRkNDM4MCIsMV0.4JVu69l5tkZ03ygjozCoByL8A3xbh0L14P5v6aoQyDY",
}

# What authors and editors wrote, by columns that all schemas have.
KEPT = {
    "texts": "SELECT testimonial_id, number, title, account, outcome, obstacles, advice, digest FROM version",
    "consents": "SELECT id, purpose, answer, wording_version, wording, digest, at FROM consent",
    "testimonials": "SELECT id, public_id, email, status, publication_consent, shown_digest FROM testimonial",
    "events": "SELECT id, kind, actor, testimonial_id FROM audit_event",
    "decisions": "SELECT id, testimonial_id, action, message, reason FROM decision",
    "e-mails": "SELECT id, message, recipient, testimonial_id, due_at FROM email",
    "notices": "SELECT id, testimonial_id, words, email, at FROM notice",
    "accounts": "SELECT id, email, name, role, password_hash FROM user_account",
}


def database_of(engine: str, folder: Path, server: postgres.Server) -> str:
    if engine == "sqlite":
        url = f"sqlite:///{folder / 'old.sqlite3'}"
        (folder / "old.sqlite3").write_bytes(lzma.decompress((WRITTEN / "release-1.0.0.sqlite3.xz").read_bytes()))
    else:
        url = server.create_database(f"release_{folder.name}")
        script = lzma.decompress((WRITTEN / "release-1.0.0.postgresql.sql.xz").read_bytes())
        with psycopg.connect(url.replace("postgresql+psycopg:", "postgresql:")) as connection:
            connection.execute(script)
    database = create_engine(database_url(url))
    with database.begin() as connection:  # production refuses a demo, which it knows by these
        connection.execute(text("UPDATE testimonial SET submission_key = 'form-' || id"))
    database.dispose()
    return url


# A year whose report was published, of which the demo has none.
REPORT = (
    "INSERT INTO moderation_report (year, sections, introduction, counted_at, edited_at, edition)"
    " VALUES (2025, '[]', 'Une année de modération', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, 1)"
)
FROM_EVENTS = "FROM audit_event WHERE"


def documented_commands() -> list[list[str]]:
    operating = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
    block = re.search(r"^## Mettre à jour$.*?^```sh\n(.*?)^```$", operating, re.MULTILINE | re.DOTALL)
    assert block is not None
    return [line.partition("#")[0].split() for line in block[1].splitlines() if line.strip()]


def rows(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    with engine.connect() as connection:
        found = {name: connection.execute(text(query)).all() for name, query in KEPT.items()}
    return {name: sorted(map(tuple, each), key=repr) for name, each in found.items()}


@pytest.mark.slow("the migrations since, of a whole database")
@pytest.mark.parametrize("name", ENGINES)
def test_the_documented_upgrade_brings_a_database_here_whole(
    name: str, tmp_path: Path, postgres_server: postgres.Server
) -> None:
    url = database_of(name, tmp_path, postgres_server)
    engine = create_engine(database_url(url))
    with engine.begin() as connection:
        connection.execute(text(REPORT))
    before = rows(engine)
    assert (len(before["texts"]), len(before["consents"])) == (35, 140)
    shown_by = query(engine, f"SELECT testimonial_id, min(at) {FROM_EVENTS} kind = 'confirm' GROUP BY testimonial_id")
    placed = query(engine, f"SELECT testimonial_id, max(at) {FROM_EVENTS} kind = 'placed' GROUP BY testimonial_id")
    environment = production(tmp_path / "instance") | {"SECRET_KEY": KEY, "DATABASE_URL": url}
    install, *commands = documented_commands()
    assert (install[0], (ROOT / install[-1]).is_file()) == (".venv/bin/pip", True)
    assert [each[:3] for each in commands] == [[".venv/bin/flask", "--app", "wsgi"]] * len(commands)
    assert commands[0][3:] == ["prepare"]
    for command in [*commands, [*commands[0][:3], "privacy", "verify"], [*commands[0][:3], "db", "check"]]:
        code, said = run_forked(["flask", *command[1:]], environment)
        assert code == 0, (command, said[-2000:])
    after = rows(engine)
    added = set(after["events"]) - set(before["events"])
    assert set(before["events"]) <= set(after["events"])
    assert added == set(), "an upgrade is nobody's act"
    assert {name: after[name] for name in after if name != "events"} == {
        name: before[name] for name in before if name != "events"
    }
    confirmed = "SELECT id, confirmed_at FROM testimonial WHERE confirmed_at IS NOT NULL"
    assert query(engine, confirmed) == shown_by, "by the log"
    assert set(query(engine, "SELECT testimonial_id, quoted_at FROM placement")) == set(placed)
    engine.dispose()
    kept = tmp_path / "instance" / "moderation-reports.json"
    assert [each["introduction"] for each in json.loads(kept.read_text())] == ["Une année de modération"]
    assert kept.stat().st_mode & 0o777 == 0o600
    walk(create_app(Testing(instance=tmp_path / "instance", database=url, SECRET_KEY=KEY)), engine.name)


def query(engine: Engine, statement: str) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return sorted(map(tuple, connection.execute(text(statement))))


def walk(app: Flask, engine: str) -> None:
    """A reader reads, an author's link of before opens, an editor's password of before lets in."""
    app.test_client_class = FarClient
    visitor = Visitor(app).get("/articles/crpv")
    assert visitor.status == 200
    assert "15 retours" in visitor.text
    assert visitor.get(f"/mon-temoignage/{LINKS[engine]}").status == 200
    assert is_signed_in(sign_in(Visitor(app), EDITOR, PASSWORD))
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
