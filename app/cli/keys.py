"""`flask keys check | renew`: what rests on each of `SECRET_KEYS`, so that an owner knows when one can go."""

from collections import Counter
from collections.abc import Callable, Mapping

import click
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app import tokens
from app.accounts import second_factor
from app.accounts.models import User
from app.cli.maintenance import COMMAND
from app.db import db
from app.testimonials.invitations.refusals import InvitationRefusal
from app.testimonials.transcripts.models import Transcript

key_commands = AppGroup("keys", help="The site's keys, SECRET_KEYS, newest first.")


def digests_of(
    column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None],
) -> Callable[[Session], Counter[str | None]]:
    """Return what counts the stored digests of a column by key."""
    return lambda session: tokens.count_by_key(session.scalars(select(column).where(column.is_not(None))))


# What rests on a key, by its words: how it is counted, and what is lost without that key.
RESTING: Mapping[str, tuple[Callable[[Session], Counter[str | None]], str]] = {
    "authenticators": (second_factor.count_by_key, "`flask keys renew` moves authenticators to the newest"),
    "refusals of invitations": (
        digests_of(InvitationRefusal.digest),
        "without it, who refused invitations would get them again",
    ),
    "codes": (digests_of(Transcript.code_digest), "without it, codes that were not entered since would open nothing"),
    "former addresses": (
        lambda session: tokens.count_by_key(" ".join(session.scalars(select(User.former_addresses))).split()),
        "without it, an editor's former address would pass for somebody else's",
    ),
}


@key_commands.command("check", epilog=f"\b\nExample: {COMMAND} keys check")
def check_keys() -> None:
    """Tell what rests on each key; exit with 1 while an older one is needed. Changes nothing."""
    counts = {what: counted(db.session()) for what, (counted, _) in RESTING.items()}
    db.session.rollback()
    names = [tokens.key_id(key) for key in tokens.secret_keys()]
    for number, name in enumerate(names, 1):
        does = "signs" if number == 1 else "is accepted"
        click.echo(f"key {number} of {len(names)} ({name}) {does}: {resting(counts, name)}")
    faults = []
    for other in sorted({name for count in counts.values() for name in count} - set(names), key=str):
        place = f"key {other}, which is not set" if other else "a key that is not known yet"
        click.echo(f"{place}: {resting(counts, other)}")
        if other:
            faults.append("a key that is not set is missed: set it again, or see « A leaked key » in docs/operating.md")
    older = [*names[1:], None] if names[1:] else []
    needed = (loss for what, (_, loss) in RESTING.items() if any(counts[what][each] for each in older))
    faults += [f"an older key is needed: {loss}" for loss in needed]
    if faults:
        raise click.ClickException(faults[0])
    if older:
        click.echo("nothing rests on an older key: it can go, and the links that it signed with it")


@key_commands.command("renew", epilog=f"\b\nExample: {COMMAND} keys renew")
def renew_keys() -> None:
    """Have every authenticator rest on the newest key, without a new QR code. May be run again."""
    moved = second_factor.renew_secrets(db.session())
    db.session.commit()
    click.echo(f"authenticators that rest on the newest key from now on: {moved}")


def resting(counts: Mapping[str, Counter[str | None]], key: str | None) -> str:
    return ", ".join(f"{count[key]} {what}" for what, count in counts.items()) + " rest on it"
