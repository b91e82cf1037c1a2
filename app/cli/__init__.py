"""Every `flask` command."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import flask_migrate
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import text

import app
import config
from app import demo
from app.accounts import expiry
from app.accounts import queries as accounts
from app.antispam import signals
from app.articles import editing, source
from app.articles.source import SourceRefused
from app.audit import SYSTEM, Kind
from app.catalog import sync
from app.cli.editors import editors
from app.cli.starting import as_started, refuse_old_sqlite
from app.db import db, scrub
from app.mail import messages, outbox, transport
from app.moderation.digest import models as digests
from app.privacy import restoration, retention
from app.search import index as searches
from app.territories import loading
from app.territories import queries as territories
from app.testimonials import changes as testimonial_changes
from app.testimonials import draft as drafts
from app.testimonials.erasure_journal import ERASED, journal, noted, unreadable
from app.web import rate_counters

CONTENT = config.ROOT / "content"
MIGRATIONS = config.ROOT / "migrations"
BETWEEN_ROUNDS = 2  # seconds
AN_HOUR = 3600.0  # seconds

content = AppGroup("content", help="What the platform ships: the article, the territories.")
mail = AppGroup("mail", help="The outbox.")
facsimiles = AppGroup("facsimiles", help="The HTML of what is shown, and the shelves it is found on.")
search = AppGroup("search", help="What finds testimonials by their words, and the board's lines.")
erasures = AppGroup("erasures", help="The journal of what was erased or taken back.")
hints = AppGroup("hints", help="What the assistant would have editors look at.")


def create_app(settings: config.Config | None = None) -> Flask:
    """Return the application with its commands, those of the migrations among them."""
    commanded = app.create_app(settings)
    flask_migrate.Migrate(commanded, db, directory=str(MIGRATIONS), render_as_batch=True)
    for command in (prepare, clock, content, mail, editors, facsimiles, search, erasures, hints):
        commanded.cli.add_command(command)
    return commanded


@click.command(help="Bring the database up to date, load what is missing, say where things are.")
@with_appcontext
def prepare() -> None:
    """Do all that a first start needs; a second time it changes nothing."""
    refuse_old_sqlite()
    current_app.config["INSTANCE"].mkdir(mode=0o700, parents=True, exist_ok=True)
    with alone():
        flask_migrate.upgrade()
        bring_content()
        if searches.is_empty(db.session()):
            write_anew()
        if current_app.config["DEMO"]:
            demo.load(db.session(), CONTENT / "demo" / "retours.toml")
            db.session.commit()
    if current_app.config["ENVIRONMENT"] == "production" and db.session.scalar(accounts.with_email(demo.EDITOR_EMAIL)):
        raise click.ClickException("this database holds the demo, whose password everyone knows: use another")
    announce()


@contextmanager
def alone() -> Iterator[None]:
    """Let one machine prepare at a time: on PostgreSQL the others wait; SQLite has one writer anyway."""
    if db.engine.dialect.name != "postgresql":
        yield
        return
    with db.engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(20161)"))
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(20161)"))


def announce() -> None:
    """Say the address, how to sign in, and where the e-mails go."""
    settings = current_app.config
    click.echo(f"\nEn regard       {settings['PUBLIC_URL']}")
    click.echo(f"Editors' desk   {settings['PUBLIC_URL']}/moderation")
    if settings["DEMO"]:
        click.echo(f"  sign in with  {demo.EDITOR_EMAIL}   password: {demo.EDITOR_PASSWORD}")
    else:
        click.echo(f"  first editor  {as_started()}.venv/bin/flask --app wsgi editors invite EMAIL NAME --admin")
    click.echo(f"E-mails go to   {destination()}\n")


@content.command(
    "load", help="Load the territories, and the articles that are not there yet; or each FILE, over its article."
)
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load_content(files: tuple[Path, ...]) -> None:
    """Load what is missing of content/; an article that is there is rewritten only where its source is named."""
    if not files:
        bring_content()
    for path in files:
        bring_article(path)
        db.session.commit()


def bring_article(path: Path) -> None:
    """Insert or rewrite the article of a source, and write it down; what is wrong with it is said."""
    session = db.session()
    try:
        article = source.load(session, path)
        editing.note(article, Kind.ARTICLE_CREATED if article in session.new else Kind.ARTICLE_EDITED, SYSTEM)
    except SourceRefused as error:
        raise click.ClickException(f"{path.name}: {error}") from error


def bring_content() -> None:
    """Insert or update the territories, then insert every article that is not there: admins write the others.

    A région or a CRPV that has another name is shown by it, and found by it, at once.
    """
    before = territories.names(db.session())
    loading.load(db.session(), CONTENT / "territories")
    for path in sorted((CONTENT / "articles").glob("*.md")):
        source.load_missing(db.session(), path)
    db.session.commit()
    show_again()
    if territories.names(db.session()) != before:
        write_anew()


@facsimiles.command("rebuild", help="Put up anew all that is shown: its HTML, and its place on each shelf.")
def rebuild() -> None:
    """Put up everything that is visible; what is out of date is also renewed by `prepare` and `content load`."""
    click.echo(f"shown again: {show_again(everything=True)}")


def show_again(*, everything: bool = False) -> int:
    """Renew what is out of date of what is shown, some at a time, each committed before the next."""
    count = 0
    for number in sync.renew(db.session(), everything=everything):
        db.session.commit()
        count += number
    return count


@mail.command("deliver", help="Deliver every letter that is due, then stop (for cron).")
def deliver() -> None:
    """Deliver what is due; each letter is claimed and settled in transactions of its own."""
    carrier = transport.configured(current_app.config["SMTP_URL"], mail_folder())
    while claimed := outbox.claim(db.session()):
        db.session.commit()
        refusal = outbox.hand_over(claimed, carrier)
        outbox.settle(db.session(), claimed, refusal)
        db.session.commit()
        outcome = f"kept, {refusal}" if refusal else f"sent to {destination()}"
        click.echo(f"letter {claimed.letter_id} ({claimed.message}): {outcome}")
    db.session.rollback()


@mail.command("digest", help="Write to the editors whose time has come what waits for them; `mail loop` does it too.")
def digest() -> None:
    """Tell what waits; each editor is told in a transaction of their own."""
    for _ in digests.tell(db.session()):
        db.session.commit()
    db.session.commit()


@mail.command("preview", help="Write every message to a folder, as text and as HTML, to be looked at.")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def preview(folder: Path) -> None:
    """Render each message with sample facts."""
    folder.mkdir(parents=True, exist_ok=True)
    for message, email in messages.samples():
        for kind, suffix in (("plain", "txt"), ("html", "html")):
            body = email.get_body((kind,))
            if body is not None:
                (folder / f"{message}.{suffix}").write_text(body.get_content(), encoding="utf-8")
    click.echo(f"{len(messages.Message)} messages in {folder}")


@mail.command("loop", help="Deliver letters as they fall due, and do each hour what time does, until stopped.")
@click.pass_context
def loop(context: click.Context) -> None:
    """Deliver, rest, and again; what cannot be done is said, has its next turn, and stops nothing else."""
    click.echo(f"letters go to {destination()}")
    next_hour = 0.0
    while True:
        acts = [digest, deliver]
        if time.monotonic() >= next_hour:
            acts.insert(0, clock)
            next_hour = time.monotonic() + AN_HOUR
        for act in acts:
            try:
                context.invoke(act)
            except Exception as error:  # noqa: BLE001  # whatever is wrong, letters leave as soon as they can
                db.session.rollback()
                click.echo(f"{act.name} cannot be done for now: {type(error).__name__}")
        time.sleep(BETWEEN_ROUNDS)


@click.command(help="Remind, end publications, forget: what time does. For cron, once a day; `mail loop` does it too.")
@with_appcontext
def clock() -> None:
    """Do what is due; each act is committed before the next."""
    for kind, testimonial in retention.due(db.session()):
        public_id = testimonial.public_id
        db.session.commit()
        click.echo(f"{kind}: {public_id}")
    if gone := retention.forget_proofs(db.session()):
        click.echo(f"proofs of consent past their time: {gone}")
    if gone := retention.forget_notices(db.session()):
        click.echo(f"notices whose words are past their time: {gone}")
    if gone := drafts.forget_over(db.session()):
        click.echo(f"drafts past their time: {gone}")
    expiry.forget(db.session())
    rate_counters.forget_closed(db.session())
    signals.forget_old(db.session())
    db.session.commit()
    scrub()


@search.command("rebuild", help="Write anew all that testimonials are found by: their words, their lines on the board.")
def rebuild_search() -> None:
    """Write everything anew, a batch at a time; what people do meanwhile is not lost."""
    click.echo(f"{write_anew()} testimonials can be found")


def write_anew() -> int:
    """Write anew what testimonials are found by, and return how many there are."""
    total = 0
    for count in testimonial_changes.rebuild(db.session()):
        db.session.commit()
        total += count
    return total


@erasures.command("replay", help="Honour again what FILE tells and a restored backup has forgotten.")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
def replay(file: Path | None) -> None:
    """Erase, and take back, what a journal tells, by default this machine's; a second time it finds nothing."""
    file = file or journal()
    if not file.exists():
        raise click.ClickException(f"no journal of erasures at {file}")
    named = noted(file)
    done = []
    for entry in restoration.honour(db.session(), named):
        db.session.commit()
        done.append(entry.what)
        click.echo(f"{entry.what if entry.what == ERASED else f'{entry.what} taken back'} again: {entry.public_id}")
    db.session.rollback()
    scrub()
    erased = done.count(ERASED)
    click.echo(f"{erased} erased again, {len(done) - erased} taken back again, of {len(named)} told in {file}")
    if lost := unreadable(file):
        raise click.ClickException(f"cannot be read, and so not honoured: line {', '.join(map(str, lost))} of {file}")


@hints.command("recompute", help="Examine again every text that is stored: after the assistant's rules have changed.")
def recompute() -> None:
    """Examine everything again, committing as it goes; it may be stopped and run again."""
    done = 0
    for done in testimonial_changes.again(db.session()):  # noqa: B007  # told after the last
        db.session.commit()
    click.echo(f"{done} examined")


def destination() -> str:
    """Return where letters go, without a password: a mail server, or a folder."""
    return current_app.config["SMTP_URL"].rpartition("@")[2] or str(mail_folder())


def mail_folder() -> Path:
    """Return where messages are written when no server is configured."""
    folder: Path = current_app.config["INSTANCE"] / "mail"
    return folder
