"""PDF of pages: asked for by a button, made by the loop, handed out while the page still says the same."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from flask import Response, make_response, render_template
from sqlalchemy import LargeBinary, Text, select
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column

from app.db import Base, db, now
from app.forms import ButtonForm
from app.kept import Kept, Term
from app.labelled_enum import LabelledEnum
from app.web import ViewResult, commit_and_show
from app.web.pdf import is_available, pdf_response, write_pdf
from app.web.pdf_page import Pdf, PdfUnavailable

LASTS = timedelta(hours=1)
CLAIM = timedelta(minutes=2)
MOST_ATTEMPTS = 3
SECONDS_BETWEEN_LOOKS = "2"


class PdfState(LabelledEnum):
    """Where the file of a page stands; the label is what its page says, or its button."""

    UNAVAILABLE = "unavailable", "Pour un PDF, imprimez cette page et choisissez « Enregistrer au format PDF »."
    NONE = "none", "Préparer le PDF"
    AWAITED = "awaited", "Le PDF se prépare…"
    FAILED = "failed", "Le PDF n’a pas pu être fait. Réessayez, ou imprimez cette page."
    READY = "ready", "Télécharger le PDF"


class PdfFile(MappedAsDataclass, Base, kw_only=True):
    """A page to set, named by its digest, and its file once the loop has made it.

    `due_at`: the moment from which a process may make the file; none once the file is made or given up.
    """

    __tablename__ = "pdf_file"

    digest: Mapped[str] = mapped_column(primary_key=True)
    page: Mapped[str] = mapped_column(Text, deferred=True, repr=False)
    asked_at: Mapped[datetime] = mapped_column(default_factory=now, index=True)
    due_at: Mapped[datetime | None] = mapped_column(default_factory=now, index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    pages: Mapped[int | None] = mapped_column(default=None)
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True, repr=False, default=None)

    @property
    def state(self) -> PdfState:
        if self.due_at is not None:
            return PdfState.AWAITED
        return PdfState.READY if self.pages is not None else PdfState.FAILED


KEPT = Kept(
    model=PdfFile,
    act=("PDF files of pages", "suppression de PDF"),
    terms=[Term("PDF d’une page que vous avez demandé", "après la demande", LASTS, PdfFile.asked_at)],
)


def digest_of(page: str) -> str:
    return hashlib.sha256(page.encode()).hexdigest()


def render_with_pdf(template: str, **facts: Any) -> Response:
    """Show a page with where its PDF stands. The template gets `pdf`: None in the page that is set as a file."""
    state = PdfState.UNAVAILABLE
    if is_available():
        file = db.session.get(PdfFile, digest_of(render_template(template, pdf=None, **facts)))
        state = file.state if file else PdfState.NONE
    response = make_response(render_template(template, pdf=state, **facts))
    if state is PdfState.AWAITED:
        response.headers["Refresh"] = SECONDS_BETWEEN_LOOKS
    return response


def answer_with_pdf(address: str, name: str, template: str, **facts: Any) -> ViewResult:
    """Answer the button of a page at `address`: its file, if it is made; else have it made and show the page.

    Raises `PdfUnavailable`.
    """
    if not ButtonForm().is_sent():
        return render_with_pdf(template, **facts)
    pdf = hand_out(db.session(), render_template(template, pdf=None, **facts))
    return pdf_response(pdf, name) if pdf else commit_and_show(address)


def hand_out(session: Session, page: str) -> Pdf | None:
    """Return the file of a page; without one, ask the loop for it. Raises `PdfUnavailable`. The caller commits."""
    if not is_available():
        raise PdfUnavailable
    digest = digest_of(page)
    file = session.get(PdfFile, digest)
    if file is not None and file.content is not None and file.pages is not None:
        return Pdf(file.content, file.pages)
    if file is None:
        session.add(PdfFile(digest=digest, page=page))
    elif file.state is PdfState.FAILED:
        file.due_at, file.attempts = now(), 0
    return None


def has_due(session: Session) -> bool:
    return session.scalar(select(PdfFile.digest).where(PdfFile.due_at <= now()).limit(1)) is not None


def claim_page(session: Session) -> tuple[str, str] | None:
    """Claim the page that has waited longest: its digest and its words; None where none is due. The caller commits."""
    due = select(PdfFile).where(PdfFile.due_at <= now()).order_by(PdfFile.asked_at).limit(1)
    while (file := session.scalar(due.with_for_update(skip_locked=True))) is not None:
        file.attempts += 1
        file.due_at = now() + CLAIM if file.attempts <= MOST_ATTEMPTS else None
        if file.due_at is not None:
            return file.digest, file.page
        session.flush()
    return None


def make_file(session: Session, digest: str, page: str) -> None:
    """Set a claimed page, and keep the file unless the page was deleted meanwhile. The caller commits."""
    pdf = write_pdf(page)
    file = session.get(PdfFile, digest, with_for_update=True)
    if file is not None:
        file.content, file.pages, file.due_at = pdf.content, pdf.pages, None
