"""E-mails about the file of a recueil, to who asked for it."""

from typing import Any

from sqlalchemy.orm import Session

from app.accounts.mails import to_editor
from app.accounts.models import User
from app.mail import outbox
from app.mail.messages import Facts, Mail, link_to
from app.moderation.recueils.models import FileState, Recueil


def write_to_asker(session: Session, made: Recueil, message: Mail, **facts: Any) -> None:
    if made.recipient is not None:
        outbox.enqueue(session, message, to=made.recipient.email, **facts | address_of(made))


def address_of(made: Recueil) -> dict[str, Any]:
    """Return the facts by which an e-mail names a recueil and leads to it."""
    return {"recueil": [made.article.slug, made.id], "title": made.title}


def recueil_page(facts: Facts) -> dict[str, str]:
    slug, number = facts["recueil"]
    return link_to("recueils.recueil", slug=slug, number=number)


def recueil_in(session: Session, user: User, facts: Facts, state: FileState) -> Recueil | None:
    """Return the recueil of an e-mail, if its file stands as told and its reader may open it."""
    _, number = facts["recueil"]
    found = session.get(Recueil, number)
    return found if found is not None and found.file_state is state and user.edits(found.article_id) else None


def of_ready_file(session: Session, user: User, facts: Facts) -> Facts | None:
    found = recueil_in(session, user, facts, FileState.READY)
    return {**facts, **address_of(found)} if found is not None and found.article.is_public else None


def of_failed_file(session: Session, user: User, facts: Facts) -> Facts | None:
    found = recueil_in(session, user, facts, FileState.FAILED)
    return {**facts, **address_of(found)} if found is not None else None


OPENS, NOT_MADE = "Ouvrir le recueil", "Le PDF de votre recueil n’a pas pu être fait"
RECUEIL_READY = to_editor("recueil_ready", "Votre recueil est prêt", recueil_page, of_ready_file, opens=OPENS)
RECUEIL_FAILED = to_editor("recueil_failed", NOT_MADE, recueil_page, of_failed_file, opens=OPENS)
