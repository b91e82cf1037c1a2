"""The journal of erasures: identifiers and dates, outside the database, so that a restored backup can forget again."""

import os
from pathlib import Path

from flask import current_app

from app.db import now


def journal() -> Path:
    """Return where the journal is kept: apart from the database, or it would be restored with it."""
    folder: Path = current_app.config["INSTANCE"]
    return folder / "erasures.log"


def note(public_id: str) -> None:
    """Add a line, on the disk when this returns: called within the transaction that erases, before its commit.

    Should the commit fail, a restored backup would forget what its author did ask to have forgotten. The other order
    could bring it back. A journal that cannot be written raises `OSError`, and nothing is erased.
    """
    path = journal()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{public_id}\t{now().date().isoformat()}\n")
        file.flush()
        os.fsync(file.fileno())


def noted(path: Path) -> list[str]:
    """Return the identifiers that a journal names, each once, the oldest first."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return list(dict.fromkeys(line.partition("\t")[0] for line in lines if line))
