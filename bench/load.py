"""Asks a server the same thing many times, over connections that stay open, and counts what it costs there."""

import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from statistics import median

from bench.family import Family

CONNECTIONS = 4  # both workers get some
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


@dataclass
class Subject:
    """Something asked of a server, and what each answer has cost, round by round, in microseconds.

    `costs` are of the server and of the database's, `own_costs` of the server alone.
    """

    name: str
    family: Family
    paths: Sequence[str]
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    costs: list[float] = field(default_factory=list)
    own_costs: list[float] = field(default_factory=list)

    @property
    def cost(self) -> float:
        """Return the middle of its rounds."""
        return median(self.costs)

    @property
    def own_cost(self) -> float:
        """Return the middle of its rounds, for the server alone."""
        return median(self.own_costs)


def compare(subjects: Sequence[Subject], *, rounds: int, requests: int) -> None:
    """Ask each subject in turn, round after round, so that whatever slows the machine slows them all.

    Each is asked as often as the others: the first requests of a turn find nothing of theirs in the processor's memory.
    """
    for subject in subjects:
        ask(subject, requests // 10)
    for turn in range(rounds):
        for subject in subjects if turn % 2 else reversed(subjects):
            before, own_before = subject.family.cpu(), subject.family.own_cpu()
            ask(subject, requests)
            spent, own_spent = subject.family.cpu() - before, subject.family.own_cpu() - own_before
            subject.costs.append(spent / requests)
            subject.own_costs.append(own_spent / requests)


def ask(subject: Subject, requests: int) -> None:
    """Ask a number of times; raise where an answer has another status than expected."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in subject.headers.items())
    asked = cycle([f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{lines}\r\n".encode() for path in subject.paths])
    with connections(subject.family.port) as pool:
        for connection, _ in zip(cycle(pool), range(requests), strict=False):
            head, _ = exchange(connection, next(asked))
            if int(head[9:12]) != subject.status:
                raise RuntimeError(f"{subject.name}: {head[:40]!r}")


def fetch(family: Family, path: str, headers: Mapping[str, str]) -> tuple[str, list[tuple[str, str]], bytes]:
    """Return the status, headers and body of one answer."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with connections(family.port, 1) as (connection,):
        head, body = exchange(connection, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{lines}\r\n".encode())
    status, *pairs = head.decode("latin-1").split("\r\n")
    return status.partition(" ")[2], [tuple(each.split(": ", 1)) for each in pairs if each], body  # type: ignore[misc]  # pairs


@contextmanager
def connections(port: int, number: int = CONNECTIONS) -> Iterator[list[socket.socket]]:
    """Give open connections to a server."""
    with ExitStack() as stack:
        pool = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(number)]
        for each in pool:
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield pool


def exchange(connection: socket.socket, request: bytes) -> tuple[bytes, bytes]:
    """Send a request, and return the head and the body of its answer, which must say its length."""
    connection.sendall(request)
    received = b""
    while (end := received.find(b"\r\n\r\n")) < 0:
        received += some(connection)
    head = received[: end + 2]
    length = LENGTH.search(head)
    total = end + 4 + (int(length[1]) if length and b" 304 " not in head[:20] else 0)
    parts, got = [received], len(received)
    while got < total:
        parts.append(some(connection))
        got += len(parts[-1])
    return head, b"".join(parts)[end + 4 :]


def some(connection: socket.socket) -> bytes:
    """Return what has come; raise where the server has hung up."""
    data = connection.recv(2**18)
    if not data:
        raise RuntimeError("the server closed the connection")
    return data
