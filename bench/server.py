"""A server run as in production: its database, its processor time and memory, and requests over open connections."""

import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from statistics import median

import flask_migrate
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from app import cli
from app.cli.database import load_shipped_content
from app.db import db
from config import IDENTITY, Config, Testing
from tests.services import postgres
from tests.visitor import FarClient, Visitor

ROOT = Path(__file__).resolve().parents[1]
ENGINES = ("sqlite", "postgresql")
KEY = "banc d’essai, banc d’essai, banc d’essai"
START_TIMEOUT = 60.0  # seconds
CONNECTIONS = 4  # so that both workers get some
PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)
BROWSER = {"Accept-Encoding": "gzip, deflate, br"}
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Database:
    """A loaded database, and an application in this process that reads the same."""

    app: Flask
    folder: Path
    url: str
    process: int | None  # PostgreSQL's


@contextmanager
def database(engine: str, load: Callable[[Session], None]) -> Iterator[Database]:
    """Give a new database, migrated, with the shipped content and whatever `load` stores."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        if engine == "sqlite":
            url = f"sqlite:///{folder / 'bench.sqlite3'}"
        else:
            server = stack.enter_context(postgres.server())
            url = server.create_database(folder.name)
            stack.callback(server.drop_database, folder.name)
        app = cli.create_app(Testing(instance=folder, database=url, SECRET_KEY=KEY))
        app.test_client_class = FarClient
        with app.app_context():
            stack.callback(db.engine.dispose)
            flask_migrate.upgrade()
            load_shipped_content("crpv.md")
            load(db.session())
            process = postmaster(db.session()) if engine == "postgresql" else None
            db.session.remove()
        yield Database(app, folder, url, process)


def postmaster(session: Session) -> int:
    """Return the process that PostgreSQL's others descend from: the parent of our connection's."""
    backend = session.scalar(text("SELECT pg_backend_pid()"))
    return int(read(Path(f"/proc/{backend}/stat")).rpartition(")")[2].split()[1])


@dataclass(frozen=True)
class Server:
    """A running gunicorn, and the process of its database, if that has one."""

    port: int
    process: int
    database_process: int | None

    def cpu(self) -> tuple[float, float]:
        """Return the processor time used so far, in microseconds: the server's own, and its database's too."""
        own, database = (cpu_time(each) for each in (self.process, self.database_process))
        return own, own + database

    def memory(self) -> float:
        """Return the memory of master and workers (PSS: a shared page counts once), in megabytes."""
        reports = [Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii") for pid in family(self.process)]
        return sum(int(kilobytes) for each in reports for kilobytes in PSS.findall(each)) / 1024


def family(process: int) -> Iterator[int]:
    """Yield a process and its descendants."""
    yield process
    for child in read(Path(f"/proc/{process}/task/{process}/children")).split():
        yield from family(int(child))


def cpu_time(process: int | None) -> float:
    """Return the processor time of all threads of a process and its descendants; `stat` only counts by 10 ms."""
    threads = (each for pid in family(process or 0) for each in Path(f"/proc/{pid}/task").glob("*/schedstat"))
    return sum(int((read(each) or "0").split()[0]) for each in threads) / 1000


def read(path: Path) -> str:
    """Return the words of a file; none for a process that has ended."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


@contextmanager
def gunicorn(app: str, database: Database, **more: str) -> Iterator[Server]:
    """Serve a function of `bench.apps`, with the settings of production and gunicorn.conf.py."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    settings = {
        "EN_REGARD_ENV": "production",
        "SECRET_KEY": KEY,
        "CONTACT": "banc@exemple.invalid",
        "DATA_CONTROLLER": "Le banc",
        **IDENTITY,
        "PUBLIC_URL": "https://127.0.0.1",
        "REQUIRE_SECOND_FACTOR": "0",
        "INSTANCE": str(database.folder),
        "DISK_IS_PERMANENT": "1",
        "DATABASE_URL": database.url,
    }
    # Connections wait for the turns of other servers.
    command = [sys.executable, "-m", "gunicorn", f"bench.apps:{app}()", "--keep-alive", "60", "--log-level", "warning"]
    command += ["--bind", f"127.0.0.1:{port}"]
    log = database.folder / f"{app}.log"
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | settings | more, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + START_TIMEOUT
        while not listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{app} did not start: {read(log)}")
            time.sleep(0.05)
        yield Server(port, process.pid, database.process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def listens(port: int) -> bool:
    """Say whether a server listens on a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def cookie(visitor: Visitor) -> dict[str, str]:
    """Return the header of a visitor's session: a form has begun it, at least, so that no answer is cached."""
    stored = visitor.client.get_cookie(visitor.client.application.config["SESSION_COOKIE_NAME"])
    return {"Cookie": f"{Config.SESSION_COOKIE_NAME}={stored.value if stored else ''}"}


