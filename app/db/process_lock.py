"""The lock that tells whether a server or a deliverer runs on this machine: each holds it, on a file of `INSTANCE`."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

NAME = "running.lock"

# Descriptors, open as long as the process, and the workers that are forked from it.
HELD: list[int] = []


class StillRunning(Exception):
    """A server or a deliverer runs, and must not."""


def note_running(instance: Path) -> None:
    """Hold a share of the lock until this process and its forks end, however they do.

    Where the folder takes no file, nothing is noted.
    """
    with suppress(OSError):
        descriptor = os.open(instance / NAME, os.O_CREAT | os.O_WRONLY, 0o600)
        HELD.append(descriptor)
        fcntl.flock(descriptor, fcntl.LOCK_SH)


@contextmanager
def nothing_running(instance: Path) -> Iterator[None]:
    """Keep servers and deliverers from starting until the block ends; raise `StillRunning` if one runs.

    They wait for it.
    """
    with (instance / NAME).open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StillRunning("a server or `flask mail loop` runs here: stop it first; nothing was changed") from None
        yield
