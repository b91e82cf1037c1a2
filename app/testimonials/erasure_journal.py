"""Erasure journal: a file outside the database, so that erasures and withdrawals survive a restored backup.

A line is an identifier, a moment, and `erased`, the purpose whose consent was withdrawn, or `link` and the generation
of the private link that replaced those before it: no name, address or text. `privacy.replay` reads it.
"""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

from flask import Flask, current_app
from sqlalchemy import func, insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column

from app.db import Base, now
from app.testimonials.consent import Purpose

NAME = "erasures.log"

ERASED, LINK = "erased", "link"

UNTIL_WRITTEN = (
    "erasures and withdrawals wait in the database, and no backup is good until they are written; see docs/operating.md"
)

# Appended to a line that a crash cut short, which could otherwise be read as another entry.
TORN = b" (torn)\n"


@dataclass(frozen=True)
class Entry:
    """An erasure or a withdrawal, of a testimonial, a draft or a notice (by its key); or a private link replaced.

    That line has the new generation.
    """

    public_id: str
    at: datetime
    what: str
    generation: int = 0

    @property
    def line(self) -> str:
        columns = [self.public_id, self.at.isoformat(), self.what]
        return "\t".join([*columns, str(self.generation)] if self.what == LINK else columns) + "\n"


class WaitingEntry(MappedAsDataclass, Base, kw_only=True):
    """A line that the file could not take. It is written there by the scheduled job; until then no backup is good."""

    __tablename__ = "waiting_entry"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    line: Mapped[str]
    waits_since: Mapped[datetime] = mapped_column(default_factory=now)


class JournalUnwritable(Exception):
    """Neither the file nor the database takes an entry: the act cannot be done."""


def init_app(app: Flask) -> None:
    """Say at start where the journal cannot be written: the server's, the deliverer's, and that of each command."""
    if fault := journal_fault(app.config["INSTANCE"] / NAME):
        app.logger.error("%s", fault)


def journal_path() -> Path:
    """Return its path: apart from the database, or it would be restored with it."""
    folder: Path = current_app.config["INSTANCE"]
    return folder / NAME


def journal_fault(path: Path) -> str:
    """Return, in a sentence, why the journal cannot be written; an empty string where it can. Nothing is created."""
    place = path if path.exists() else next(each for each in path.parents if each.exists())
    if path.exists() and not path.is_file():
        reason = "it is not a file"
    elif not os.access(place, os.W_OK, effective_ids=True):
        reason = f"this account may not write to {'it' if path.exists() else 'its folder'}"
    elif not os.statvfs(place).f_bavail:
        reason = "its disk is full"
    else:
        return ""
    return f"the journal of erasures cannot be written ({path}: {reason}): {UNTIL_WRITTEN}"


def append_entry(
    session: Session, public_id: str, what: str = ERASED, at: datetime | None = None, generation: int = 0
) -> None:
    """Append an entry, on the disk when this returns; call it in the transaction that it records, before the commit.

    If the commit then fails, a restored backup erases what its author did ask to erase. The other order could bring it
    back. Where the file cannot be written the line waits in the database, in the same transaction: withdrawing and
    erasing stay possible. Raises `JournalUnwritable` where the database does not take it either.
    """
    line = Entry(public_id, at or now(), what, generation).line
    try:
        write_lines(line)
    except OSError as error:
        current_app.logger.error(
            "a line of the journal of erasures is not written (%s): %s", error.strerror, UNTIL_WRITTEN
        )
        try:
            # On the connection: the session would flush what the act has only half changed.
            session.connection().execute(insert(WaitingEntry).values(line=line, waits_since=now()))
        except SQLAlchemyError as refusal:
            raise JournalUnwritable from refusal


def write_lines(lines: str) -> None:
    """Append lines to the file, whole or not at all; raise `OSError` where it does not take them."""
    path = journal_path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("ab+", buffering=0) as file:
        fcntl.flock(
            file, fcntl.LOCK_EX
        )  # until it is closed: nobody appends between a line's beginning and its removal
        end = file.seek(0, os.SEEK_END)
        content = (TORN if is_torn(file) else b"") + lines.encode()
        try:
            if file.write(content) != len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):
                file.truncate(end)
            raise


def count_waiting(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(WaitingEntry)) or 0


def write_waiting_entries(session: Session) -> int:
    """Write to the file the lines that wait; return how many. The caller commits. Raises `OSError` where it cannot.

    A commit that fails leaves them to be written twice, which replay does not mind.
    """
    waiting = session.scalars(select(WaitingEntry).order_by(WaitingEntry.id).with_for_update(skip_locked=True)).all()
    if waiting:
        write_lines("".join(entry.line for entry in waiting))
    for entry in waiting:
        session.delete(entry)
    return len(waiting)


def is_torn(file: FileIO) -> bool:
    """Say whether the last line has no end; leave the file at its end."""
    if file.seek(0, os.SEEK_END) == 0:
        return False
    file.seek(-1, os.SEEK_END)
    return file.read(1) != b"\n"


def read_entries(path: Path) -> list[Entry]:
    """Return one entry for each identifier and act, erasures first: the latest line, or the highest generation."""
    entries = sorted(filter(None, (entry for _, entry in parsed_lines(path))), key=lambda entry: entry.generation)
    latest = {(entry.public_id, entry.what): entry for entry in entries}
    return sorted(latest.values(), key=lambda entry: entry.what != ERASED)


def unreadable_lines(path: Path) -> list[int]:
    """Return the numbers of the lines that cannot be read, from 1."""
    return [number for number, entry in parsed_lines(path) if entry is None]


def parsed_lines(path: Path) -> Iterator[tuple[int, Entry | None]]:
    """Yield each line's number and its entry; None where it cannot be read."""
    *lines, rest = path.read_text(encoding="utf-8", errors="replace").split("\n")
    for number, line in enumerate(lines, 1):
        if line:
            yield number, parse_entry(line)
    if rest:
        yield len(lines) + 1, None  # cut short: its end could have changed it


def parse_entry(line: str) -> Entry | None:
    """Return a line's entry; the oldest ones are erasures alone, with a day alone: its midnight, UTC."""
    public_id, _, written = line.partition("\t")
    at, _, act = written.partition("\t")
    what, _, generation = act.partition("\t")
    if (what == LINK) is not bool(generation) or what not in {"", ERASED, LINK, *Purpose}:
        return None
    try:
        moment = datetime.fromisoformat(at)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return Entry(public_id, moment, what or ERASED, int(generation or 0))
    except ValueError:
        return None
