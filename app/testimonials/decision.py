"""What goes with an editor's act: Note, before it is stored, and Decision, once it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from sqlalchemy import JSON, ForeignKey, Text
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column

from app.db import Base, enum_by_value, now
from app.testimonials.lifecycle import Action
from app.testimonials.reasons import Reason


@dataclass(frozen=True)
class DecisionNote:
    """What goes with an editor's act: a reason code, and the sentence the author will read.

    Where the act asks something of the author: what is asked of each question, by its name, and until when.
    """

    reason: Reason | None = None
    message: str = ""
    asked: Mapping[str, str] = field(default_factory=dict)
    due_at: datetime | None = None


class Decision(MappedAsDataclass, Base, kw_only=True):
    """An editor's act with its reason, its message and what was asked; all go when the testimonial is erased."""

    __tablename__ = "decision"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    testimonial_id: Mapped[int] = mapped_column(ForeignKey("testimonial.id"), index=True, init=False)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    action: Mapped[Action] = mapped_column(enum_by_value(Action))
    version_number: Mapped[int]
    reason: Mapped[Reason | None] = mapped_column(enum_by_value(Reason), default=None)
    message: Mapped[str] = mapped_column(Text, default="")
    asked: Mapped[dict[str, str]] = mapped_column(JSON, default_factory=dict)
    at: Mapped[datetime] = mapped_column(default_factory=now)

    @classmethod
    def of(cls, user_id: int, action: Action, version_number: int, note: DecisionNote) -> Self:
        """Return the line of an editor's act on a version, with the note that goes with it."""
        return cls(
            user_id=user_id,
            action=action,
            version_number=version_number,
            reason=note.reason,
            message=note.message,
            asked=dict(note.asked),
        )
