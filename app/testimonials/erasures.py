"""Erasing a testimonial, and the journal that lets a restored backup forget again."""

import os
from pathlib import Path

from flask import current_app
from sqlalchemy.orm import object_session

from app.audit import AUTHOR, Actor
from app.db import now
from app.mail import outbox
from app.testimonials import suspicions
from app.testimonials.lifecycle import Action
from app.testimonials.models import Testimonial


def erase(testimonial: Testimonial, *, by: Actor = AUTHOR) -> None:
    """Texts, names, address, messages and letters go; what stays (digests, dates, acts) tells of nobody."""
    session = object_session(testimonial)
    assert session is not None, "a stored testimonial is erased, not a draft"  # noqa: S101  # narrows the type
    testimonial.perform(Action.ERASE, by=by)
    outbox.forget(session, testimonial.id)
    suspicions.forget(session, testimonial.id)
    testimonial.versions.clear()
    testimonial.decisions.clear()
    testimonial.remarks.clear()
    testimonial.email = None
    testimonial.submission_key = None
    testimonial.link_generation += 1
    testimonial.publication_consent = False
    testimonial.hint_count = 0
    note(testimonial.public_id)


def journal() -> Path:
    """Return where erasures are noted, identifiers and dates alone.

    Apart from the database, or it would be restored with it.
    """
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
