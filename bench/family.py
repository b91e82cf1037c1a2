"""A server measured as a whole: the master, its workers and, beside them, whoever they make work."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 60.0  # seconds


@dataclass(frozen=True)
class Family:
    """A process and all its descendants, and those of the processes beside it."""

    root: int
    port: int = 0
    beside: Sequence["Family"] = field(default=())

    def members(self) -> set[int]:
        """Return who is alive of it."""
        children: dict[int, list[int]] = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            if facts := stat_of(int(stat.parent.name)):
                children.setdefault(int(facts[1]), []).append(int(stat.parent.name))
        found, to_visit = set(), [self.root]
        while to_visit:
            found.add(pid := to_visit.pop())
            to_visit += children.get(pid, [])
        return found

    def cpu(self) -> float:
        """Return the processor time used so far, in microseconds, by it and by those beside it."""
        return self.own_cpu() + sum(each.cpu() for each in self.beside)

    def own_cpu(self) -> float:
        """Return the processor time its threads have used so far, in microseconds: to the nanosecond, unlike `stat`."""
        spent = sum(time_of(task) for pid in self.members() for task in Path(f"/proc/{pid}/task").glob("*/schedstat"))
        return spent / 1000

    def pss(self) -> float:
        """Return the memory it holds, what is shared being counted once, in megabytes; without those beside it."""
        total = 0
        for pid in self.members():
            said = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
            total += int(re.findall(r"^Pss:\s+(\d+) kB", said, re.MULTILINE)[0])
        return total / 1024


def time_of(task: Path) -> int:
    """Return the nanoseconds a thread has run; none for one that has gone."""
    try:
        return int(task.read_text(encoding="ascii").split()[0])
    except OSError:
        return 0


def stat_of(pid: int) -> list[str] | None:
    """Return the fields of /proc/PID/stat from the third on, or None for one that has gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None


def postgres_at(folder: str) -> Family:
    """Return the PostgreSQL server whose files are in a folder, with its backends."""
    for cmdline in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = cmdline.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"/postgres") and any(word.startswith(folder.encode()) for word in words):
            return Family(int(cmdline.parent.name))
    raise RuntimeError(f"no PostgreSQL server runs in {folder}")


@contextmanager
def gunicorn(app: str, settings: Mapping[str, str], *, beside: Sequence[Family] = ()) -> Iterator[Family]:
    """Give a running server, as the product is served: gunicorn.conf.py and all."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", app, "--config", str(ROOT / "gunicorn.conf.py")]
    command += ["--keep-alive", "60"]  # the connections kept open wait for each other's turn
    with running(command, {**settings, "PORT": str(port)}, port, beside) as family:
        yield family


@contextmanager
def running(
    command: Sequence[str], settings: Mapping[str, str], port: int, beside: Sequence[Family] = ()
) -> Iterator[Family]:
    """Give the family of a command that listens on a port, for as long as the block lasts."""
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings})
    try:
        deadline = time.monotonic() + PATIENCE
        while not listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command[0]} did not start")
            time.sleep(0.05)
        yield Family(process.pid, port, beside)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def listens(port: int) -> bool:
    """Say whether someone listens on a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """Return a port that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
