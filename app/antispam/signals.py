"""Spam signals of a submission: shown to editors, never a reason to refuse (docs/decisions/0008).

One row per testimonial: a digest of its text, ignoring case and punctuation, a keyed digest of its sender, and the
signals. The row is deleted when the testimonial is erased, and after `SPAM_MEMORY` in any case.
"""

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime
from itertools import compress

from flask import current_app
from sqlalchemy import JSON, ForeignKey, delete, exists, select
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column

from app.db import Base, now
from app.kept import Kept, Term
from app.labelled_enum import LabelledEnum
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


KEPT = Kept(
    model=SpamTrace,
    act=("old signs of junk", "suppression d’anciens signes d’envois indésirables"),
    terms=[
        Term(
            "Empreintes de votre texte et de votre adresse, contre les envois indésirables",
            "après l’envoi, ou jusqu’à ce que le texte soit effacé",
            "SPAM_MEMORY",
            SpamTrace.at,
        )
    ],
)


def record_signs(
    session: Session, testimonial_id: int, account: str, email: str, signs: Iterable[Sign], *, first: bool = False
) -> None:
    """Insert or update the trace of a submission, `first` or not, with the signals of a text that was sent before."""
    fingerprint, sender = text_digest(account), keyed_name("sender", email)
    is_same = SpamTrace.fingerprint == fingerprint, SpamTrace.testimonial_id != testimonial_id
    since = SpamTrace.at > now() - current_app.config["SPAM_MEMORY"]
    senders = {Sign.DOUBLE: SpamTrace.sender == sender, Sign.REPEATED: SpamTrace.sender != sender}
    # EXISTS, not a list: the same text may have come ten thousand times.
    came = session.execute(select(*(exists().where(*is_same, since, each) for each in senders.values()))).one()
    found = sorted({*signs, *compress(senders, came)})
    trace = None if first else session.get(SpamTrace, testimonial_id)
    if trace is None:
        session.add(SpamTrace(testimonial_id=testimonial_id, fingerprint=fingerprint, sender=sender, signs=[*found]))
    else:
        trace.fingerprint, trace.sender, trace.signs = fingerprint, sender, sorted({*found, *trace.signs})


def signs_of_each(session: Session, ids: Iterable[int]) -> dict[int, list[Sign]]:
    traces = session.execute(select(SpamTrace.testimonial_id, SpamTrace.signs).where(SpamTrace.testimonial_id.in_(ids)))
    return {number: [Sign(each) for each in signs] for number, signs in traces if signs}


def erase_signs(session: Session, testimonial_id: int) -> None:
    session.execute(delete(SpamTrace).where(SpamTrace.testimonial_id == testimonial_id))


def text_digest(account: str) -> str:
    return hashlib.sha256(re.sub(r"[\W_]+", " ", account.casefold()).strip().encode()).hexdigest()
