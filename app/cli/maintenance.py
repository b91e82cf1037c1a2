"""`flask clock` (the scheduled job), `flask erasures check | replay`."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path

import click
from alembic import command
from alembic.util import CommandError
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy.orm import Session

from app import erasure_journal
from app.accounts import sessions
from app.db import db, delete_rows, scrub_wal
from app.db.process_lock import is_unfinished, mark_finished
from app.db.vacuum import vacuum_after_erasures
from app.erasure_journal import (
    ERASED,
    LINK,
    REFUSED,
    UNTIL_WRITTEN,
    journal_path,
    read_entries,
    unreadable_lines,
)
from app.erasure_journal.places import second_place
from app.feature import all_features
from app.kept import Act, deletions
from app.monitoring.heartbeat import Process, record_heartbeat
from app.privacy import failures, retention
from app.privacy.replay import broken_references, erase_again, erased_with_words, replay_entry
from app.testimonials.testimonial import Testimonial

# What a command begins with, as an owner types it: `deploy/en-regard` and the server's unit say so.
COMMAND = os.environ.get("EN_REGARD_COMMAND", ".venv/bin/flask --app wsgi")

erasures = AppGroup("erasures", help="The erasure journal.")
# What the replay says of an entry; of the others, whose consent was withdrawn.
REPLAYED = {ERASED: "erased", LINK: "former links voided", REFUSED: "invitations refused"}

AGAIN = (
    "Restore the backup into an empty database, in one transaction, then run `flask prepare` and this again: see "
    "docs/operating.md"
)


JOURNAL = Act("lines of the journal of erasures", "écriture du fichier des effacements")
VACUUM = Act("vacuum", "réécriture du fichier de la base")


def acts_on_all() -> list[Act]:
    """Return the acts of the clock that are about no single text: letters, then deletions."""
    return [*(act for feature in all_features() for act in feature.letters), retention.REMINDERS_LEFT, *deletions()]


def run_act(act: Act, session: Session, *, end: Callable[[], None]) -> int:
    """Do an act, calling `end` after each batch; return how many it did."""
    assert act.run is not None, "an act on one text"  # noqa: S101  # narrows the type
    done, number = act.run(session), 0
    for each in [done] if isinstance(done, int) else done:
        end()
        number += each
    return number


@click.command(help="The scheduled job: reminders, expiry, erasure. For cron, once a day; `mail loop` does it too.")
@click.option("--dry-run", is_flag=True, help="List what would be done, one line each, and change nothing.")
@with_appcontext
def clock(*, dry_run: bool) -> None:
    """Do all that is due, each act in its own transaction: one that fails is logged and told to admins."""
    session = db.session()
    if dry_run:
        list_due(session)
        return
    failed: list[Act] = []
    due = ((each.act, each.run, each.testimonial_id) for each in retention.due_acts(session))
    others = ((each, partial(run_act, each, end=session.commit), None) for each in acts_on_all())
    acts: Iterator[tuple[Act, Callable[[Session], object], int | None]] = chain(due, others)
    for act, run, testimonial_id in acts:
        try:
            done = run(session)
            session.commit()
        except Exception as error:  # one text fails, the others have their turn
            session.rollback()
            failed.append(act)
            about = f" of testimonial {testimonial_id}" if testimonial_id else ""
            current_app.logger.error("clock: %s%s failed", act.name, about, exc_info=error)
        else:
            if done:
                click.echo(f"{act.name}: {done}")
    if write_waiting_lines():
        failed.append(JOURNAL)
    record_heartbeat(session, Process.CLOCK)
    session.commit()
    scrub_wal()
    try:
        if vacuum_after_erasures():
            click.echo("the database's file is written anew: something was erased")
    except sqlite3.Error as error:  # a full disk, or a lock that lasts
        failed.append(VACUUM)
        current_app.logger.error("clock: vacuum failed", exc_info=error)
    if failed:
        failures.tell_admins(session, failed)
        session.commit()
        raise click.ClickException(
            f"acts of the clock that failed: {len(failed)}; the log names them, the next run tries again"
        )


def list_due(session: Session) -> None:
    """Print what is due: each text by its public identifier, and how many rows each deletion would take.

    Deletions and letters count them in a transaction that is rolled back; acts on texts, which write to a file, are not
    begun.
    """
    first: dict[int, Act] = {}
    for due in retention.due_acts(session):
        first.setdefault(due.testimonial_id, due.act)  # done, it ends what else was due: nobody is reminded of an end
    for number, act in first.items():
        click.echo(f"{act.name}: {session.get_one(Testimonial, number).public_id}")
    session.rollback()
    for act in acts_on_all():
        if rows := run_act(act, session, end=session.rollback):
            click.echo(f"{act.name}: {rows}")


def write_waiting_lines() -> int:
    """Write the journal's lines that wait in the database; return how many still do, after saying why."""
    session, written, reason = db.session(), 0, ""
    try:
        while lines := erasure_journal.waiting_lines(session):
            session.rollback()  # nobody waits for us while we wait for a disk, or for another machine
            erasure_journal.write_again(list(lines.values()))
            erasure_journal.delete_waiting(session, lines)
            session.commit()
            written += len(lines)
    except OSError as error:
        reason = f" ({error.strerror})"
    session.rollback()
    waiting = erasure_journal.count_waiting(session)
    session.rollback()
    if written:
        click.echo(f"lines of the journal of erasures that waited, and are written: {written}")
    if waiting:
        click.echo(f"{waiting} lines of the journal of erasures are not written{reason}: {UNTIL_WRITTEN}")
    return waiting


