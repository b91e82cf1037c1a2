"""The product served as it is in production, and the processor time it takes: its own and its database's."""

import http.client
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).parents[1]
PATIENCE = 120.0  # seconds for a server to answer for the first time
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Site:
    """A running server, spoken to over one kept connection, as one browser would."""

    port: int
    processes: list[int]
    """Whose time is counted, with that of their children."""
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[int, str]:
        """Send a request; return the answer's status and body, and keep its cookies."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if fields is not None:
            body = urlencode(fields)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    def sign_in(self, email: str, password: str) -> None:
        """Sign in as an editor."""
        _, page = self.ask("GET", "/connexion")
        token = TOKEN.search(page)
        assert token, "the page has a form"  # noqa: S101  # narrows the type
        status, _ = self.ask(
            "POST", "/connexion", {"csrf_token": token[1], "email": email, "password": password, "next": ""}
        )
        if status != http.client.SEE_OTHER:
            raise RuntimeError(f"signing in was answered {status}")

    def seconds(self) -> float:
        """Return the processor time taken so far by the server and its database."""
        return sum(spent(pid) for root in self.processes for pid in family(root))


def family(root: int) -> Iterator[int]:
    """Yield a process and all that descend from it."""
    yield root
    try:
        children = Path(f"/proc/{root}/task/{root}/children").read_text(encoding="ascii").split()
    except OSError:  # gone meanwhile
        return
    for child in children:
        yield from family(int(child))


def spent(pid: int) -> float:
    """Return the processor time of a process's threads, in seconds, to the nanosecond."""
    total = 0
    for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            total += int(task.read_text(encoding="ascii").split()[0])
        except OSError:
            continue
    return total / 1e9


@contextmanager
def served(database: str, instance: Path, database_process: int | None = None) -> Iterator[Site]:
    """Serve a database for as long as the block lasts, by one worker, as gunicorn.conf.py says."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    environ = os.environ | {
        "EN_REGARD_ENV": "development",
        "DEMO": "0",
        "DATABASE_URL": database,
        "INSTANCE": str(instance),
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    command = [sys.executable, "-m", "gunicorn", "--workers", "1", "--log-level", "warning", "wsgi:app"]
    process = subprocess.Popen(command, cwd=ROOT, env=environ)
    try:
        wait(port)
        yield Site(port, [process.pid, *([database_process] if database_process else [])])
    finally:
        process.terminate()
        process.wait()


def wait(port: int) -> None:
    """Return once somebody answers."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
