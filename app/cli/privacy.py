"""`flask privacy`: what data-protection law asks of who runs the site."""

import os
from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path

import click
from flask.cli import AppGroup

from app.audit import SYSTEM
from app.cli.catalog import differences
from app.db import db, scrub_wal
from app.forms import tidy_email
from app.privacy.address.erasure import erase_address
from app.privacy.address.kept import kept_about, kinds_kept
from app.privacy.address.routes import AddressForm
from app.privacy.data_export import ExportedData, export_json
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


@privacy_commands.command(
    "find", help="Show everything kept about an address, without other people's data; exit with 1 if nothing is."
)
@click.argument("email")
@click.option("--export", "file", metavar="FILE", type=click.Path(path_type=Path), help="Write it as JSON instead.")
@click.option("--erase", is_flag=True, help="Then erase it, once the address is typed again.")
@click.option("--yes", is_flag=True, help="Erase without asking.")
def find(email: str, file: Path | None, *, erase: bool, yes: bool) -> None:
    """Answer who cannot use the page `/vos-donnees/mon-adresse` (GDPR, articles 15, 17 and 20)."""
    email = tidy_email(email)
    if not AddressForm(formdata=None, meta={"csrf": False}, data={"email": email}).validate():
        raise click.UsageError("that is not an e-mail address: nothing was looked for")
    data = kept_about(db.session(), email)
    db.session.rollback()
    if not kinds_kept(data):
        click.echo(f"nothing is kept about {email}")
        click.get_current_context().exit(1)
    if file is None:
        for line in plain_lines(data):
            click.echo(line)
    else:
        write_export(data, file)
    if erase:
        if not yes and tidy_email(click.prompt("Type the address again, to erase all of this")) != email:
            raise click.ClickException("that is another address: nothing is erased")
        erase_address(db.session(), email, by=SYSTEM)
        db.session.commit()
        scrub_wal()
        click.echo(
            "erased; what is left is an account, a refusal of invitations, and counts of attempts, for a day or two"
        )


def write_export(data: ExportedData, file: Path) -> None:
    """Write the JSON to a new file, which only its owner may read."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise click.ClickException(f"nothing is written to {file}: {error.strerror}") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(export_json(data))
    click.echo(f"written to {file}")


def plain_lines(data: ExportedData, indent: str = "") -> Iterator[str]:
    """Yield a structure as lines: each name and its value, indented under what it belongs to; empty ones left out."""
    for name, value in data.items():
        match value:
            case None | "" | []:
                continue
            case dict():
                yield f"{indent}{name}:"
                yield from plain_lines(value, f"{indent}  ")
            case [dict(), *_]:
                for number, each in enumerate(value, 1):
                    yield f"{indent}{name} {number} of {len(value)}:"
                    yield from plain_lines(each, f"{indent}  ")
            case list():
                yield f"{indent}{name}: {' · '.join(map(str, value))}"
            case datetime():
                yield f"{indent}{name}: {value:%Y-%m-%d %H:%M} UTC"
            case _:
                yield f"{indent}{name}: " + f"\n{indent}  ".join(str(value).splitlines())
