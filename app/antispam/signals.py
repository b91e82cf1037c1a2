"""What makes a sending look like junk: told to the editors, never a reason to refuse (docs/decisions/0008).

One line for each testimonial: a digest of its text without case, accents' forms or punctuation, a keyed digest of who
sent it, and the signs. It goes when the testimonial is erased, and after `SPAM_MEMORY` in any case.
"""

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime

from flask import current_app
from sqlalchemy import JSON, ForeignKey, delete, exists, select
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column

from app.db import Base, now
from app.labels import LabelledEnum
from app.web.rate_limits import keyed_name


class Sign(LabelledEnum):
    """A behaviour rare among people and common among bots; the label is the sentence editors read."""

    TRAPPED = "trapped", "Une ligne cachée du formulaire a été remplie."
    HASTY = "hasty", "Le formulaire a été envoyé en quelques secondes."
    UNTIMED = "untimed", "Le formulaire a été envoyé sans avoir été ouvert."
    REPEATED = "repeated", "Le même texte est déjà venu d’une autre adresse."
    DOUBLE = "double", "Le même texte est déjà venu de la même adresse."


class SpamTrace(MappedAsDataclass, Base, kw_only=True):
    """What a sending looked like."""

    __tablename__ = "spam_trace"

    testimonial_id: Mapped[int] = mapped_column(ForeignKey("testimonial.id"), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(index=True)
    sender: Mapped[str]
    signs: Mapped[list[str]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(default_factory=now, index=True)


def record_signs(session: Session, testimonial_id: int, account: str, email: str, signs: Iterable[Sign]) -> None:
    """Write down, or anew, how a text was sent, and whether the same has come before."""
    fingerprint, sender = text_digest(account), keyed_name("sender", email)
    same = (
        SpamTrace.fingerprint == fingerprint,
        SpamTrace.testimonial_id != testimonial_id,
        SpamTrace.at > now() - current_app.config["SPAM_MEMORY"],
    )
    # Asked for one of each, not for all of them: the same text may have come ten thousand times.
    known = {
        sign
        for sign, of in ((Sign.DOUBLE, SpamTrace.sender == sender), (Sign.REPEATED, SpamTrace.sender != sender))
        if session.scalar(select(exists().where(*same, of)))
    }
    found = sorted({*signs, *known})
    trace = session.get(SpamTrace, testimonial_id)
    if trace is None:
        session.add(SpamTrace(testimonial_id=testimonial_id, fingerprint=fingerprint, sender=sender, signs=[*found]))
    else:
        trace.fingerprint, trace.sender, trace.signs = fingerprint, sender, sorted({*found, *trace.signs})


def signs_of(session: Session, testimonial_id: int) -> list[Sign]:
    """Return what in the sending of a testimonial looked like junk."""
    trace = session.get(SpamTrace, testimonial_id)
    return [Sign(each) for each in trace.signs] if trace else []


def signs_of_each(session: Session, ids: Iterable[int]) -> dict[int, list[Sign]]:
    """Return the same of each of some testimonials; what looked like any other is left out."""
    traces = session.scalars(select(SpamTrace).where(SpamTrace.testimonial_id.in_(ids)))
    return {trace.testimonial_id: [Sign(each) for each in trace.signs] for trace in traces if trace.signs}


def erase_signs(session: Session, testimonial_id: int) -> None:
    """Delete what is known of a sending: erasing reaches it too."""
    session.execute(delete(SpamTrace).where(SpamTrace.testimonial_id == testimonial_id))


def delete_old_signs(session: Session) -> None:
    """Delete what is known of sendings long past. The caller commits."""
    session.execute(delete(SpamTrace).where(SpamTrace.at <= now() - current_app.config["SPAM_MEMORY"]))


def text_digest(account: str) -> str:
    """Return what two texts share that differ by case, spaces and punctuation only."""
    return hashlib.sha256(re.sub(r"[\W_]+", " ", account.casefold()).strip().encode()).hexdigest()
