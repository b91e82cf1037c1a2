"""What a server loads and what it leaves alone: whatever is loaded before workers are forked, they hold for good."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.testimonials.lifecycle import Status
from tests.factories import a_testimonial
from tests.test_prepare import PRODUCTION, ROOT

# What only commands use, or a passkey that is presented; and the drivers of the engines that one is not on.
RARE = {"alembic", "flask_migrate", "mako", "webauthn", "cryptography", "psycopg"}
DRIVERS = {"sqlite": set[str](), "postgresql": {"psycopg"}}

PAGES = (
    "/articles/crpv",
    "/articles/crpv?utm_source=x",
    "/articles/crpv?situation=past&region=11&q=travail",
    "/api/v1/articles/crpv/testimonials",
    "/connexion",
)
SERVE = """
import sys
from wsgi import app

for page in sys.argv[1:]:
    answer = app.test_client().get(page, base_url=app.config["PUBLIC_URL"])
    assert answer.status_code == 200, (page, answer.status)
print(*{name.partition(".")[0] for name in sys.modules})
"""


@pytest.fixture
def settings(database: str, tmp_path: Path) -> dict[str, str]:
    """Give the environment of a server in production, on the engine under test."""
    inherited = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    return inherited | PRODUCTION | {"INSTANCE": str(tmp_path), "DATABASE_URL": database}


def test_what_readers_are_served_loads_nothing_that_few_need(
    settings: dict[str, str], session: Session, engine: str
) -> None:
    a_testimonial(session, status=Status.PUBLISHED)
    session.commit()
    server = subprocess.run(  # noqa: S603  # the command is written here
        [sys.executable, "-c", SERVE, *PAGES], cwd=ROOT, env=settings, check=True, text=True, capture_output=True
    )
    loaded = set(server.stdout.split())
    assert {"flask", "sqlalchemy"} < loaded
    assert RARE & loaded == DRIVERS[engine]
