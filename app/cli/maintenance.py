"""`flask clock` (the scheduled job), `flask hints recompute`, `flask erasures check | replay`."""

from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy.orm import Session

from app.accounts import account_links, login_attempts, sessions
from app.antispam import signals
from app.db import db, scrub_wal
from app.privacy import retention
from app.privacy.replay import replay_journal
from app.testimonials import draft as drafts
from app.testimonials import erasure_journal
from app.testimonials.changes import examine_again
from app.testimonials.erasure_journal import ERASED, LINK, UNTIL_WRITTEN, journal_path, read_entries, unreadable_lines
from app.testimonials.link_request import delete_old_requests
from app.web import rate_counters

erasures = AppGroup("erasures", help="The erasure journal.")
# What the replay says of an entry; of the others, whose consent was withdrawn.
REPLAYED = {ERASED: "erased", LINK: "former links voided"}

hints = AppGroup("hints", help="The assistant's hints.")


# Deletions of the scheduled job, by what is printed of those that tell how many rows went.
DELETIONS: Sequence[tuple[str, Callable[[Session], int | None]]] = (
    ("proofs of consent past their time", retention.delete_old_proofs),
    ("notices whose words are past their time", retention.delete_old_notices),
    ("drafts past their time", drafts.delete_expired_drafts),
    ("ended sessions", sessions.delete_ended_sessions),
    ("old account links", account_links.delete_old_links),
    ("old attempts to sign in", login_attempts.delete_old_attempts),
    ("closed counters", rate_counters.delete_closed_counters),
    ("old signs of junk", signals.delete_old_signs),
    ("old requests for a link", delete_old_requests),
)


@click.command(help="The scheduled job: reminders, expiry, erasure. For cron, once a day; `mail loop` does it too.")
@with_appcontext
def clock() -> None:
    """Do all that is due, each act in its own transaction: one that fails is logged, and the exit code tells."""
    write_waiting_lines()
    session, failed = db.session(), 0
    due = ((str(act.kind), act.run, act.testimonial_id) for act in retention.due_acts(session))
    for name, act, testimonial_id in chain(due, ((name, act, None) for name, act in DELETIONS)):
        try:
            done = act(session)
            session.commit()
        except Exception as error:  # whatever is wrong with one text, the others have their turn
            session.rollback()
            failed += 1
            about = f" of testimonial {testimonial_id}" if testimonial_id else ""
            current_app.logger.error("clock: %s%s failed", name, about, exc_info=error)
        else:
            if done:
                click.echo(f"{name}: {done}")
    scrub_wal()
    if failed:
        raise click.ClickException(
            f"acts of the clock that failed: {failed}; the log names them, the next run tries again"
        )


def write_waiting_lines() -> int:
    """Write the journal's lines that wait in the database; return how many still do, after saying why."""
    try:
        written = erasure_journal.write_waiting_entries(db.session())
        db.session.commit()
    except OSError as error:
        db.session.rollback()
        written, reason = 0, f" ({error.strerror})"
    else:
        reason = ""
    waiting = erasure_journal.count_waiting(db.session())
    db.session.rollback()
    if written:
        click.echo(f"lines of the journal of erasures that waited, and are written: {written}")
    if waiting:
        click.echo(f"{waiting} lines of the journal of erasures are not written{reason}: {UNTIL_WRITTEN}")
    return waiting


@erasures.command(
    "check", help="Write the lines that wait; exit with 1 if the journal is not whole: before each backup."
)
def check() -> None:
    path = journal_path()
    if write_waiting_lines():
        raise click.ClickException("a backup made now is not good: mend the journal, then run this again")
    if fault := erasure_journal.journal_fault(path):
        raise click.ClickException(fault)
    refuse_damaged_lines(path)
    click.echo(f"the journal of erasures is whole: {path}")


def refuse_damaged_lines(file: Path) -> None:
    if file.exists() and (lost := unreadable_lines(file)):
        raise click.ClickException(f"cannot be read, and so not honoured: line {', '.join(map(str, lost))} of {file}")


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
    refuse_damaged_lines(file)


@hints.command("recompute", help="Examine again every text that is stored: after the assistant's rules have changed.")
def recompute() -> None:
    done = 0
    for done in examine_again(db.session()):  # noqa: B007  # printed after the last
        db.session.commit()
    click.echo(f"{done} examined")
