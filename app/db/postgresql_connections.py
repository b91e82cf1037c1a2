"""Connections to PostgreSQL that give up a server which says nothing: a hung one would hold every thread for ever.

The kernel goes on acknowledging what is sent to a process that is stopped, so that no setting of the network ends the
wait. A connection that has waited `LONGEST_SILENCE` for a word asks whether the server still takes connections: one
that does is busy, and may take as long as it needs. Of one that does not, nothing is asked for some seconds, but by one
thread now and then: the others answer at once with a 503.
"""

from collections.abc import Generator, Mapping
from threading import Lock
from time import monotonic
from typing import Any

import psycopg
from psycopg.errors import ConnectionTimeout
from psycopg.waiting import READY_NONE

LONGEST_SILENCE = 2.0  # seconds for a word, before the server is asked whether it is there
PAUSE = 5.0  # seconds between two attempts at a server that is not
# Unless DATABASE_URL says otherwise. The last four end a connection that the network has lost while the server is well.
SETTINGS: Mapping[str, int] = {
    "connect_timeout": 5,  # seconds
    "tcp_user_timeout": 30_000,  # milliseconds without the other side's acknowledgement
    "keepalives_idle": 60,  # seconds
    "keepalives_interval": 10,
    "keepalives_count": 3,
}


class Server:
    """A PostgreSQL server as this process knows it: `silent_until` is when it may be asked again, 0 if it answers."""

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        self.parameters = parameters
        self.silent_until = 0.0
        self.turns, self.asking = Lock(), Lock()

    def refuse_if_silent(self) -> None:
        """Raise `OperationalError` if it said nothing lately; once each `PAUSE`, one caller may find out."""
        if not self.silent_until:
            return
        with self.turns:
            if monotonic() < self.silent_until:
                raise psycopg.OperationalError("PostgreSQL does not answer")
            self.silent_until = monotonic() + PAUSE

    def takes_connections(self) -> bool:
        """Whether the server answers a new connection, even by a refusal. One thread asks; the others wait."""
        with self.asking:
            if monotonic() < self.silent_until:
                return False
            try:
                psycopg.connect(**self.parameters).close()
            except ConnectionTimeout:
                self.silent_until = monotonic() + PAUSE
                return False
            except psycopg.OperationalError as error:
                return "FATAL" in str(error)
            self.silent_until = 0.0
            return True


class WatchedConnection(psycopg.Connection[Any]):
    """A connection whose waits end when its server is gone."""

    server: Server

    def wait(self, gen: Generator[Any, Any, Any], *timing: Any, **named: Any) -> Any:
        """Wait as psycopg does; raise `OperationalError` for a server that does not answer."""
        return super().wait(self.watched(gen), *timing, **named)

    def watched(self, steps: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """Pass on the steps of an exchange; psycopg wakes them up ten times a second while nothing comes."""
        asked_at = monotonic()
        try:
            state = next(steps)
            self.refuse_if_silent()  # not sooner: what is only set here asks nothing of the server
            while True:
                ready = yield state
                if ready != READY_NONE:
                    self.server.silent_until = 0.0
                elif monotonic() - asked_at > LONGEST_SILENCE:
                    self.give_up_if_silent()
                    asked_at = monotonic()
                state = steps.send(ready)
        except StopIteration as end:
            return end.value

    def refuse_if_silent(self) -> None:
        """Close, and raise `OperationalError`, if the server said nothing lately: the holder sees a lost connection."""
        try:
            self.server.refuse_if_silent()
        except psycopg.OperationalError:
            self.pgconn.finish()
            raise

    def give_up_if_silent(self) -> None:
        """Close, and raise `OperationalError`, if the server takes no connections either."""
        if not self.server.takes_connections():
            self.pgconn.finish()
            raise psycopg.OperationalError("PostgreSQL does not answer")


# By address: connections to it share what is known.
SERVERS: dict[tuple[str, ...], Server] = {}


def connect(parameters: Mapping[str, Any]) -> WatchedConnection:
    """Connect; raise psycopg's `OperationalError`, at once for a server that said nothing lately."""
    parameters = {**SETTINGS, **parameters}
    address = tuple(str(parameters.get(name)) for name in ("host", "hostaddr", "port", "dbname", "user"))
    asked = {name: value for name, value in parameters.items() if name != "context"}
    server = SERVERS.setdefault(address, Server(asked))
    server.refuse_if_silent()
    try:
        connection = WatchedConnection.connect(**parameters)
    except ConnectionTimeout:
        server.silent_until = monotonic() + PAUSE
        raise
    server.silent_until = 0.0
    connection.server = server
    return connection
