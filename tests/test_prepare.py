"""`flask prepare`: safe at every start, on several machines at once, and never with fiction in production."""

import os
import subprocess
import sys
from pathlib import Path

from tests.services import postgres

ROOT = Path(__file__).parents[1]
PRODUCTION = {"EN_REGARD_ENV": "production", "SECRET_KEY": "k" * 32, "PUBLIC_URL": "https://x.fr", "CONTACT": "c@x.fr"}


def start(instance: Path, **settings: str) -> subprocess.Popen[str]:
    inherited = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "prepare"],
        cwd=ROOT,
        env=inherited | {"INSTANCE": str(instance)} | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_several_machines_may_prepare_at_once(tmp_path: Path, postgres_server: postgres.Server) -> None:
    url = postgres_server.create_database("test_prepare")
    machines = [start(tmp_path / str(number), DATABASE_URL=url, **PRODUCTION) for number in range(3)]
    said = [machine.communicate(timeout=120)[0] for machine in machines]
    assert [machine.returncode for machine in machines] == [0, 0, 0], said
    assert "first editor" in said[0]
    assert "demo" not in said[0]
    postgres_server.drop_database("test_prepare")


def test_production_refuses_a_database_that_holds_the_demo(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shared.sqlite3'}"
    development = start(tmp_path, EN_REGARD_ENV="development", DATABASE_URL=url)
    development.communicate(timeout=120)
    assert development.returncode == 0
    production = start(tmp_path, DATABASE_URL=url, **PRODUCTION)
    said, _ = production.communicate(timeout=120)
    assert production.returncode == 1
    assert "holds the demo" in said
