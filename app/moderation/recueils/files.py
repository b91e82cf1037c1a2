"""The file of a recueil: made by the loop, kept, handed out; taken away with any of its words.

Its maker takes the steps of the outbox: claim, make, record the result; no transaction waits for a page to be set. If
the process dies, the file is due again when the claim lapses. One that is given up is told by letter.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app, render_template
from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.audit import Actor, AuditEvent, Kind
from app.db import now
from app.kept import Act, Term
from app.moderation.recueils.contents import (
    MOST_SHEETS,
    Contents,
    NothingToCollect,
    RecueilOffline,
    TooManySheets,
    are_still_shown,
    count_outdated,
    load_contents,
    outdated_recueils,
    passages_with_sheets,
    synthesis_of,
)
from app.moderation.recueils.mails import RECUEIL_FAILED, RECUEIL_READY, write_to_asker
from app.moderation.recueils.models import Recueil, RecueilEntry, RecueilFile
from app.testimonials.changes import CHANGED_IDS, Changes, locked
from app.testimonials.testimonial import Testimonial
from app.web.pdf import is_available
from app.web.pdf_page import Pdf, PdfUnavailable

CLAIM = timedelta(minutes=5)  # renewed as pages are set
MOST_ATTEMPTS = 3

# Why a file cannot be made, however often it is tried: the end of « n’a pas pu être fait : … ».
HOPELESS: dict[type[Exception], str] = {
    NothingToCollect: "plus aucun retour de son choix n’est ouvert à la réutilisation. Élargissez ce choix, puis "
    "recommencez",
    TooManySheets: f"son choix a plus de {MOST_SHEETS} fiches. Restreignez-le, puis recommencez",
    RecueilOffline: "son article n’est plus en ligne. Recommencez quand il le sera",
    PdfUnavailable: "le serveur n’a pas de quoi composer un PDF (WeasyPrint et Pango). D’ici là, ouvrez le document "
    "et imprimez-le",
}
DIED = (
    "le serveur s’est arrêté en chemin, plusieurs fois de suite. Recommencez ; si cela se répète, son journal dit "
    "pourquoi"
)

recueil: Any = Recueil.__table__
RENEW_CLAIM = (
    recueil.update()
    .where(recueil.c.id == bindparam("number"), recueil.c.due_at == bindparam("held", type_=recueil.c.due_at.type))
    .values(pages_set=bindparam("set"), due_at=bindparam("until"))
)


class ChangedMeanwhile(Exception):
    """A text of a file was taken away while the file was made, or the recueil was: nobody gets that file."""


@dataclass
class ClaimedRecueil:
    """A claimed recueil, by value. It is held while `due_at` is what that process last wrote there.

    Asked again, changed or claimed by another after a pause, the recueil has another `due_at`.
    """

    number: int
    until: datetime


@dataclass(frozen=True)
class SetOut:
    """A recueil to make: its page, and the entries of the testimonials that stand on it."""

    html: str
    entries: list[RecueilEntry]


def render_document(session: Session, made: Recueil, contents: Contents, *, is_file: bool) -> str:
    """Render a recueil as a page: for the screen and a browser's printer, or as the source of a file."""
    return render_template(
        "recueils/document.html",
        recueil=made,
        contents=contents,
        passages=passages_with_sheets(session, contents),
        synthesis=synthesis_of(session, contents),
        today=now(),
        is_file=is_file,
    )


def hand_out(session: Session, made: Recueil, contents: Contents, by: User) -> Pdf | None:
    """Return the file kept of a recueil, if each of its words is still to be reused; else have the loop make one.

    Raises `NothingToCollect`, `TooManySheets` and `PdfUnavailable`. The caller commits.
    """
    contents.require_sheets()
    if made.file is not None and not count_outdated(session, made):
        record(session, Kind.RECUEIL_TAKEN, made, Actor.editor(by.id))
        return Pdf(made.file.content, made.file.pages)
    if not is_available():
        raise PdfUnavailable
    ask_for_file(session, made, contents, by)
    return None


def ask_for_file(session: Session, made: Recueil, contents: Contents, by: User) -> None:
    """Have the loop make a file again; a file that is being made goes on."""
    if not made.is_awaited:
        made.ask(by, contents.pages_expected)
        record(session, Kind.RECUEIL_ASKED, made, Actor.editor(by.id))


def record(session: Session, kind: Kind, made: Recueil, by: Actor) -> None:
    session.add(AuditEvent.of(kind, by, reason=f"{made.article.slug}/{made.id}"))


