"""Transcript: how a testimonial told by voice was recorded, and the digest of the code that opens its private page."""

from datetime import date, datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column

from app.db import Base, enum_by_value
from app.labelled_enum import LabelledEnum


class Medium(LabelledEnum):
    """How a testimonial was told."""

    TELEPHONE = "telephone", "au téléphone"
    MEETING = "meeting", "lors d’une rencontre"
    PAPER = "paper", "sur papier"


class Transcript(MappedAsDataclass, Base, kw_only=True):
    """What an editor typed for its teller: by whom, told when and how; erased with its testimonial.

    Until the teller answers (`answered_at` is None), no version is approved, and silence erases the text. A teller
    without an address has a code: that of the printed sheet, then the code drawn when the teller answered.
    """

    __tablename__ = "transcript"

    testimonial_id: Mapped[int] = mapped_column(
        ForeignKey("testimonial.id"), primary_key=True, autoincrement=False, init=False
    )
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    spoken_on: Mapped[date] = mapped_column("told_on")
    medium: Mapped[Medium] = mapped_column(enum_by_value(Medium))
    code_digest: Mapped[str | None] = mapped_column(unique=True, default=None, repr=False)
    answered_at: Mapped[datetime | None] = mapped_column(default=None)
