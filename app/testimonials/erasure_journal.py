"""The journal outside the database: what was erased or taken back, so that a restored backup honours it again.

One line for each: an identifier, the moment, and what (`erased`, or the purpose whose consent was taken back).
No name, no address, no text.
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

# Put behind a line that a crash cut short, which could otherwise be read as another: nothing that has it is an entry.
TORN = b" (torn)\n"


@dataclass(frozen=True)
class Entry:
    """What was asked of a testimonial or a draft, and when."""

    public_id: str
    at: datetime
    what: str


def journal_path() -> Path:
    """Return where it is; apart from the database, or it would be restored with it."""
    folder: Path = current_app.config["INSTANCE"]
    return folder / "erasures.log"


def append_entry(public_id: str, what: str = ERASED, at: datetime | None = None) -> None:
    """Add a line, on the disk when this returns: called within the transaction it tells of, before its commit.

    Should the commit fail, a restored backup would forget what its author did ask to have forgotten. The other order
    could bring it back. A journal that cannot be written raises `OSError`, and nothing is done.
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
    """Say whether what was written last is no whole line; leaves the file at its end."""
    if file.seek(0, os.SEEK_END) == 0:
        return False
    file.seek(-1, os.SEEK_END)
    return file.read(1) != b"\n"


def read_entries(path: Path) -> list[Entry]:
    """Return what a journal tells, each thing once, as it was told last: first what was erased, then taken back."""
    once = {(entry.public_id, entry.what): entry for _, entry in parsed_lines(path) if entry is not None}
    return sorted(once.values(), key=lambda entry: entry.what != ERASED)


def unreadable_lines(path: Path) -> list[int]:
    """Return which lines of a journal, counted from 1, tell nothing that can be understood."""
    return [number for number, entry in parsed_lines(path) if entry is None]


def parsed_lines(path: Path) -> Iterator[tuple[int, Entry | None]]:
    """Yield each line by its number, and what it tells, if it can be understood."""
    *lines, rest = path.read_text(encoding="utf-8", errors="replace").split("\n")
    for number, line in enumerate(lines, 1):
        if line:
            yield number, parse_entry(line)
    if rest:
        yield len(lines) + 1, None  # cut short: its end could have said something else


def parse_entry(line: str) -> Entry | None:
    """Return what a line tells; the first ones may be of the time when there were erasures alone, by their day."""
    public_id, _, written = line.partition("\t")
    at, _, what = written.partition("\t")
    try:
        entry = Entry(public_id, parse_moment(at), what or ERASED)
    except ValueError:
        return None
    return entry if entry.what in {ERASED, *Purpose} else None


def parse_moment(written: str) -> datetime:
    """Return a moment as it was written; a day begins at midnight, UTC."""
    read = datetime.fromisoformat(written)
    return read if read.tzinfo else read.replace(tzinfo=UTC)