@erasures.command(
    "check",
    help="Write what waits, and what one place alone has; exit with 1 if the journal is not whole: before each backup.",
    epilog=f"\b\nExample: {COMMAND} erasures check",
)
def check() -> None:
    path, copy = journal_path(), second_place()
    if write_waiting_lines():
        raise click.ClickException("a backup made now is not good: mend the journal, then run this again")
    if fault := erasure_journal.journal_fault(path) or damaged_lines(path):
        raise click.ClickException(fault)
    try:
        given, taken = erasure_journal.level_places()
    except OSError as error:
        raise click.ClickException(f"the journal of erasures is not whole ({error.strerror})") from None
    for number, where in ((given, "second place"), (taken, "file")):
        if number:
            click.echo(f"lines of the journal of erasures that its {where} lacked, and has now: {number}")
    click.echo(f"the journal of erasures is whole: {path}{f', and {copy.name}' if copy else ''}")


def damaged_lines(file: Path) -> str:
    """Return, in a sentence, which lines of a journal cannot be read; an empty string where all can."""
    lost = unreadable_lines(file)
    return f"line {', '.join(map(str, lost))} of {file}, which cannot be read" if lost else ""


@erasures.command(
    "replay",
    help="Apply the erasures and withdrawals of FILE, and of the second place, to a restored backup.",
    epilog=f"\b\nExample: {COMMAND} erasures replay /mnt/elsewhere/erasures.log",
)
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
def replay(file: Path | None) -> None:
    copy, is_named = second_place(), file is not None
    file = file or journal_path()
    if not file.exists() and (is_named or not copy):
        raise click.ClickException(f"no journal of erasures at {file}")
    refuse_half_schema()
    waiting, session = write_waiting_lines(), db.session()
    faults = [f"{waiting} lines of the journal wait to be written"] if waiting else []
    more = ""
    try:
        more = copy.read() if copy else ""
    except OSError as error:
        faults.append(f"what the journal of erasures has elsewhere ({error.strerror})")
    named = read_entries(file, more)
    done = []
    acts = [(entry.what, entry.public_id, partial(replay_entry, session, entry)) for entry in named]
    # Erased by its status alone: whether a line names it or not, its words must go.
    unnamed = ((ERASED, each.public_id, partial(erase_again, session, each)) for each in erased_with_words(session))
    for what, public_id, act in chain(acts, unnamed):
        try:
            if act():
                done.append(what)
                click.echo(f"{REPLAYED.get(what, f'{what} taken back')} again: {public_id}")
            session.commit()
        except Exception as error:  # noqa: BLE001  # one text fails, the others are honoured
            session.rollback()
            faults.append(f"{what} of {public_id} could not be replayed ({type(error).__name__})")
    faults += [*broken_references(session), *filter(None, [damaged_lines(file)])]
    session.rollback()
    scrub_wal()
    taken = len([each for each in done if each not in REPLAYED])
    told = f"{done.count(ERASED)} erased again, {taken} taken back again, {done.count(LINK)} links voided again"
    click.echo(f"{told}, of {len(named)} told in {file}{f' and {copy.name}' if copy else ''}")
    if faults:
        for fault in faults:
            click.echo(f"not honoured: {fault}", err=True)
        raise click.ClickException(
            f"the journal is not honoured ({len(faults)} faults): do not open the platform. {AGAIN}"
        )
    if not is_named and is_unfinished(current_app.config["INSTANCE"]):  # a restore: another machine's journal ends none
        # Sessions that were ended since the backup are open again.
        if ended := delete_rows(session, sessions.EditorSession):
            click.echo(f"sessions of editors ended, who sign in again: {ended}")
        session.commit()
        mark_finished(current_app.config["INSTANCE"])


def refuse_half_schema() -> None:
    """Refuse a database whose schema is not this code's: one that is older, or half of two."""
    try:
        command.check(current_app.extensions["migrate"].migrate.get_config(opts=["quiet"]))
    except CommandError:
        raise click.ClickException(
            f"nothing is replayed: the schema of this database is not that of this code. {AGAIN}"
        ) from None
