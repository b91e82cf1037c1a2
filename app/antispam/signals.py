"""Spam signals of a submission: shown to editors, never a reason to refuse (docs/decisions/0008).

One row per testimonial: a digest of its text, ignoring case and punctuation, a keyed digest of its sender, and the
signals. The row is deleted when the testimonial is erased, and after `SPAM_MEMORY` in any case.
"""

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime

from flask import current_app
from sqlalchemy import JSON, ForeignKey, bindparam, delete, exists, select
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column

from app.db import Base, UTCDateTime, now
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
    """The digests and the signals of a submission."""

    __tablename__ = "spam_trace"

    testimonial_id: Mapped[int] = mapped_column(ForeignKey("testimonial.id"), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(index=True)
    sender: Mapped[str]
    signs: Mapped[list[str]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(default_factory=now, index=True)


same_text = (
    SpamTrace.fingerprint == bindparam("fingerprint"),
    SpamTrace.testimonial_id != bindparam("number"),
    SpamTrace.at > bindparam("since", type_=UTCDateTime()),
)
# EXISTS, not a list: the same text may have come ten thousand times.
REPEATS = select(
    exists().where(*same_text, SpamTrace.sender == bindparam("sender")).label(Sign.DOUBLE.value),
    exists().where(*same_text, SpamTrace.sender != bindparam("sender")).label(Sign.REPEATED.value),
)


def record_signs(
    session: Session, testimonial_id: int, account: str, email: str, signs: Iterable[Sign], *, first: bool = False
) -> None:
    """Insert or update the trace of a submission, `first` or not, with the signals of a text that was sent before."""
    fingerprint, sender = text_digest(account), keyed_name("sender", email)
    sent = {"fingerprint": fingerprint, "number": testimonial_id, "sender": sender}
    double, repeated = session.execute(REPEATS, sent | {"since": now() - current_app.config["SPAM_MEMORY"]}).one()
    repeats = {Sign.DOUBLE: double, Sign.REPEATED: repeated}
    found = sorted({*signs, *(sign for sign, came in repeats.items() if came)})
    trace = None if first else session.get(SpamTrace, testimonial_id)
    if trace is None:
        session.add(SpamTrace(testimonial_id=testimonial_id, fingerprint=fingerprint, sender=sender, signs=[*found]))
    else:
        trace.fingerprint, trace.sender, trace.signs = fingerprint, sender, sorted({*found, *trace.signs})


def signs_of(session: Session, testimonial_id: int) -> list[Sign]:
    trace = session.get(SpamTrace, testimonial_id)
    return [Sign(each) for each in trace.signs] if trace else []


def signs_of_each(session: Session, ids: Iterable[int]) -> dict[int, list[Sign]]:
    """Return the signals of several testimonials, by id; those without any are left out."""
    traces = session.execute(select(SpamTrace.testimonial_id, SpamTrace.signs).where(SpamTrace.testimonial_id.in_(ids)))
    return {number: [Sign(each) for each in signs] for number, signs in traces if signs}


def erase_signs(session: Session, testimonial_id: int) -> None:
    session.execute(delete(SpamTrace).where(SpamTrace.testimonial_id == testimonial_id))


def delete_old_signs(session: Session) -> int:
    return len(
        session.scalars(
            delete(SpamTrace)
            .where(SpamTrace.at <= now() - current_app.config["SPAM_MEMORY"])
            .returning(SpamTrace.testimonial_id)
        ).all()
    )


def text_digest(account: str) -> str:
    return hashlib.sha256(re.sub(r"[\W_]+", " ", account.casefold()).strip().encode()).hexdigest()
