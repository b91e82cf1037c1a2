"""`flask doctor`: everything that must hold for the platform to be open, examined once, or each day and told."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from email.message import EmailMessage
from itertools import islice

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app import french, tokens
from app.accounts.identities import routes as identities
from app.accounts.models import User
from app.catalog import sync
from app.cli.catalog import differences
from app.cli.mail import deliver_due, destination, mail_folder
from app.cli.maintenance import COMMAND, damaged_lines
from app.cli.proxy import proxy_findings, site_findings
from app.db import db, now
from app.db.process_lock import INTERRUPTED, is_unfinished
from app.erasure_journal import count_waiting, journal_fault, journal_path
from app.erasure_journal.places import second_place
from app.forms import tidy_email
from app.mail import compose, outbox, transport
from app.mail.outbox import Email
from app.monitoring.checks import PATIENCE, Fault, Question, code_revision, database_revision
from app.monitoring.heartbeat import Process, all_heartbeats
from app.monitoring.startup_checks import Finding, Grade, fault, good, premises, warning
from app.privacy.address.routes import AddressForm
from app.privacy.failures import tell_of_check
from app.privacy.register.verification import register_faults
from app.testimonials.refusals import InvitationRefusal
from app.testimonials.testimonial import Testimonial
from app.testimonials.transcript import Transcript

MOST_ROWS = 5  # faults of rows that are told one by one
LONGEST_DUE = timedelta(hours=1)  # a deliverer that works has no e-mail that was due so long ago

COMMANDS = {Process.DELIVERER: "`flask mail loop`", Process.CLOCK: "`flask mail loop`, or `flask clock` from cron"}

# Columns of digests that name their key, and cannot be made again: nobody keeps what they are of.
DIGESTS: Mapping[str, InstrumentedAttribute[str] | InstrumentedAttribute[str | None]] = {
    "refusals of invitations": InvitationRefusal.digest,
    "codes of texts told by voice": Transcript.code_digest,
    "former addresses of the team": User.former_addresses,
}


@click.command(epilog=f"\b\nExample: {COMMAND} doctor --mail vous@exemple.fr")
@click.option("--mail", "address", metavar="ADDRESS", help="Send a message there, to try the mail server.")
@click.option("--quick", is_flag=True, help="Leave out the rows and proofs, which take a minute for 10,000 texts.")
@click.option("--tell", is_flag=True, help="Write faults to admins, once a day at most; then, once, that none is left.")
@with_appcontext
def doctor(address: str | None, *, quick: bool, tell: bool) -> None:
    """Examine settings, folder, database, deliverer, backups, mail, proxy and proofs: `ok`, `warning` or `fault`.

    A line each; exit with 1 if there is a fault. Nothing is changed but for what `--tell` writes.
    """
    if address is not None:
        address = tidy_email(address)
        if not AddressForm(formdata=None, meta={"csrf": False}, data={"email": address}).validate():
            raise click.UsageError("--mail wants an e-mail address: nothing was examined")
    settings, faults = current_app.config, list[str]()
    checks: list[Callable[[], Iterator[Finding]]] = [
        lambda: premises(settings),
        lambda: database_findings(quick=quick),
        journal_findings,
        lambda: mail_findings(address),
        provider_findings,
        lambda: proxy_findings(settings["PUBLIC_URL"]),
        lambda: site_findings(settings["PUBLIC_URL"]),
    ]
    for check in checks:
        for finding in examined(check):
            click.echo(str(finding))
            faults += [finding.sentence] if finding.grade is Grade.FAULT else []
    if tell:
        tell_admins(faults)
    if faults:
        raise click.ClickException(f"faults: {len(faults)}; the platform must not be open with them")
    click.echo("nothing stands against opening the platform")


def tell_admins(faults: Sequence[str]) -> None:
    """Write to admins what they were not told today; deliver it where the deliverer is silent."""
    session = db.session()
    if tell_of_check(session, faults):
        session.commit()
        if not any(each.process is Process.DELIVERER and each.is_alive for each in all_heartbeats(session)):
            deliver_due(beats=False)
    session.rollback()


def examined(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """Yield what a check finds; what it cannot examine is a fault, and the others have their turn."""
    try:
        yield from check()
    except Exception as error:  # noqa: BLE001  # the rest is told
        yield fault(f"something could not be examined ({type(error).__name__}): see the log")
    finally:
        db.session.rollback()


def database_findings(*, quick: bool) -> Iterator[Finding]:
    question = Question(db.engine, journal_path())
    question.start()
    question.answered.wait(PATIENCE)
    if of_database := [each for each in question.faults if each in {Fault.DATABASE, Fault.SCHEMA, Fault.OLDER}]:
        yield fault(f"{of_database[0]} ({db.engine.url.render_as_string(hide_password=True)})")
        return
    session = db.session()
    revision = database_revision(session.connection())
    if revision != code_revision():
        yield fault(f"the database is of a later release ({revision}, this code: {code_revision()}): upgrade")
        return
    yield good(f"the database answers, at this code's revision ({revision})")
    yield from key_findings(session)
    yield from heartbeat_findings(session)
    yield backup_finding(session)
    yield from outbox_findings(session)
    if count_waiting(session):
        yield fault("lines of the journal of erasures wait to be written: run `flask erasures check`")
    if left := sync.count_stale(session):
        yield warning(f"derived rows of {left} texts are stale: `flask mail loop` renews them")
    if not quick:
        yield from row_findings(session, is_stale=left > 0)


def key_findings(session: Session) -> Iterator[Finding]:
    """Yield what rests on the older keys, if there are any, and on keys that are not set."""
    names = [tokens.key_id(key) for key in tokens.secret_keys()]
    older, lost = Counter[str](), Counter[str]()
    for what, column in DIGESTS.items():
        for stored in session.scalars(select(column).where(column.is_not(None))):
            of_keys = [digest.partition(":")[0] for digest in (stored or "").split()]
            older[what] += sum(name in names[1:] for name in of_keys)
            lost[what] += sum(name not in names for name in of_keys)
    if names[1:]:
        links = session.scalar(select(func.count()).where(Testimonial.email.is_not(None)))
        ends = f"texts whose author has an address, to which private links went: {links}; those of the older keys end"
        yield good(f"the site has {len(names)} keys; {ends} when these are taken out")
    if told := listed(older):
        yield good(f"the older keys must stay: {told} rest on them, and would count no more")
    if told := listed(lost):
        yield warning(f"{told} rest on a key that is not set: add it to SECRET_KEY_FALLBACKS, unless others know it")


def listed(counts: Counter[str]) -> str:
    return ", ".join(f"{number} {what}" for what, number in counts.items() if number)


def heartbeat_findings(session: Session) -> Iterator[Finding]:
    """Yield which processes are alive, and since when: the latest beat of each kind, on any machine."""
    beats = all_heartbeats(session)
    for process, command in COMMANDS.items():
        last = next((each for each in beats if each.process is process), None)
        if last is None:
            yield warning(f"the {process} was never seen: start {command}")
        elif last.is_alive:
            yield good(f"the {process} is alive on {last.machine} since {last.since:%Y-%m-%d %H:%M} UTC")
        else:
            stopped = f"{last.at:%Y-%m-%d %H:%M} UTC"
            yield fault(f"the {process} was last seen on {stopped}: start {command}")


def backup_finding(session: Session) -> Finding:
    """Tell when the last backup was made; that there is none is a fault once texts are older than one may be."""
    last = next((each.at for each in all_heartbeats(session) if each.process is Process.BACKUP), None)
    made = f"the last backup is of {last:%Y-%m-%d %H:%M} UTC" if last else "no backup was ever made"
    oldest = last or session.scalar(select(func.min(Testimonial.submitted_at))) or now()
    if now() - oldest > Process.BACKUP.silence:
        return fault(f"{made}: see what `flask backup` says, and whether its timer runs")
    return Finding(Grade.GOOD if last else Grade.WARNING, made)


def outbox_findings(session: Session) -> Iterator[Finding]:
    """Yield whether e-mails leave as they fall due, and how many this release cannot read."""
    oldest = session.scalar(select(func.min(Email.due_at)))
    if oldest is not None and oldest < now() - LONGEST_DUE:
        late = f"an e-mail is due since {oldest:%Y-%m-%d %H:%M} UTC: see what {COMMANDS[Process.DELIVERER]} says"
        yield fault(late)
    else:
        yield good("e-mails leave as they fall due")
    if number := session.scalar(select(func.count()).select_from(Email).where(outbox.is_unreadable())):
        yield warning(f"e-mails that this release cannot read: {number}; see /administration/courriels")


def row_findings(session: Session, *, is_stale: bool) -> Iterator[Finding]:
    """Yield the first faults of proofs and of derived rows, or that there is none.

    Rows that a release has made stale are compared once they are renewed.
    """
    for name, faults, command in (
        ("proofs of consent", register_faults(session), "privacy verify"),
        ("derived rows", differences(session), "catalog check"),
    ):
        if command == "catalog check" and is_stale:
            continue
        told = list(islice(faults, MOST_ROWS))
        for each in told:
            yield fault(f"{name}: {each}")
        if len(told) == MOST_ROWS:
            yield fault(f"{name}: `flask {command}` tells them all")
        if not told:
            yield good(f"{name} are as they should be")
        session.rollback()


def journal_findings() -> Iterator[Finding]:
    path = journal_path()
    if is_unfinished(current_app.config["INSTANCE"]):
        yield fault(INTERRUPTED)
    if sentence := journal_fault(path) or damaged_lines(path):
        yield fault(sentence)
    else:
        yield good(f"the journal of erasures can be written, and is whole ({path})")
    if copy := second_place():
        try:
            copy.read()
        except OSError as error:
            yield fault(f"the second place of the journal of erasures does not answer ({error.strerror})")
        else:
            yield good(f"the second place of the journal of erasures answers ({copy.name})")


def mail_findings(address: str | None) -> Iterator[Finding]:
    """Yield whether the mail server lets this machine in, and takes a message where an address is given."""
    chosen = transport.configured_transport(current_app.config["SMTP_URL"], mail_folder())
    try:
        if address is not None:
            chosen.send(trial_message(address))
        elif isinstance(chosen, transport.Smtp):
            with chosen.reached():
                pass
        else:
            return  # the settings were told
    except transport.NotDelivered as error:
        yield fault(f"the mail server does not take messages ({destination()}: {error})")
        return
    if isinstance(chosen, transport.Folder):
        yield warning(f"the message is a file in {destination()}: there is no mail server")
        return
    done = "took a message" if address else "lets this machine in"
    yield good(f"the mail server {done} ({destination()})")


def provider_findings() -> Iterator[Finding]:
    """Yield whether the identity provider says of itself what its standard asks; nothing where none is set."""
    if (chosen := current_app.config["IDENTITY_PROVIDER"]) is None:
        return
    if why := identities.client().fault():
        yield warning(
            f"the identity provider {chosen.issuer} cannot be used ({why}): editors sign in by their passwords"
        )
    else:
        yield good(f"the identity provider answers ({chosen.issuer})")


def trial_message(address: str) -> EmailMessage:
    """Return a message that says what it is for, as those of the outbox are sent."""
    settings, email = current_app.config, EmailMessage()
    email["From"], email["To"] = settings["MAIL_FROM"], compose.reachable(address)
    email["Date"], email["Message-ID"] = now(), compose.new_message_id()
    email["Subject"] = f"Essai d’envoi {french.of(settings['SITE_NAME'])}"
    email["Auto-Submitted"] = "auto-generated"
    purpose = f"Ce message montre que {settings['SITE_NAME']} peut écrire à cette adresse. N’y répondez pas."
    advice = "S’il est arrivé parmi les indésirables, vérifiez SPF, DKIM et DMARC (docs/installer.md)."
    email.set_content(f"Bonjour,\n\n{purpose}\n{advice}\n\n{settings['PUBLIC_URL']}\n", cte="quoted-printable")
    return email
