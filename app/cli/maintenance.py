"""`flask clock` (the scheduled job), `flask hints recompute`, `flask erasures replay`."""

from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext

from app.accounts import account_links, login_attempts, sessions
from app.antispam import signals
from app.db import db, scrub_wal
from app.privacy import retention
from app.privacy.replay import replay_journal
from app.testimonials import draft as drafts
from app.testimonials.changes import examine_again
from app.testimonials.erasure_journal import ERASED, LINK, journal_path, read_entries, unreadable_lines
from app.testimonials.link_request import delete_old_requests
from app.web import rate_counters

erasures = AppGroup("erasures", help="The erasure journal.")
# What the replay says of an entry; of the others, whose consent was withdrawn.
REPLAYED = {ERASED: "erased", LINK: "former links voided"}

hints = AppGroup("hints", help="The assistant's hints.")


@click.command(help="The scheduled job: reminders, expiry, erasure. For cron, once a day; `mail loop` does it too.")
@with_appcontext
def clock() -> None:
    for kind, testimonial in retention.run_due_acts(db.session()):
        public_id = testimonial.public_id
        db.session.commit()
        click.echo(f"{kind}: {public_id}")
    if gone := retention.delete_old_proofs(db.session()):
        click.echo(f"proofs of consent past their time: {gone}")
    if gone := retention.delete_old_notices(db.session()):
        click.echo(f"notices whose words are past their time: {gone}")
    if gone := drafts.delete_expired_drafts(db.session()):
        click.echo(f"drafts past their time: {gone}")
    sessions.delete_ended_sessions(db.session())
    account_links.delete_old_links(db.session())
    login_attempts.delete_old_attempts(db.session())
    rate_counters.delete_closed_counters(db.session())
    signals.delete_old_signs(db.session())
    delete_old_requests(db.session())
    db.session.commit()
    scrub_wal()


@erasures.command("replay", help="Apply the erasures and withdrawals of FILE to a restored backup.")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
def replay(file: Path | None) -> None:
    file = file or journal_path()
    if not file.exists():
        raise click.ClickException(f"no journal of erasures at {file}")
    named = read_entries(file)
    done = []
    for entry in replay_journal(db.session(), named):
        db.session.commit()
        done.append(entry.what)
        click.echo(f"{REPLAYED.get(entry.what, f'{entry.what} taken back')} again: {entry.public_id}")
    db.session.rollback()
    scrub_wal()
    erased, links = done.count(ERASED), done.count(LINK)
    told = f"{erased} erased again, {len(done) - erased - links} taken back again, {links} links voided again"
    click.echo(f"{told}, of {len(named)} told in {file}")
    if lost := unreadable_lines(file):
        raise click.ClickException(f"cannot be read, and so not honoured: line {', '.join(map(str, lost))} of {file}")


@hints.command("recompute", help="Examine again every text that is stored: after the assistant's rules have changed.")
def recompute() -> None:
    done = 0
    for done in examine_again(db.session()):  # noqa: B007  # printed after the last
        db.session.commit()
    click.echo(f"{done} examined")
