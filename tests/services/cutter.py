"""A proxy on loopback before a real PostgreSQL, which goes away at a chosen message and comes back when told."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from sqlalchemy.engine import URL, make_url

CHUNK = 64 * 1024  # bytes


@dataclass
class Cutter:
    """The proxy: `cut_after()` lets some messages of the client through, then closes everything and answers nobody."""

    listener: socket.socket
    behind: URL
    messages_left: int | None = None
    is_heard: bool = False
    is_mute: bool = False
    is_cut: bool = False
    times_mended: int = 0
    connections: set[socket.socket] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        port = self.listener.getsockname()[1]
        through = self.behind.set(host="127.0.0.1", port=port, query={"sslmode": "disable", "gssencmode": "disable"})
        return through.render_as_string(hide_password=False)

    def cut_after(self, messages: int, *, is_heard: bool = False) -> None:
        """Go away at the message after so many; `is_heard`: the server gets that one, and its answer is lost."""
        with self.lock:
            self.messages_left, self.is_heard = messages, is_heard

    def cut(self) -> None:
        with self.lock:
            self.is_cut = True
            closed, self.connections = self.connections, set()
        for each in closed:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def mend(self) -> bool:
        """Come back; return whether it had gone away."""
        with self.lock:
            was_cut, self.is_cut, self.is_mute, self.messages_left = self.is_cut, False, False, None
            self.times_mended += 1
        return was_cut

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self.relay, args=(client,), daemon=True).start()

    def relay(self, client: socket.socket) -> None:
        if self.is_cut:
            client.close()
            return
        server = self.connect()
        with self.lock:
            self.connections |= {client, server}
        threading.Thread(target=self.pump, args=(server, client, False), daemon=True).start()
        self.pump(client, server, counted=True)

    def connect(self) -> socket.socket:
        folder = str(self.behind.query.get("host", self.behind.host or "127.0.0.1"))
        if not folder.startswith("/"):
            return socket.create_connection((folder, self.behind.port or 5432))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{folder}/.s.PGSQL.{self.behind.port or 5432}")
        return server

    def pump(self, source: socket.socket, target: socket.socket, counted: bool) -> None:  # a thread's
        """Pass on what comes; at a counted message beyond the limit, everything closes."""
        with suppress(OSError):
            while data := source.recv(CHUNK):
                times_mended = self.times_mended
                if counted and not self.passes():
                    self.go_away(target, data, times_mended)
                    return
                if counted or not self.is_mute:
                    target.sendall(data)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def go_away(self, server: socket.socket, message: bytes, times_mended: int) -> None:
        """Cut at a message; where another connection did so first, and all is mended since, it is past."""
        if self.is_heard:
            with self.lock:
                self.is_mute = times_mended == self.times_mended
            with suppress(OSError):  # closed with the other connection
                server.sendall(message)
            time.sleep(0.02)  # for the server to act
        if times_mended == self.times_mended:
            self.cut()

    def passes(self) -> bool:
        with self.lock:
            if self.messages_left is None:
                return True
            self.messages_left -= 1
            return self.messages_left >= 0


@contextmanager
def cutter(database: str) -> Iterator[Cutter]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = Cutter(listener, make_url(database))
        threading.Thread(target=proxy.serve, daemon=True).start()
        yield proxy
        proxy.cut()
