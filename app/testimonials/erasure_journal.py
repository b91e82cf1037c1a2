"""Erasure journal: a file outside the database, so that erasures and withdrawals survive a restored backup.

A line is an identifier, a moment, and `erased`, the purpose whose consent was withdrawn, or `link` and the generation
of the private link that replaced those before it: no name, address or text. `privacy.replay` reads it.
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

ERASED, LINK = "erased", "link"

# Appended to a line that a crash cut short, which could otherwise be read as another entry.
TORN = b" (torn)\n"


@dataclass(frozen=True)
class Entry:
    """An erasure or a withdrawal, of a testimonial or a draft; or a private link replaced, with the new generation."""

    public_id: str
    at: datetime
    what: str
    generation: int = 0

    @property
    def line(self) -> str:
        columns = [self.public_id, self.at.isoformat(), self.what]
        return "\t".join([*columns, str(self.generation)] if self.what == LINK else columns) + "\n"


def journal_path() -> Path:
    """Return its path: apart from the database, or it would be restored with it."""
    folder: Path = current_app.config["INSTANCE"]
    return folder / "erasures.log"


def append_entry(public_id: str, what: str = ERASED, at: datetime | None = None, generation: int = 0) -> None:
    """Append an entry, on the disk when this returns; call it in the transaction that it records, before the commit.

    If the commit then fails, a restored backup erases what its author did ask to erase. The other order could bring it
    back. Raises `OSError` where the journal cannot be written: the act must then fail too.
    """
    path = journal_path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("ab+") as file:
        if is_torn(file):
            file.write(TORN)
        file.write(Entry(public_id, at or now(), what, generation).line.encode())
        file.flush()
        os.fsync(file.fileno())


def is_torn(file: BufferedRandom) -> bool:
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
