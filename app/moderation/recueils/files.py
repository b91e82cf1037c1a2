"""The file of a recueil: made at once where it is small, else by the loop; taken away with any of its words.

The loop takes the steps of the outbox: claim, make, record the result; no transaction waits for a page to be set. If
the process dies, the file is due again when the claim lapses.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import render_template
from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.audit import Actor, AuditEvent, Kind
from app.db import now
from app.mail import outbox
from app.mail.messages import Message
from app.moderation.recueils.contents import (
    AT_ONCE,
    Contents,
    NothingToCollect,
    TooManySheets,
    count_outdated,
    load_contents,
    outdated_recueils,
    passages_with_sheets,
)
from app.moderation.recueils.models import FILE_PERIOD, Recueil, RecueilEntry, RecueilFile
from app.testimonials.changes import CHANGED_IDS, Changes
from app.testimonials.models import Testimonial
from app.web.pdf import Pdf, write_pdf

CLAIM = timedelta(minutes=5)  # renewed as pages are set
MOST_ATTEMPTS = 3

recueil: Any = Recueil.__table__
RENEW_CLAIM = (
    recueil.update()
    .where(recueil.c.id == bindparam("number"), recueil.c.due_at.is_not(None))
    .values(pages_set=bindparam("set"), due_at=bindparam("until"))
)


@dataclass(frozen=True)
class Claimed:
    """A recueil to make, by value: its page, and the entries of the testimonials that stand on it."""

    number: int
    html: str
    entries: list[RecueilEntry]


def render_document(session: Session, made: Recueil, contents: Contents, *, is_file: bool) -> str:
    """Render a recueil as a page: for the screen and a browser's printer, or as the source of a file."""
    return render_template(
        "recueils/document.html",
        recueil=made,
        contents=contents,
        passages=passages_with_sheets(session, contents),
        today=now(),
        is_file=is_file,
    )


def file_or_wait(session: Session, made: Recueil, contents: Contents, by: User) -> Pdf | None:
    """Return the file of a recueil: the one kept, if each of its words is still to be reused; else a new one.

    None where it is long: the loop will make it, and write to `by`. Raises `NothingToCollect`, `TooManySheets` and
    `PdfUnavailable`.
    """
    contents.require_sheets()
    if made.file is not None and not count_outdated(session, made):
        record(session, Kind.RECUEIL_TAKEN, made, Actor.editor(by.id))
        return Pdf(made.file.content, made.file.pages)
    if len(contents.sheets) > AT_ONCE:
        ask_for_file(session, made, contents, by)
        return None
    pdf = write_pdf(render_document(session, made, contents, is_file=True))
    record(session, Kind.RECUEIL_TAKEN, made, Actor.editor(by.id))
    return pdf


def ask_for_file(session: Session, made: Recueil, contents: Contents, by: User) -> None:
    """Have the loop make a file anew; one that is being made goes on."""
    if not made.is_awaited:
        made.ask(by, contents.pages_expected)
        record(session, Kind.RECUEIL_ASKED, made, Actor.editor(by.id))


def record(session: Session, kind: Kind, made: Recueil, by: Actor) -> None:
    session.add(AuditEvent.of(kind, by, reason=f"{made.article.slug}/{made.id}"))


def claim_asked(session: Session) -> int | None:
    """Claim the recueil that has waited longest; None where none is due. The caller commits."""
    due = select(Recueil).where(Recueil.due_at <= now()).order_by(Recueil.due_at).limit(1)
    made = session.scalar(due.with_for_update(skip_locked=True))
    if made is None:
        return None
    made.attempts += 1
    made.due_at = now() + CLAIM
    return made.id


def set_out(session: Session, number: int) -> Claimed | None:
    """Render a claimed recueil; None where it is gone. Raises `NothingToCollect` and `TooManySheets`."""
    made = session.get(Recueil, number)
    contents = load_contents(session, made.article, made.filters) if made is not None else None
    if made is None or contents is None:
        return None
    contents.require_sheets()
    return Claimed(number, render_document(session, made, contents, is_file=True), contents.entries())


def renew_claim(session: Session, number: int, pages: int) -> None:
    """Record how far a file has come. The caller commits."""
    session.execute(RENEW_CLAIM, {"number": number, "set": pages, "until": now() + CLAIM})


def keep_file(session: Session, claimed: Claimed, pdf: Pdf) -> bool:
    """Keep a file and write to the one who asked, if its words are still all to be reused; else it is due again.

    Its testimonials are locked, as by every writer: none is withdrawn between the question and the commit. Return
    whether it was kept. The caller commits.
    """
    ids = sorted(each.testimonial_id for each in claimed.entries)
    session.execute(select(Testimonial.id).where(Testimonial.id.in_(ids)).order_by(Testimonial.id).with_for_update())
    made = session.scalar(select(Recueil).where(Recueil.id == claimed.number).with_for_update())
    if made is None or made.due_at is None:  # deleted, or changed, meanwhile
        return False
    made.forget_file()
    session.flush()
    made.file = RecueilFile(pages=pdf.pages, content=pdf.content, entries=claimed.entries)
    session.flush()
    if count_outdated(session, made):
        asked_by = made.asked_by
        made.forget_file()
        made.asked_by, made.due_at = asked_by, now()
        return False
    if made.asked_by is not None and made.asked_by.is_active:
        outbox.enqueue(
            session,
            Message.RECUEIL_READY,
            to=made.asked_by.email,
            recueil=[made.article.slug, made.id],
            title=made.title,
            pages=pdf.pages,
        )
    return True


def record_failure(session: Session, number: int, error: Exception) -> bool:
    """Record that a file could not be made; return whether it is given up. The caller commits."""
    made = session.get(Recueil, number)
    if made is None or made.due_at is None:
        return True
    if made.attempts < MOST_ATTEMPTS and not isinstance(error, NothingToCollect | TooManySheets):
        return False
    made.due_at, made.failed_at = None, now()
    return True


def delete_old_files(session: Session) -> int:
    """Delete the files past their time, and those whose words are over; return how many. The caller commits."""
    old = select(RecueilFile.recueil_id).where(RecueilFile.made_at <= now() - FILE_PERIOD)
    numbers = {*session.scalars(old), *session.scalars(outdated_recueils())}
    session.execute(delete(RecueilFile).where(RecueilFile.recueil_id.in_(numbers)))
    return len(numbers)


def delete_outdated_files(session: Session, changes: Changes) -> None:
    """Delete, in the transaction that takes words away, the files that have them (product rules 1 and 4)."""
    ids = [each.id for each in changes.testimonials if each.published_at is not None]
    if not ids:
        return
    numbers = session.scalars(OUTDATED_BY_CHANGE, {"ids": ids}).all()
    if numbers:
        session.execute(recueil.update().where(recueil.c.id.in_(numbers)).values(lost_at=now()))
        session.execute(delete(RecueilFile).where(RecueilFile.recueil_id.in_(numbers)))


OUTDATED_BY_CHANGE = outdated_recueils(RecueilEntry.testimonial_id.in_(CHANGED_IDS))