def has_due(session: Session) -> bool:
    return session.scalar(select(Recueil.id).where(Recueil.due_at <= now()).limit(1)) is not None


def claim_asked(session: Session) -> ClaimedRecueil | None:
    """Claim the recueil that has waited longest; None where none is due. The caller commits.

    A recueil during whose making every process died is given up: the recueil may be the cause.
    """
    due = select(Recueil).where(Recueil.due_at <= now()).order_by(Recueil.due_at).limit(1)
    while (made := session.scalar(due.with_for_update(skip_locked=True))) is not None:
        if made.attempts < MOST_ATTEMPTS:
            made.attempts, made.pages_set = made.attempts + 1, 0
            made.due_at = until = now() + CLAIM
            return ClaimedRecueil(made.id, until)
        give_up(session, made, DIED)
        session.flush()
    return None


def held_by(session: Session, claimed: ClaimedRecueil) -> Recueil | None:
    """Return a recueil, locked, if a claim on it still holds."""
    held = select(Recueil).where(Recueil.id == claimed.number, Recueil.due_at == claimed.until)
    return session.scalar(held.with_for_update(of=Recueil))


def set_out(session: Session, claimed: ClaimedRecueil) -> SetOut:
    """Render a claimed recueil. Raises `ChangedMeanwhile`, and what is hopeless."""
    made = session.get(Recueil, claimed.number)
    if made is None:
        raise ChangedMeanwhile
    contents = load_contents(session, made.article, made.filters)
    if contents is None:
        raise RecueilOffline
    contents.require_sheets()
    return SetOut(render_document(session, made, contents, is_file=True), contents.entries())


def renew_claim(session: Session, claimed: ClaimedRecueil, pages: int) -> None:
    """Record how far a file has come. Raises `ChangedMeanwhile`: there is no use in going on. The caller commits."""
    until = now() + CLAIM
    facts = {"number": claimed.number, "held": claimed.until, "set": pages, "until": until}
    renewed: Any = session.execute(RENEW_CLAIM, facts)
    if not renewed.rowcount:
        raise ChangedMeanwhile
    claimed.until = until


def keep_file(session: Session, claimed: ClaimedRecueil, asked: SetOut, pdf: Pdf) -> bool:
    """Keep a file, and write of a long one to who asked, if its words are still all to be reused; else it is due again.

    Its testimonials are locked, as by every writer: none is withdrawn between the question and the commit. Return
    whether it was kept. Raises `ChangedMeanwhile`. The caller commits.
    """
    ids = [each.testimonial_id for each in asked.entries]
    session.execute(locked(select(Testimonial.id).where(Testimonial.id.in_(ids))))
    made = held_by(session, claimed)
    if made is None:
        raise ChangedMeanwhile
    made.delete_file()
    if not are_still_shown(session, asked.entries):
        made.due_at = now()
        return False
    session.flush()
    made.file = RecueilFile(pages=pdf.pages, content=pdf.content, entries=asked.entries)
    if made.is_told:
        write_to_asker(session, made, RECUEIL_READY, pages=pdf.pages)
    return True


def record_failure(session: Session, claimed: ClaimedRecueil, error: Exception) -> str:
    """Record that a file could not be made, and return what becomes of it. The caller commits."""
    made = held_by(session, claimed)
    if made is None:
        return "changed meanwhile"
    if made.attempts < MOST_ATTEMPTS and type(error) not in HOPELESS:
        return "kept for later"
    give_up(session, made, HOPELESS.get(type(error), DIED))
    return "given up"


def give_up(session: Session, made: Recueil, reason: str) -> None:
    """Stop trying, and write to the one who asked: nothing is left of the file, and it can be asked for again."""
    made.delete_file()
    made.failed_at = now()
    write_to_asker(session, made, RECUEIL_FAILED, reason=reason)


def expire_files(session: Session) -> int:
    """Delete the files past their time, and those whose words are over; return how many. The caller commits."""
    old = select(RecueilFile.recueil_id).where(RecueilFile.made_at <= now() - current_app.config["RECUEIL_FILE_PERIOD"])
    numbers = {*session.scalars(old), *session.scalars(outdated_recueils())}
    session.execute(delete(RecueilFile).where(RecueilFile.recueil_id.in_(numbers)))
    return len(numbers)


PERIODS = {
    "Si vous témoignez": [
        Term(
            "Recueil en PDF où figure votre texte",
            "après sa composition\u202f; aussitôt supprimé si vous changez d’avis",
            "RECUEIL_FILE_PERIOD",
        )
    ]
}
DELETION = Act("files of recueils past their time", "suppression d’anciens fichiers de recueils", expire_files)


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
