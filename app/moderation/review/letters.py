"""Letters to an author who agreed to be contacted, their ground and bounds (product rule 4); notes to colleagues."""

import re
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import french
from app.accounts.gate import NotPermitted
from app.accounts.models import User
from app.accounts.queries import editors_of
from app.audit import Actor, AuditEvent, Kind
from app.db import now
from app.labelled_enum import LabelledEnum
from app.mail import outbox
from app.moderation import editor_mails
from app.moderation.decisions import Stale
from app.testimonials import mails
from app.testimonials.consent import Consent, given_line
from app.testimonials.decision import Remark, RemarkKind
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose


class Contact(LabelledEnum):
    """The ground for writing to an author, or for not writing; the label is said beside the address."""

    AGREED = "agreed", "accepte que le réseau lui écrive"
    HANDLING = "handling", "pour ce texte seulement, n’a pas accepté que le réseau lui écrive"
    UNCONFIRMED = "unconfirmed", "adresse masquée : personne ne l’a confirmée"
    NO_ADDRESS = "no_address", "sans courriel"
    AT_REST = (
        "at_rest",
        "adresse masquée : rien n’attend sur ce texte, et son auteur·e n’a pas accepté qu’on lui écrive",
    )

    @property
    def is_lawful(self) -> bool:
        return self in {Contact.AGREED, Contact.HANDLING}


def contact_with(testimonial: Testimonial) -> Contact:
    if testimonial.email is None:
        return Contact.NO_ADDRESS
    # An address nobody confirmed may be a stranger's: a consent sent with it is nobody's yet.
    if testimonial.confirmed_at and testimonial.consents_to(Purpose.CONTACT):
        return Contact.AGREED
    if is_in_hand(testimonial):
        return Contact.HANDLING
    return Contact.AT_REST if testimonial.confirmed_at else Contact.UNCONFIRMED


def is_in_hand(testimonial: Testimonial) -> bool:
    """Whether somebody waits for something on the text: its author, an editor or a reader."""
    waits = testimonial.contested_at or testimonial.noticed_at or testimonial.has_new_version
    return testimonial.status.facts.is_underway or bool(waits)


MOST_LETTERS, IN_PERIOD = 3, timedelta(days=30)


class LetterRefused(Stale):
    """Its author does not agree to be written to, or no longer does."""


def contact_consent(testimonial: Testimonial, words: str = "") -> Consent:
    """Return the consent on which a letter rests; raise `LetterRefused`, with the words typed, where there is none.

    Of an erased text the line is kept, as a proof, and nobody can be written to.
    """
    line = given_line(testimonial.consents, Purpose.CONTACT)
    if line is None or testimonial.email is None or contact_with(testimonial) is not Contact.AGREED:
        raise LetterRefused(testimonial, words)
    return line


def letter_refusal(session: Session, testimonial: Testimonial, subject: str, words: str) -> str:
    """Return why a letter cannot leave now, as a sentence; else nothing."""
    sent = [each for each in testimonial.remarks if each.kind is RemarkKind.LETTER]
    same = next((each for each in sent if (each.subject, each.words) == (subject, words)), None)
    if same is not None:
        return f"Cette lettre est déjà partie, le {french.day(same.at)} : rien n’est envoyé deux fois."
    if next_at := next_letter_at(session, testimonial):
        return (
            f"{MOST_LETTERS} lettres sont déjà parties vers cette adresse en {IN_PERIOD.days} jours : la suivante "
            f"pourra partir à compter du {french.day(next_at)}."
        )
    return ""


def next_letter_at(session: Session, testimonial: Testimonial) -> datetime | None:
    """Return from when another letter to this address is possible, about whichever text; None: now."""
    recent = (
        select(Remark.at)
        .join(Testimonial, Testimonial.id == Remark.testimonial_id)
        .where(Testimonial.email == testimonial.email, Remark.kind == RemarkKind.LETTER, Remark.at > now() - IN_PERIOD)
        .order_by(Remark.at.desc())
        .limit(MOST_LETTERS)
    )
    moments = session.scalars(recent).all()
    return moments[-1] + IN_PERIOD if len(moments) == MOST_LETTERS else None


def write_letter(session: Session, user: User, testimonial: Testimonial, subject: str, words: str) -> None:
    """Keep a letter and put it in the outbox; raise `LetterRefused` without the consent. The row is locked."""
    line = contact_consent(testimonial, f"{subject}\n\n{words}")
    event = AuditEvent.of(Kind.WRITTEN_TO, Actor.editor(user.id))
    testimonial.remarks.append(Remark(kind=RemarkKind.LETTER, user_id=user.id, subject=subject, words=words))
    testimonial.events.append(event)
    testimonial.note_act()
    assert testimonial.email is not None, "`contact_consent()` refuses without one"  # noqa: S101  # narrows the type
    outbox.enqueue(
        session,
        mails.LETTER,
        to=testimonial.email,
        about=testimonial.id,
        event=event,
        public_id=testimonial.public_id,
        generation=testimonial.link_generation,
        article=testimonial.article.title,
        subject=subject,
        words=words,
        wording=line.wording,
        agreed_on=french.paris_time(line.at).isoformat(),
        consent_id=line.id,
    )


def leave_note(session: Session, user: User, testimonial: Testimonial, words: str) -> None:
    """Add a note, and write to each colleague it mentions; a double click adds one.

    Raises `NotPermitted` once the text is erased: the note would outlive it.
    """
    if not testimonial.versions:
        raise NotPermitted
    if testimonial.remarks and (testimonial.remarks[-1].user_id, testimonial.remarks[-1].words) == (user.id, words):
        return
    testimonial.remarks.append(Remark(kind=RemarkKind.NOTE, user_id=user.id, words=words))
    testimonial.events.append(AuditEvent.of(Kind.NOTED, Actor.editor(user.id)))
    for colleague in mentioned_editors(session, testimonial, words):
        if colleague.id != user.id:
            to, about, review = colleague.email, testimonial.id, testimonial.public_id
            outbox.enqueue(session, editor_mails.MENTION, to=to, about=about, who=user.name, review=review)


def mentioned_editors(session: Session, testimonial: Testimonial, words: str) -> list[User]:
    """Return the editors of the text's article whose names a note has: to others its page is closed."""
    colleagues = session.scalars(editors_of(testimonial.article_id).order_by(User.id))
    return [each for each in colleagues if re.search(mention_pattern(each.name), words, re.IGNORECASE)]


def mention_pattern(name: str) -> str:
    """Return the regular expression of a mention: an @, then the full name or its first word."""
    return rf"@(?:{re.escape(name)}|{re.escape(name.split(maxsplit=1)[0])})(?!\w)"
