"""The journal's second place (`JOURNAL_COPY`): another database, or a folder elsewhere.

A place takes a line that it has already as written: a sender who is not sure that a line arrived sends it again.
"""

import errno
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import Column, MetaData, NullPool, String, Table, create_engine, inspect, select, text

from app.erasure_journal.file import NAME, append_missing, read_text
from app.timeouts import Given, given_within
from config import database_url

ACT = 3.0  # seconds that an act waits for a place, at most
LOOK = 1.0  # seconds that a look does: a monitor waits for it
COMMAND = 300.0  # seconds that a command does
REST = 60.0  # seconds for which acts ask nothing of a place that refused

LINES = Table("erasure_line", MetaData(), Column("line", String, primary_key=True))


class PlaceRefused(OSError):
    """The second place takes no line, or cannot be read; `strerror` says why, without a secret."""

    def __init__(self, reason: str) -> None:
        super().__init__(errno.EIO, f"its second place: {reason}")


class Place(Protocol):
    """Where lines are written, each ending in a line feed, and read; both raise what goes wrong."""

    def write(self, lines: Sequence[str]) -> None: ...
    def read(self) -> str: ...


class Folder:
    """A folder elsewhere. It must exist: one that was not mounted would be made on the disk below."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME

    def write(self, lines: Sequence[str]) -> None:
        append_missing(self.path, lines)

    def read(self) -> str:
        if not self.path.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, "no such folder")
        return read_text(self.path)


class Database:
    """Another database: the table `erasure_line`, made by the first line where its account may."""

    def __init__(self, url: str) -> None:
        seconds = int(ACT)
        options = {} if url.startswith("sqlite") else {"connect_timeout": seconds, "tcp_user_timeout": seconds * 1000}
        # A connection an act: they are rare, and a worker's would not outlive its fork.
        self.engine = create_engine(url, poolclass=NullPool, connect_args=options, hide_parameters=True)

    def write(self, lines: Sequence[str]) -> None:
        with self.engine.begin() as connection:
            # Asked first: an account that may insert alone is refused even `IF NOT EXISTS`.
            if not inspect(connection).has_table(LINES.name):
                LINES.create(connection)
            statement = text(f"INSERT INTO {LINES.name} (line) VALUES (:line) ON CONFLICT DO NOTHING")  # noqa: S608  # a name written above
            connection.execute(statement, [{"line": line} for line in lines])

    def read(self) -> str:
        with self.engine.connect() as connection:
            if not inspect(connection).has_table(LINES.name):
                return ""
            return "".join(connection.scalars(select(LINES.c.line)))


class SecondPlace:
    """A place that is asked within a bound of time, and left alone for a minute after it refused an act."""

    def __init__(self, setting: str) -> None:
        parts = urlsplit(setting)
        self.file = {"": Path(setting) / NAME, "sqlite": Path(parts.path)}.get(parts.scheme)  # none elsewhere
        self.place: Place = Database(database_url(setting)) if parts.scheme else Folder(Path(setting))
        # Neither account nor password.
        self.name = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" if parts.scheme else setting
        self.rests_until = 0.0

    def write(self, lines: Sequence[str], patience: float = COMMAND) -> None:
        """Write lines; raise `PlaceRefused` where they are not there for certain."""
        self.ask(lambda place: place.write(lines), patience)

    def write_in_act(self, line: str) -> None:
        """Write a line while an author waits; raise `PlaceRefused`, at once where it refused one within a minute."""
        self.ask_in_act(lambda place: place.write([line]), ACT)

    def takes_lines(self) -> bool:
        """Whether it takes lines, as far as its file or folder tells; it does not for a minute after it refused one."""
        with suppress(PlaceRefused):
            self.ask_in_act(lambda _: self.look(), LOOK)
            return True
        return False

    def look(self) -> None:
        if self.file and not os.access(self.file if self.file.exists() else self.file.parent, os.W_OK):
            raise PlaceRefused("this process may not write there")  # its disk may be mounted for others alone

    def ask_in_act(self, act: Callable[[Place], None], patience: float) -> None:
        if time.monotonic() < self.rests_until:
            raise PlaceRefused("it refused a line within the last minute")
        try:
            self.ask(act, patience)
        except PlaceRefused:
            self.rests_until = time.monotonic() + REST
            raise

    def read(self) -> str:
        """Return its lines, in no order; raise `PlaceRefused` where it cannot be read whole."""
        return self.ask(lambda place: place.read(), COMMAND)

    def ask(self, act: Callable[[Place], Given], patience: float) -> Given:
        """Return what an act gives within some seconds; one that is late goes on alone, and does no harm."""
        try:
            return given_within(patience, lambda: act(self.place))
        except Exception as error:  # noqa: BLE001  # any error of another machine's client
            raise PlaceRefused(reason(error, patience)) from None


def reason(error: Exception, patience: float) -> str:
    """Return why in a few words; a client's own message may hold an address or a key."""
    if isinstance(error, TimeoutError):
        return f"no answer within {patience:g} seconds"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__


@cache
def place_of(setting: str) -> SecondPlace:
    return SecondPlace(setting)


def second_place() -> SecondPlace | None:
    setting: str = current_app.config["JOURNAL_COPY"]
    return place_of(setting) if setting else None
