"""Commands of the product, each in a process of its own, forked from one that has loaded it: 0.1 s instead of 2."""

import os
import runpy
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from pathlib import Path

from tests.services.server import PATIENCE, ROOT

FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(["app.cli", "gunicorn.app.wsgiapp", "psycopg", "pytest"])


def run_forked(command: Sequence[str], environment: Mapping[str, str], output: Path) -> tuple[int, str]:
    """Run « flask … » or « gunicorn … » from the root, in this environment; return its exit code and what it printed."""
    process = FORKS.Process(target=become, args=(list(command), dict(environment), str(output)), daemon=True)
    process.start()
    process.join(PATIENCE)
    assert process.exitcode is not None, output.read_text()
    return process.exitcode, output.read_text().strip()


def become(command: list[str], environment: dict[str, str], output: str) -> None:
    """Be that command until the process ends: its words in a file, nothing of the environment of before."""
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(file, stream)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    sys.argv = command
    try:
        runpy.run_module(command[0], run_name="__main__", alter_sys=True)
    except Exception:  # noqa: BLE001  # as the interpreter does, whatever it is
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]  # an exception is being handled
        sys.exit(1)
