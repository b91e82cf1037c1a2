"""The lock that tells whether a server or a deliverer runs on this machine: each holds it, on a file of `INSTANCE`.

Beside it, a mark keeps both from starting on a restored database that does not honour the erasure journal yet.
"""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

NAME = "running.lock"
UNFINISHED = "restore-unfinished"

INTERRUPTED = (
    "the restored database does not honour the erasure journal yet: "
    "run `flask erasures replay`, which says what it lacks"
)

# Descriptors, open as long as the process, and the workers that are forked from it.
HELD: list[int] = []


class StillRunning(Exception):
    """A server or a deliverer runs, and must not."""


def note_running(instance: Path) -> None:
    """Hold a share of the lock until this process and its forks end, however they do.

    Where the folder takes no file, nothing is noted. Exits with a sentence where a restore has not honoured the erasure
    journal: what was withdrawn since the backup would be shown.
    """
    with suppress(OSError):
        descriptor = os.open(instance / NAME, os.O_CREAT | os.O_WRONLY, 0o600)
        HELD.append(descriptor)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    if is_unfinished(instance):
        sys.exit(f"cannot start: {INTERRUPTED}")


def is_unfinished(instance: Path) -> bool:
    return (instance / UNFINISHED).exists()


def mark_unfinished(instance: Path) -> None:
    """Note that a restored database has not honoured the erasure journal; call it before its commit."""
    (instance / UNFINISHED).touch(mode=0o600)


def mark_finished(instance: Path) -> None:
    (instance / UNFINISHED).unlink(missing_ok=True)


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
