"""`flask privacy`: what data-protection law asks of who runs the site."""

from itertools import chain

import click
from flask.cli import AppGroup

from app.cli.catalog import differences
from app.db import db
from app.privacy.register.verification import register_faults

privacy_commands = AppGroup("privacy", help="Data protection: what is kept of whom, and the proof of consents.")


@privacy_commands.command(
    "verify", help="Recompute every digest, wording and derived row; exit with 1 if a proof of consent does not hold."
)
def verify() -> None:
    """Change nothing: what is recomputed for comparison is rolled back, a batch at a time."""
    session, faults = db.session(), 0
    for fault in chain(register_faults(session), differences(session)):
        faults += 1
        click.echo(fault)
    if faults:
        raise click.ClickException(f"what does not hold: {faults}; see docs/operating.md")
    click.echo("every consent, digest and derived row is as it should be, and every published text has its proof")
