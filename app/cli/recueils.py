"""`flask recueils make`: the files of recueils that were asked for; `mail loop` does it too."""

import time
from collections.abc import Callable

import click
from flask.cli import AppGroup

from app.db import db
from app.moderation.recueils import files
from app.web.pdf import write_pdf

BETWEEN_RECORDS = 1.0  # seconds

recueil_commands = AppGroup("recueils", help="The recueils.")


@recueil_commands.command("make", help="Make the files of recueils that were asked for, then stop (for cron).")
def make() -> None:
    while (number := files.claim_asked(db.session())) is not None:
        db.session.commit()
        try:
            outcome = make_one(number)
        except Exception as error:  # noqa: BLE001  # whatever is wrong with one recueil, the others are made
            db.session.rollback()
            given_up = files.record_failure(db.session(), number, error)
            outcome = f"{'given up' if given_up else 'kept for later'}, {type(error).__name__}"
        db.session.commit()
        click.echo(f"recueil {number}: {outcome}")
    db.session.rollback()


def make_one(number: int) -> str:
    """Make a claimed recueil, and say how it went; no transaction is open while its pages are set."""
    claimed = files.set_out(db.session(), number)
    db.session.rollback()
    if claimed is None:
        return "gone"
    pdf = write_pdf(claimed.html, recorder(number))
    return f"{pdf.pages} pages" if files.keep_file(db.session(), claimed, pdf) else "changed meanwhile"


def recorder(number: int) -> Callable[[int], None]:
    """Return what records how far a recueil has come, once a second."""
    furthest, recorded_at = 0, time.monotonic()

    def on_page(page: int) -> None:
        nonlocal furthest, recorded_at
        furthest = max(furthest, page)
        if time.monotonic() - recorded_at >= BETWEEN_RECORDS:
            files.renew_claim(db.session(), number, furthest)
            db.session.commit()
            recorded_at = time.monotonic()

    return on_page
