"""Servers started as an owner starts them: gunicorn from the root of the project, and requests to it."""

import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE = 90  # seconds, for a machine busy with other things


def fetch(address: str, patience: float = 10) -> str:
    with urllib.request.urlopen(address, timeout=patience) as answer:  # noqa: S310  # our own address on loopback
        return str(answer.read().decode())


def wait_for(address: str, process: subprocess.Popen[str]) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, "it stopped by itself"
        try:
            return fetch(address)
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError(f"nothing answers at {address}")


@contextmanager
def gunicorn(environment: Mapping[str, str], output: Path, path: str, *options: str) -> Iterator[str]:
    """Serve on the environment's PORT until the block ends; give the server's URL once `path` answers.

    What it prints is added to the file `output`.
    """
    url = f"http://127.0.0.1:{environment['PORT']}"
    with output.open("a") as file:
        process = subprocess.Popen(  # the command is written here
            [sys.executable, "-m", "gunicorn", "wsgi:app", *options],
            cwd=ROOT,
            env=environment,
            stdout=file,
            stderr=file,
            text=True,
        )
    try:
        wait_for(url + path, process)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=PATIENCE)
