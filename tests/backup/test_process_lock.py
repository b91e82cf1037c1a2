"""`flask restore` beside a real server, and beside a real deliverer: refused until they have ended."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.acts import committed
from tests.backup.test_backup import UNFINISHED, UNHONOURED, MakeBackup, done, run
from tests.services.ports import kept_port
from tests.services.server import PATIENCE, gunicorn, run_forked, start_forked, wait_until
from tests.test_config import DELIVERER, SERVER
from tests.test_prepare import PRODUCTION

pytestmark = [pytest.mark.services, pytest.mark.parametrize("engine", ["sqlite"], indirect=True)]


@contextmanager
def deliverer(environment: dict[str, str], output: Path) -> Iterator[None]:
    """Run `flask mail loop` until the block ends; it has begun once it says where e-mails go."""
    process = start_forked(DELIVERER, environment, output)
    try:
        wait_until(lambda: output.exists() and "e-mails go to" in output.read_text())
        yield
    finally:
        process.kill()
        process.join(PATIENCE)


@pytest.mark.slow("a server and a deliverer")
def test_a_server_or_a_deliverer_that_runs_refuses_a_restore(
    app: Flask, session: Session, backup: MakeBackup, elsewhere: Flask, tmp_path: Path
) -> None:
    committed(session)
    file, instance = backup(), elsewhere.config["INSTANCE"]
    session.close()
    inherited = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
    with kept_port() as port:
        # The database that the server has is another: it was moved away under it.
        environment = inherited | PRODUCTION | {
            "INSTANCE": str(instance),
            "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
            "PUBLIC_URL": f"https://localhost:{port}",
            "WEB_CONCURRENCY": "1",
        }  # fmt: skip
        refusal = (1, "Error: a server or `flask mail loop` runs here: stop it first; nothing was changed\n")
        with gunicorn(environment, tmp_path / "log", "/health"):
            assert run(elsewhere, "restore", file) == refusal
        with deliverer(environment, tmp_path / "said"):
            assert run(elsewhere, "restore", file) == refusal
        (instance / UNFINISHED).touch()  # a restore was killed before it replayed the journal
        code, said = run_forked(SERVER, environment)
        assert (code, UNHONOURED.strip() in said) == (1, True), said
    said = done(elsewhere, "restore", file)
    assert not (instance / UNFINISHED).exists()
