"""`./dev run`, as it is typed: a page, testimonials beside the article, e-mails in a folder, and a clean stop."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from tests.depth import DEPTH
from tests.services import postgres
from tests.services.ports import kept_port
from tests.services.server import PATIENCE, ROOT, fetch, wait_for, wait_until


@pytest.fixture
def port() -> Iterator[int]:
    with kept_port() as port:
        yield port


@pytest.mark.parametrize(("demo", "on_postgres"), DEPTH.drawn([("1", False), ("0", False), ("1", True)]))
@pytest.mark.slow("the whole product is started, as by its developers")
def test_dev_run_starts_everything(
    tmp_path: Path, postgres_server: postgres.Server, port: int, demo: str, on_postgres: bool
) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "EN_REGARD_ENV"}}
    environment |= {"PORT": str(port), "INSTANCE": str(tmp_path / "instance"), "DEMO": demo}
    if on_postgres:
        environment["DATABASE_URL"] = postgres_server.create_database("test_run")
    log = tmp_path / "output"
    with log.open("w") as output:
        process = subprocess.Popen(  # noqa: S603  # the command is written here
            [str(ROOT / "dev"), "run"], env=environment, stdout=output, stderr=output, text=True, start_new_session=True
        )
    try:
        page = wait_for(f"http://127.0.0.1:{port}/articles/crpv", lambda: process.poll() is None)
        assert "<h1" in page
        assert ("Démonstration" in page) is (demo == "1")
        assert ("/temoignages/" in page) is (demo == "1")
        stylesheet = re.findall(r'href="(/static/base\.[0-9a-f]{12}\.css)"', page)[0]
        assert "--paper" in fetch(f"http://127.0.0.1:{port}{stylesheet}")
        words = log.read_text()
        assert f"En regard       http://localhost:{port}\n" in words
        assert '"rpId": "localhost"' in unescape(fetch(f"http://localhost:{port}/connexion"))
        assert "data-passkey" not in fetch(f"http://127.0.0.1:{port}/connexion"), "no browser would make one there"
        assert str(tmp_path / "instance" / "mail") in words
        if demo == "1":
            assert "edition@demo.example" in words
            folder = tmp_path / "instance" / "mail"
            wait_until(lambda: bool(list(folder.glob("*.eml"))))  # the loop delivers
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=PATIENCE)
    deadline = time.monotonic() + PATIENCE
    with pytest.raises(ProcessLookupError):  # noqa: PT012  # it is asked until it raises
        while time.monotonic() < deadline:  # processes may take a moment to end
            os.killpg(process.pid, 0)
            time.sleep(0.1)
    postgres_server.drop_database("test_run")
