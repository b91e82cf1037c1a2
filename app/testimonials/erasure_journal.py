"""Erasure journal: a file outside the database, so that erasures and withdrawals survive a restored backup.

A line is an identifier, a moment, and `erased` or the purpose whose consent was withdrawn: no name, address or text.
`privacy.replay` reads it.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BufferedRandom
from pathlib import Path

from flask import current_app

from app.db import now
from app.testimonials.consent import Purpose

ERASED = "erased"

# Appended to a line that a crash cut short, which could otherwise be read as another entry.
TORN = b" (torn)\n"


@dataclass(frozen=True)
class Entry:
    """An erasure or a withdrawal, of a testimonial or a draft."""

    public_id: str
    at: datetime
    what: str


def journal_path() -> Path:
    """Return its path: apart from the database, or it would be restored with it."""
    folder: Path = current_app.config["INSTANCE"]
    return folder / "erasures.log"


def append_entry(public_id: str, what: str = ERASED, at: datetime | None = None) -> None:
    """Append an entry, on the disk when this returns; call it in the transaction that it records, before the commit.

    If the commit then fails, a restored backup erases what its author did ask to erase. The other order could bring it
    back. Raises `OSError` where the journal cannot be written: the act must then fail too.
    """
    path = journal_path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("ab+") as file:
        if is_torn(file):
            file.write(TORN)
        file.write(f"{public_id}\t{(at or now()).isoformat()}\t{what}\n".encode())
        file.flush()
        os.fsync(file.fileno())


def is_torn(file: BufferedRandom) -> bool:
    """Say whether the last line has no end; leave the file at its end."""
    if file.seek(0, os.SEEK_END) == 0:
        return False
    file.seek(-1, os.SEEK_END)
    return file.read(1) != b"\n"


def read_entries(path: Path) -> list[Entry]:
    latest = {(entry.public_id, entry.what): entry for _, entry in parsed_lines(path) if entry is not None}
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
    at, _, what = written.partition("\t")
    try:
        moment = datetime.fromisoformat(at)
        entry = Entry(public_id, moment if moment.tzinfo else moment.replace(tzinfo=UTC), what or ERASED)
    except ValueError:
        return None
    return entry if entry.what in {ERASED, *Purpose} else None
