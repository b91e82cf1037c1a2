"""The upgrade from 0.1.0, as docs/operating.md tells it, of databases that the release itself wrote with its demo."""

import lzma
import os
import re
from collections.abc import Iterator
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
from tests.test_prepare import PRODUCTION
from tests.visitor import FarClient, Visitor

pytestmark = [pytest.mark.both_engines, pytest.mark.services]

WRITTEN = ROOT / "tests/data"
# The private link of the first text, as 0.1.0 signed it by this key.
KEY = "k" * 32
LINKS = {
    "sqlite": "WyIyOGRmNGI0Zjc2OTZiN2M5MjJiYiIsMV0.drpqGCJ8sTUJvQdy0Qh0Vg87rY7sd8XR40dAaS3iRMQ",
    "postgresql": "WyJlYTEyZDRhMGU5MzUwZWIzNGU2NCIsMV0.zIpIQPMf9H-3JGyB2OKsJz5NouiO6P2sKX-_HgupnSc",
}
EDITOR, PASSWORD = "edition@demo.invalid", "en-regard-demo"

# What authors and editors wrote, by columns that both schemas have.
KEPT = {
    "texts": "SELECT testimonial_id, number, title, account, outcome, obstacles, advice, digest FROM version",
    "consents": "SELECT id, purpose, answer, wording_version, wording, digest FROM consent",
    "testimonials": "SELECT id, public_id, email, status, publication_consent, shown_digest FROM testimonial",
    "events": "SELECT id, kind, actor, testimonial_id FROM audit_event",
    "accounts": "SELECT id, email, name, role, password_hash FROM user_account",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database of 0.1.0."""
    if request.param == "sqlite":
        (tmp_path / "old.sqlite3").write_bytes(lzma.decompress((WRITTEN / "release-0.1.0.sqlite3.xz").read_bytes()))
        yield f"sqlite:///{tmp_path / 'old.sqlite3'}"
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    url = server.create_database("test_upgrade")
    script = lzma.decompress((WRITTEN / "release-0.1.0.postgresql.sql.xz").read_bytes())
    with psycopg.connect(url.replace("postgresql+psycopg:", "postgresql:")) as connection:
        connection.execute(script)
    yield url
    server.drop_database("test_upgrade")


def documented_commands() -> list[list[str]]:
    """Return the commands of « Upgrading », each without its comment."""
    operating = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
    block = re.search(r"^## Upgrading$.*?^```sh\n(.*?)^```$", operating, re.MULTILINE | re.DOTALL)
    assert block is not None
    return [line.partition("#")[0].split() for line in block[1].splitlines() if line.strip()]


def rows(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    with engine.connect() as connection:
        found = {name: connection.execute(text(query)).all() for name, query in KEPT.items()}
    return {name: sorted(map(tuple, each), key=repr) for name, each in found.items()}


@pytest.mark.slow("forty migrations of a whole database")
def test_the_documented_upgrade_brings_a_database_of_0_1_0_here_whole(old: str, tmp_path: Path) -> None:
    engine = create_engine(database_url(old))
    with engine.begin() as connection:  # production refuses a demo, which it knows by these
        connection.execute(text("UPDATE testimonial SET submission_key = 'form-' || id"))
    before = rows(engine)
    assert len(before["texts"]) == 26
    environment = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
    environment |= PRODUCTION | {"SECRET_KEY": KEY, "DATABASE_URL": old, "INSTANCE": str(tmp_path / "instance")}
    environment |= {"INSTANCE_SURVIVES": "1"}
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
    engine.dispose()
    walk(create_app(Testing(instance=tmp_path / "instance", database=old, SECRET_KEY=KEY)), old)


def walk(app: Flask, old: str) -> None:
    """A reader reads, an author's link of before opens, an editor's password of before lets in."""
    app.test_client_class = FarClient
    visitor = Visitor(app).get("/articles/crpv")
    assert visitor.status == 200
    assert "15 retours" in visitor.text
    assert visitor.get(f"/mon-temoignage/{LINKS[old.partition(':')[0].partition('+')[0]]}").status == 200
    assert is_signed_in(sign_in(Visitor(app), EDITOR, PASSWORD))
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
