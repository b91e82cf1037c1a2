"""A port on loopback that is kept for a test: no other process is given it meanwhile."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def kept_port() -> Iterator[int]:
    """Give a port that refuses whoever connects, until a server that the test starts listens there.

    Linux lets two sockets with SO_REUSEADDR, which servers set, have one port while neither listens. Whoever asks for
    any free port is given another.
    """
    with socket.socket() as kept:
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind(("127.0.0.1", 0))
        yield kept.getsockname()[1]
