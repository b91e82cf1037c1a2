"""The journal outside the database: what was erased or taken back, so that a restored backup honours it again.

One line for each: an identifier, the moment, and what (`erased`, or the purpose whose consent was taken back).
No name, no address, no text.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import current_app

from app.db import now

ERASED = "erased"


@dataclass(frozen=True)
class Entry:
    """What was asked of a testimonial or a draft, and when."""

    public_id: str
    at: datetime
    what: str


def journal() -> Path:
    """Return where it is; apart from the database, or it would be restored with it."""
    folder: Path = current_app.config["INSTANCE"]
    return folder / "erasures.log"


def note(public_id: str, what: str = ERASED, at: datetime | None = None) -> None:
    """Add a line, on the disk when this returns: called within the transaction it tells of, before its commit.

    Should the commit fail, a restored backup would forget what its author did ask to have forgotten. The other order
    could bring it back. A journal that cannot be written raises `OSError`, and nothing is done.
    """
    path = journal()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{public_id}\t{(at or now()).isoformat()}\t{what}\n")
        file.flush()
        os.fsync(file.fileno())


def noted(path: Path) -> list[Entry]:
    """Return what a journal tells, each thing once and as it was told last: what was erased, then what was taken back.

    Its first lines may be of the time when it knew erasures alone, by their day.
    """
    lines = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line)
    entries = [Entry(public_id, moment(at), what[0] if what else ERASED) for public_id, at, *what in lines]
    once = {(entry.public_id, entry.what): entry for entry in entries}
    return sorted(once.values(), key=lambda entry: entry.what != ERASED)


def moment(written: str) -> datetime:
    """Return a moment as it was written; a day begins at midnight, UTC."""
    read = datetime.fromisoformat(written)
    return read if read.tzinfo else read.replace(tzinfo=UTC)
