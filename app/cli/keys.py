"""`flask keys check | renew`: what rests on each of `SECRET_KEYS`, so that an owner knows when one can go."""

import click
from flask.cli import AppGroup

from app import tokens
from app.accounts import second_factor
from app.db import db
from app.testimonials.invitations.refusals import count_refusals_by_key
from app.testimonials.transcripts.codes import count_codes_by_key

key_commands = AppGroup("keys", help="The site's keys, SECRET_KEYS, newest first.")


@key_commands.command("check", epilog="\b\nExample: .venv/bin/flask --app wsgi keys check")
def check_keys() -> None:
    """Tell what rests on each key; exit with 1 while an older one is needed. Changes nothing."""
    authenticators = second_factor.count_by_key(db.session())
    refusals, codes = count_refusals_by_key(db.session()), count_codes_by_key(db.session())
    db.session.rollback()
    names = [tokens.key_id(key) for key in tokens.secret_keys()]
    for number, name in enumerate(names, 1):
        does = "signs" if number == 1 else "is accepted"
        said = resting(authenticators[name], refusals[name], codes[name])
        click.echo(f"key {number} of {len(names)} ({name}) {does}: {said}")
    faults = []
    for other in sorted((authenticators.keys() | refusals.keys() | codes.keys()) - set(names), key=str):
        place = f"key {other}, which is not set" if other else "a key that is not known yet"
        click.echo(f"{place}: {resting(authenticators[other], refusals[other], codes[other])}")
        if other:
            faults.append("a key that is not set is missed: set it again, or see « A leaked key » in docs/operating.md")
    older = [*names[1:], None] if names[1:] else []
    if any(authenticators[each] for each in older):
        faults.append("an older key is needed: `flask keys renew` moves authenticators to the newest")
    elif any(refusals[each] for each in older):
        faults.append("an older key is needed: without it, who refused invitations would get them again")
    elif any(codes[each] for each in older):
        faults.append("an older key is needed: without it, codes that were not entered since would open nothing")
    if faults:
        raise click.ClickException(faults[0])
    if older:
        click.echo(
            "no authenticator, refusal or code rests on an older key: it can go, and the links that it signed with it"
        )


@key_commands.command("renew", epilog="\b\nExample: .venv/bin/flask --app wsgi keys renew")
def renew_keys() -> None:
    """Have every authenticator rest on the newest key, without a new QR code. May be run again."""
    moved = second_factor.renew_secrets(db.session())
    db.session.commit()
    click.echo(f"authenticators that rest on the newest key from now on: {moved}")


def resting(authenticators: int, refusals: int, codes: int) -> str:
    return f"{authenticators} authenticators, {refusals} refusals of invitations and {codes} codes rest on it"
