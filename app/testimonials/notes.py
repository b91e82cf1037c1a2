"""What goes with an editor's act: Note, before it is stored, and Decision, once it is."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column

from app.db import Base, by_value, now
from app.testimonials.lifecycle import Action
from app.testimonials.reasons import Reason


@dataclass(frozen=True)
class Note:
    """What goes with an editor's act: a reason code, and the sentence the author will read."""

    reason: Reason | None = None
    message: str = ""


class Decision(MappedAsDataclass, Base, kw_only=True):
    """An editor's act with its reason and its message; the message goes when the testimonial is erased."""

    __tablename__ = "decision"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    testimonial_id: Mapped[int] = mapped_column(ForeignKey("testimonial.id"), index=True, init=False)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    action: Mapped[Action] = mapped_column(by_value(Action))
    version_number: Mapped[int]
    reason: Mapped[Reason | None] = mapped_column(by_value(Reason), default=None)
    message: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(default_factory=now)
