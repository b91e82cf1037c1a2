"""The files of recueils that were asked for: `mail deliver` makes them, a process of its own for `mail loop`."""

import subprocess
import sys
import time
from collections.abc import Callable

import click

import config
from app.db import db
from app.moderation.recueils import files
from app.web.pdf import write_long_pdf

BETWEEN_RECORDS = 1.0  # seconds
AFTER_A_CRASH = 60.0  # seconds


def make_files() -> None:
    """Make the files that are due."""
    while True:
        claimed = files.claim_asked(db.session())
        db.session.commit()
        if claimed is None:
            return
        try:
            outcome = make_one(claimed)
        except Exception as error:  # noqa: BLE001  # whatever is wrong with one recueil, the others are made
            db.session.rollback()
            outcome = f"{files.record_failure(db.session(), claimed, error)}, {type(error).__name__}"
        db.session.commit()
        click.echo(f"recueil {claimed.number}: {outcome}")


def make_one(claimed: files.ClaimedRecueil) -> str:
    """Make a claimed recueil, and say how it went; no transaction is open while its pages are set."""
    asked = files.set_out(db.session(), claimed)
    db.session.rollback()
    pdf = write_long_pdf(asked.html, recorder(claimed))
    return f"{pdf.pages} pages" if files.keep_file(db.session(), claimed, asked, pdf) else "words taken away, due again"


def recorder(claimed: files.ClaimedRecueil) -> Callable[[int], None]:
    """Return what records how far a recueil has come, once a second."""
    furthest, recorded_at = 0, time.monotonic()

    def on_page(page: int) -> None:
        nonlocal furthest, recorded_at
        furthest = max(furthest, page)
        if time.monotonic() - recorded_at >= BETWEEN_RECORDS:
            files.renew_claim(db.session(), claimed, furthest)
            db.session.commit()
            recorded_at = time.monotonic()

    return on_page


class MakerProcess:
    """The loop's process for recueils: e-mails leave meanwhile, it gives its memory back, and it may die alone."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.rests_until = 0.0

    def start_if_due(self) -> None:
        """Start the process if a recueil is due and none runs; after a crash, not at once."""
        if self.process is not None and (ended := self.process.poll()) is None:
            return
        if self.process is not None:
            self.rests_until = time.monotonic() + AFTER_A_CRASH if ended else 0.0
            self.process = None
        is_due = time.monotonic() >= self.rests_until and files.has_due(db.session())
        db.session.rollback()
        if is_due:
            own = [sys.executable, "-m", "flask", "--app", str(config.ROOT / "wsgi.py")]
            self.process = subprocess.Popen([*own, "mail", "deliver", "--recueils"])  # noqa: S603  # nothing in it was typed
