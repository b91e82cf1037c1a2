"""Servers and commands, run as an owner types them from the root of the project; requests to the servers.

Each is a process of its own, forked from one that has loaded the product: it starts at once, instead of after 2 s.
"""

import os
import runpy
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[2]
PATIENCE = 90  # seconds, for a machine busy with other things
FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(["app.cli", "gunicorn.app.wsgiapp", "psycopg", "pytest"])


def fetch(address: str, patience: float = PATIENCE) -> str:
    with urllib.request.urlopen(address, timeout=patience) as answer:  # noqa: S310  # our own address on loopback
        return str(answer.read().decode())


def wait_for(address: str, is_running: Callable[[], bool]) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert is_running(), "it stopped by itself"
        try:
            return fetch(address)
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    raise AssertionError(f"nothing answers at {address}")


def wait_until(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happens():
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.02)


def start_forked(command: Sequence[str], environment: Mapping[str, str], output: Path) -> ForkServerProcess:
    """Start « flask … » or « gunicorn … » in this environment; what it prints is added to a file."""
    process = FORKS.Process(target=become, args=(list(command), dict(environment), str(output)), daemon=True)
    process.start()
    return process


def become(command: list[str], environment: dict[str, str], output: str) -> None:
    """Be a command until it ends: its words in a file, nothing of the environment of before."""
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for stream in (1, 2):
        os.dup2(file, stream)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    sys.argv = command
    try:
        runpy.run_module(command[0], run_name="__main__", alter_sys=True)
    except Exception as error:  # noqa: BLE001  # as the interpreter does, whatever it is
        sys.excepthook(type(error), error, error.__traceback__)
        sys.exit(1)


def run_forked(command: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str]:
    with NamedTemporaryFile("r") as output:
        process = start_forked(command, environment, Path(output.name))
        process.join(PATIENCE)
        said = output.read().strip()
    assert process.exitcode is not None, said
    return process.exitcode, said


def stop(process: ForkServerProcess) -> None:
    assert process.pid is not None
    os.kill(process.pid, signal.SIGTERM)
    process.join(PATIENCE)
    assert process.exitcode is not None, "it does not stop"


@contextmanager
def gunicorn(environment: Mapping[str, str], output: Path, path: str, *options: str) -> Iterator[str]:
    """Serve on the port of the environment's PUBLIC_URL until the block ends; give the URL once `path` answers.

    What it prints is added to the file `output`.
    """
    place = f"127.0.0.1:{urlsplit(environment['PUBLIC_URL']).port}"
    url = f"http://{place}"
    process = start_forked(["gunicorn", "--bind", place, "wsgi:app", *options], environment, output)
    try:
        wait_for(url + path, process.is_alive)
        yield url
    finally:
        stop(process)
