"""Modules and templates that a server loads: all before it forks, and none that only few requests need."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.testimonials.lifecycle import Status
from tests.acts import committed
from tests.services.server import ROOT
from tests.test_config import production

# The fixture starts a process.
pytestmark = pytest.mark.services

# Modules of commands, of second factors, of an identity provider, of PDF, of metrics, and of the other engine.
RARE = {
    *("alembic", "flask_migrate", "mako", "webauthn", "cryptography", "segno", "weasyprint", "prometheus_client"),
    *("authlib", "joserfc", "requests"),
}
POSTGRESQL = {"psycopg", "sqlalchemy.dialects.postgresql"}

READ = ("/articles/crpv", "/articles/crpv?utm_source=x", "/articles/crpv?situation=regular&region=11&mots=travail")
PAGES = (*READ, "/api/v1/articles/crpv/testimonials?limite=5")
SIGN_IN = "/connexion"

# gunicorn's warming before the fork, then a worker's requests.
SERVE = f"""
import json, runpy, sys
from types import SimpleNamespace
from wsgi import app

def ready():
    return set(sys.modules) | {{name for _, name in app.jinja_env.cache.keys()}}

def ask(page):
    answer = app.test_client().get(page, base_url=app.config["PUBLIC_URL"])
    assert answer.status_code == 200, (page, answer.status)

runpy.run_path("gunicorn.conf.py")["warm"](SimpleNamespace(app=SimpleNamespace(wsgi=lambda: app)))
before = ready()
for page in {PAGES}:
    ask(page)
late = sorted(ready() - before)
ask({SIGN_IN!r})
print(json.dumps({{"late": late, "loaded": sorted(sys.modules)}}))
"""


@pytest.fixture
def server(database: str, session: Session, tmp_path: Path) -> Any:
    """Serve in a fresh process; give everything it has loaded at the end, and what it loaded after the fork."""
    committed(session, status=Status.PUBLISHED)
    done = subprocess.run(  # noqa: S603  # the command is written here
        [sys.executable, "-c", SERVE],
        cwd=ROOT,
        env=production(tmp_path) | {"DATABASE_URL": database},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.both_engines
@pytest.mark.slow("a process that loads all by itself")
def test_everything_is_loaded_before_workers_fork_and_rare_modules_never(server: Any, engine: str) -> None:
    assert server["late"] == []
    loaded = set(server["loaded"])
    assert {"flask", "sqlalchemy", "gunicorn"} < loaded
    assert RARE & loaded == set()
    assert POSTGRESQL & loaded == (POSTGRESQL if engine == "postgresql" else set())
