"""Remark: an editors' note, the words sent with a correction, a letter to the author, or an author's objection."""

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column

from app.db import Base, enum_by_value, now
from app.labels import LabelledEnum


class RemarkKind(LabelledEnum):
    """The kind of a remark."""

    NOTE = "note", "Note de l’équipe"
    CORRECTION = "correction", "Mots de l’équipe, avec une correction"
    OBJECTION = "objection", "Contestation de l’auteur·e"
    LETTER = "letter", "Lettre de l’équipe, au titre de l’accord pour être recontacté·e"


class Remark(MappedAsDataclass, Base, kw_only=True):
    """Words about a testimonial; erased with it, and in its author's data export."""

    __tablename__ = "remark"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    testimonial_id: Mapped[int] = mapped_column(ForeignKey("testimonial.id"), index=True, init=False)
    kind: Mapped[RemarkKind] = mapped_column(enum_by_value(RemarkKind))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), default=None)
    subject: Mapped[str] = mapped_column(default="", server_default="")  # a letter's
    words: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(default_factory=now)
