"""`flask mail`: deliver, loop; of e-mails, and of the PDF files that were asked for."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

import config
from app import pdf_files
from app.catalog import quotations_in_force
from app.cli.catalog import renew_derived_rows, renewals
from app.cli.maintenance import COMMAND, clock
from app.db import db, scrub_wal
from app.db.process_lock import note_running
from app.mail import outbox, transport
from app.mail.messages import ClaimedEmail, Mail
from app.moderation import corrections_in_mail
from app.moderation.digest import models as digests
from app.moderation.recueils import files
from app.monitoring.heartbeat import Process, record_heartbeat
from app.monitoring.startup_checks import warnings
from app.testimonials import stale_emails
from app.testimonials.link_request import waiting_requests
from app.testimonials.private_page import links
from app.web.pdf import write_pdf

BETWEEN_ROUNDS = 2  # seconds
BATCHES = 4  # of what is renewed in a round
AN_HOUR = 3600.0  # seconds
BETWEEN_RECORDS = 1.0  # seconds, of how far a recueil has come
AFTER_A_CRASH = 60.0  # seconds

mail_commands = AppGroup("mail", help="The outbox.")


@mail_commands.command(
    "deliver",
    help="Do one round of `mail loop`, for cron: e-mails, digests, files of recueils, what a release made stale.",
    epilog=f"\b\nExample: {COMMAND} mail deliver",
)
@click.option("--pdf", "only_pdf", is_flag=True, help="Make the PDF files, and nothing else.")
def deliver(*, only_pdf: bool) -> None:
    if only_pdf:
        make_files()
    elif not all([send_mail(), attempt("derived rows", renew_derived_rows), attempt("recueils", make_files)]):
        raise click.ClickException("a part of the round failed, as told above; the next round tries again")


def send_mail() -> bool:
    """Write and deliver what is due, each act by itself; return whether all was done."""
    acts = {"digests": queue_digests, "requests for links": answer_link_requests, "e-mails": deliver_due}
    done = [attempt(name, act) for name, act in acts.items()]
    return all(done)


def deliver_due(*, beats: bool = True) -> None:
    """Deliver every e-mail that is due; `beats`: note that the deliverer is alive."""
    chosen = transport.configured_transport(current_app.config["SMTP_URL"], mail_folder())
    while claim := claim_next(beats=beats):
        email_id, message = claim
        leaving = refusal = None
        try:
            if leaving := email_now(email_id):
                outbox.deliver(leaving, chosen)
                record_told(leaving)
        except Exception as error:  # noqa: BLE001  # one e-mail fails, the others leave
            db.session.rollback()
            refusal = outbox.refusal_of(error)
        if refusal or leaving:
            outbox.record_result(db.session(), email_id, refusal)
            db.session.commit()
            outcome = f"kept, {refusal}" if refusal else f"sent to {destination()}"
            click.echo(f"e-mail {email_id} ({message}): {outcome}")
        if message.forgets:
            scrub_wal()
    db.session.rollback()


def email_now(email_id: int) -> ClaimedEmail | None:
    """Return a claimed e-mail with the words of now; None where it is untrue, or waits."""
    claimed = outbox.read_claimed(db.session(), email_id)
    db.session.commit()
    checks = stale_emails.facts_now, corrections_in_mail.facts_now, quotations_in_force.facts_now
    leaving = outbox.before_delivery(db.session(), claimed, *checks) if claimed is not None else None
    db.session.commit()
    return leaving


def record_told(sent: ClaimedEmail) -> None:
    for told in (corrections_in_mail.record_told, quotations_in_force.record_told, sent.message.on_sent):
        told(db.session(), sent)


def claim_next(*, beats: bool) -> tuple[int, Mail] | None:
    if beats and record_heartbeat(db.session(), Process.DELIVERER):
        db.session.commit()
    claim = outbox.claim_due(db.session())
    db.session.commit()
    return claim


def answer_link_requests() -> None:
    """Answer every request for a private link; one that fails stops neither the others nor the e-mails."""
    for request_id in waiting_requests(db.session()):
        try:
            links.answer_request(db.session(), request_id)
            db.session.commit()
        except Exception as error:  # noqa: BLE001  # as said above; it is tried again at the next round, for a day
            db.session.rollback()
            click.echo(f"request {request_id} for a link cannot be answered for now: {type(error).__name__}")
    db.session.rollback()


def queue_digests() -> None:
    for _ in digests.send_digests(db.session()):
        db.session.commit()
    db.session.commit()


def make_files() -> None:
    """Make the PDF files that are due: of pages, whose askers look on, then of recueils."""
    while (due := pdf_files.claim_page(db.session())) is not None:
        db.session.commit()
        digest, page = due
        attempt(f"PDF {digest[:8]}", partial(pdf_files.make_file, db.session(), digest, page))
        db.session.commit()
    db.session.commit()
    while True:
        claimed = files.claim_asked(db.session())
        db.session.commit()
        if claimed is None:
            return
        try:
            outcome = make_one(claimed)
        except Exception as error:  # noqa: BLE001  # one recueil fails, the others are made
            db.session.rollback()
            outcome = f"{files.record_failure(db.session(), claimed, error)}, {type(error).__name__}"
        db.session.commit()
        click.echo(f"recueil {claimed.number}: {outcome}")


def make_one(claimed: files.ClaimedRecueil) -> str:
    """Make a claimed recueil, and say how it went; no transaction is open while its pages are set."""
    asked = files.set_out(db.session(), claimed)
    db.session.rollback()
    pdf = write_pdf(asked.html, recorder(claimed))
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
    """The loop's process for PDF files: e-mails leave meanwhile, it gives its memory back, and it may die alone."""

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
        rested = time.monotonic() >= self.rests_until
        is_due = rested and (files.has_due(db.session()) or pdf_files.has_due(db.session()))
        db.session.rollback()
        if is_due:
            own = [sys.executable, "-m", "flask", "--app", str(config.ROOT / "wsgi.py")]
            self.process = subprocess.Popen([*own, "mail", "deliver", "--pdf"])  # noqa: S603  # nothing in it was typed


