"""The upgrade from each release, as docs/operating.md tells it, of databases that it wrote with its demo.

They are made by its own code: `flask prepare` in development with `KEY`, then `VACUUM`, or
`pg_dump --inserts --no-owner --no-privileges`, then `xz -9e`.
"""

import lzma
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
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
ENGINES = ("sqlite", "postgresql")
KEY = "k" * 32
PASSWORD = "en-regard-demo"


@dataclass(frozen=True)
class Release:
    """A release: its texts, what readers are told, its demo's editor, the private link of the first text by engine."""

    version: str
    texts: int
    lines: int
    listed: str
    editor: str
    links: Mapping[str, str]


RELEASES = (
    Release(
        version="0.1.0",
        texts=26,
        lines=104,
        listed="15 retours",
        editor="edition@demo.invalid",
        links={
            "sqlite": "WyIyOGRmNGI0Zjc2OTZiN2M5MjJiYiIsMV0.drpqGCJ8sTUJvQdy0Qh0Vg87rY7sd8XR40dAaS3iRMQ",
            "postgresql": "WyJlYTEyZDRhMGU5MzUwZWIzNGU2NCIsMV0.zIpIQPMf9H-3JGyB2OKsJz5NouiO6P2sKX-_HgupnSc",
        },
    ),
    Release(
        version="1.0.0",
        texts=35,
        lines=140,
        listed="15 retours",
        editor="edition@demo.example",
        links={
            "sqlite": "WyIwOTA5N2QzZjIwNDBhMjRhMmVjOSIsMV0.ckLCSqzxImjHT--8FAjirw9XEvo53SCrz60FE7le_Bg",
            "postgresql": "WyJhMDFhYjRlN2QyOTAxYWRkNDM4MCIsMV0.4JVu69l5tkZ03ygjozCoByL8A3xbh0L14P5v6aoQyDY",
        },
    ),
)
CASES = [
    pytest.param((release, engine), id=f"{release.version}-{engine}") for release in RELEASES for engine in ENGINES
]

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


@pytest.fixture(params=CASES)
def old(request: pytest.FixtureRequest, tmp_path: Path, postgres_server: postgres.Server) -> tuple[Release, str]:
    """A release, and the URL of a database that it wrote."""
    release, engine = request.param
    return release, database_of(release.version, engine, tmp_path, postgres_server)


def database_of(version: str, engine: str, folder: Path, server: postgres.Server) -> str:
    """Return the URL of a database that a release wrote, as one of production."""
    if engine == "sqlite":
        url = f"sqlite:///{folder / 'old.sqlite3'}"
        (folder / "old.sqlite3").write_bytes(lzma.decompress((WRITTEN / f"release-{version}.sqlite3.xz").read_bytes()))
    else:
        url = server.create_database(f"release_{folder.name}")
        script = lzma.decompress((WRITTEN / f"release-{version}.postgresql.sql.xz").read_bytes())
        with psycopg.connect(url.replace("postgresql+psycopg:", "postgresql:")) as connection:
            connection.execute(script)
    database = create_engine(database_url(url))
    with database.begin() as connection:  # production refuses a demo, which it knows by these
        connection.execute(text("UPDATE testimonial SET submission_key = 'form-' || id"))
    database.dispose()
    return url


def documented_commands() -> list[list[str]]:
    """Return the commands of « Mettre à jour », each without its comment."""
    operating = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
    block = re.search(r"^## Mettre à jour$.*?^```sh\n(.*?)^```$", operating, re.MULTILINE | re.DOTALL)
    assert block is not None
    return [line.partition("#")[0].split() for line in block[1].splitlines() if line.strip()]


def rows(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    with engine.connect() as connection:
        found = {name: connection.execute(text(query)).all() for name, query in KEPT.items()}
    return {name: sorted(map(tuple, each), key=repr) for name, each in found.items()}


@pytest.mark.slow("forty migrations of a whole database")
def test_the_documented_upgrade_brings_a_database_here_whole(old: tuple[Release, str], tmp_path: Path) -> None:
    release, url = old
    engine = create_engine(database_url(url))
    before = rows(engine)
    assert (len(before["texts"]), len(before["consents"])) == (release.texts, release.lines)
    environment = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
    environment |= PRODUCTION | {"SECRET_KEY": KEY, "DATABASE_URL": url, "INSTANCE": str(tmp_path / "instance")}
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
    walk(create_app(Testing(instance=tmp_path / "instance", database=url, SECRET_KEY=KEY)), release, engine.name)


def walk(app: Flask, release: Release, engine: str) -> None:
    """A reader reads, an author's link of before opens, an editor's password of before lets in."""
    app.test_client_class = FarClient
    visitor = Visitor(app).get("/articles/crpv")
    assert visitor.status == 200
    assert release.listed in visitor.text
    assert visitor.get(f"/mon-temoignage/{release.links[engine]}").status == 200
    assert is_signed_in(sign_in(Visitor(app), release.editor, PASSWORD))
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