@dataclass
class Subject:
    """A request and its cost in each round, in microseconds: the server's own, and with its database's.

    It is a POST where it has bodies. They are taken one after the other, as are the paths: again and again those of a
    sequence, once those of an iterator.
    """

    name: str
    server: Server
    paths: Sequence[str] | Iterator[str]
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    bodies: Iterator[bytes] | None = None
    own_costs: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.turns = self.paths if isinstance(self.paths, Iterator) else cycle(self.paths)


def compare(subjects: Sequence[Subject], *, rounds: int, requests: int) -> None:
    """Send each subject's requests in turn, round after round: a slow moment of the machine slows them all."""
    for subject in subjects:
        ask(subject, requests // 10)
    for turn in range(rounds):
        for subject in subjects if turn % 2 else reversed(subjects):
            before = subject.server.cpu()
            ask(subject, requests)
            spent = [(after - each) / requests for after, each in zip(subject.server.cpu(), before, strict=True)]
            subject.own_costs.append(spent[0])
            subject.costs.append(spent[1])


def ratio(costs: Sequence[float], bases: Sequence[float]) -> float:
    """Return the median of the rounds' ratios."""
    return median(cost / base for cost, base in zip(costs, bases, strict=True))


def ask(subject: Subject, requests: int) -> None:
    """Send requests over new connections; raise RuntimeError for another status than the subject's."""
    with connections(subject.server.port, CONNECTIONS) as pool:
        for connection, _ in zip(cycle(pool), range(requests), strict=False):
            body = next(subject.bodies) if subject.bodies else None
            head, _ = exchange(connection, message(next(subject.turns), subject.headers, body))
            if int(head[9:12]) != subject.status:
                raise RuntimeError(f"{subject.name}: {head[:40]!r}")


def fetch(server: Server, path: str, headers: Mapping[str, str]) -> tuple[str, dict[str, str], bytes]:
    """Return the status, headers and body of one response."""
    with connections(server.port, 1) as (connection,):
        head, body = exchange(connection, message(path, headers))
    status, *lines = head.decode("latin-1").split("\r\n")
    pairs = (each.partition(": ") for each in lines if each)
    return status.partition(" ")[2], {name: value for name, _, value in pairs}, body


def message(path: str, headers: Mapping[str, str], body: bytes | None = None) -> bytes:
    """Return the bytes of a request: of a POST where it has a body, each from another town, as rate limits expect."""
    method = "GET"
    if body is not None:
        method, town = "POST", ".".join(str(random.randint(1, 220)) for _ in range(4))
        form = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(body))}
        headers = {**headers, **form, "X-Forwarded-For": town}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{lines}\r\n".encode() + (body or b"")


@contextmanager
def connections(port: int, number: int) -> Iterator[list[socket.socket]]:
    """Give open connections to a server."""
    with ExitStack() as stack:
        pool = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(number)]
        for each in pool:
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield pool


def exchange(connection: socket.socket, request: bytes) -> tuple[bytes, bytes]:
    """Send a request; return head and body of its response, which must have a Content-Length."""
    connection.sendall(request)
    received = b""
    while (end := received.find(b"\r\n\r\n")) < 0:
        received += receive(connection)
    head = received[: end + 2]
    length = LENGTH.search(head)
    missing = (int(length[1]) if length and b" 304 " not in head[:20] else 0) - len(received) + end + 4
    parts = [received]
    while missing > 0:
        parts.append(receive(connection))
        missing -= len(parts[-1])
    return head, b"".join(parts)[end + 4 :]


def receive(connection: socket.socket) -> bytes:
    """Return the bytes that have come; raise RuntimeError when the server has closed the connection."""
    data = connection.recv(2**18)
    if not data:
        raise RuntimeError("the server closed the connection")
    return data