@mail_commands.command(
    "loop",
    help="Deliver e-mails as they fall due, have recueils made, run the scheduled job each hour, until stopped.",
    epilog=f"\b\nExample: {COMMAND} mail loop",
)
@click.pass_context
def loop(context: click.Context) -> None:
    note_running(current_app.config["INSTANCE"])
    click.echo(f"e-mails go to {destination()}")
    for warning in warnings(current_app.config):
        click.echo(f"warning: {warning}")
    next_hour, maker = 0.0, MakerProcess()
    stale: Iterator[int] = iter(())
    while True:
        if time.monotonic() >= next_hour:
            attempt("clock", partial(context.invoke, clock))
            next_hour, stale = time.monotonic() + AN_HOUR, renewals(db.session())
        send_mail()
        attempt("derived rows", partial(list, islice(stale, BATCHES)))
        maker.start_if_due()
        time.sleep(BETWEEN_ROUNDS)


def attempt(name: str, act: Callable[[], object]) -> bool:
    """Do an act of a round; return whether it was done. An act that fails stops no other, and is tried again."""
    try:
        act()
    except click.ClickException as error:  # its session is at rest, and its sentence holds no personal data
        click.echo(error.format_message())
    except Exception as error:  # noqa: BLE001  # e-mails leave as soon as they can
        db.session.rollback()
        click.echo(f"{name} cannot be done for now: {type(error).__name__}")
    else:
        return True
    return False


def destination() -> str:
    return current_app.config["SMTP_URL"].rpartition("@")[2] or str(mail_folder())


def mail_folder() -> Path:
    folder: Path = current_app.config["INSTANCE"] / "mail"
    return folder
