"""Letters to an author who agreed to be contacted: the consent each rests on, its bounds, its sending."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import french
from app.accounts.models import User
from app.audit import Actor, AuditEvent, Kind
from app.db import now
from app.mail import outbox
from app.mail.messages import Message
from app.moderation.decisions import Stale
from app.moderation.review.contact import Contact, contact_with
from app.testimonials.consent import Consent, given_line
from app.testimonials.decision import Remark, RemarkKind
from app.testimonials.models import Testimonial
from app.testimonials.wordings import Purpose

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
        Message.LETTER,
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
