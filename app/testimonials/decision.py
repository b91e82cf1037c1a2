"""Acts and words of editors and author: Decision, Withdrawal, with the values that revoking them restores; Remark."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Self

from sqlalchemy import JSON, ForeignKey, Text
from sqlalchemy.orm import Mapped, MappedAsDataclass, MappedColumn, composite, mapped_column

from app.db import Base, Numbered, enum_by_value, now
from app.labelled_enum import LabelledEnum
from app.testimonials.lifecycle import Action, Status
from app.testimonials.reasons import Reason


@dataclass(frozen=True)
class DecisionNote:
    """A reason code and the sentence the author will read; in a request, `asked` by question name, and until when.

    `to_readers` is what those who reported the text read, if the decision answers their notices.
    """

    reason: Reason | None = None
    message: str = ""
    asked: Mapping[str, str] = field(default_factory=dict)
    due_at: datetime | None = None
    to_readers: str = ""


@dataclass(frozen=True)
class Before:
    """A testimonial as an act found it; the numbers are those of versions."""

    status: Status
    waiting_since: datetime
    due_at: datetime | None
    reminded_at: datetime | None
    contested_at: datetime | None
    contested_number: int | None
    masks_number: int | None
    shown_number: int | None
    settled_number: int
    hidden_until: datetime | None
    readable_from: datetime | None


# What revoking an act restores as it was; the status and the shown version follow rules of their own.
RESTORED = (
    *("waiting_since", "due_at", "reminded_at", "settled_number"),
    *("contested_at", "contested_number", "masks_number", "hidden_until", "readable_from"),
)


def columns_before() -> Iterator[MappedColumn[Any]]:
    yield mapped_column("status_before", enum_by_value(Status))
    for each in fields(Before)[1:]:
        yield mapped_column(f"{each.name}_before")


class Withdrawal(MappedAsDataclass, Base, kw_only=True):
    """A published text as its author's withdrawal found it; stored as long as that can be called back.

    It shows nobody anything: versions, placements and dates stay where they are, and consents are lines of their own.
    """

    __tablename__ = "withdrawal"

    testimonial_id: Mapped[int] = mapped_column(
        ForeignKey("testimonial.id"), primary_key=True, autoincrement=False, init=False
    )
    ends_reuse: Mapped[bool]  # consent to reuse was in force, and ended with it
    at: Mapped[datetime] = mapped_column(index=True, default_factory=now)
    before: Mapped[Before] = composite(*columns_before())


class Decision(Numbered, Base, kw_only=True):
    """An editor's act with its reason, its message and what was asked; all go when the testimonial is erased."""

    __tablename__ = "decision"

    testimonial_id: Mapped[int] = mapped_column(ForeignKey("testimonial.id"), index=True, init=False)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    action: Mapped[Action] = mapped_column(enum_by_value(Action))
    version_number: Mapped[int]
    reason: Mapped[Reason | None] = mapped_column(enum_by_value(Reason), default=None)
    message: Mapped[str] = mapped_column(Text, default="")
    asked: Mapped[dict[str, str]] = mapped_column(JSON, default_factory=dict)
    at: Mapped[datetime] = mapped_column(default_factory=now)
    before: Mapped[Before] = composite(*columns_before())

    @classmethod
    def of(cls, user_id: int, action: Action, version_number: int, before: Before, note: DecisionNote) -> Self:
        return cls(
            user_id=user_id,
            action=action,
            version_number=version_number,
            before=before,
            reason=note.reason,
            message=note.message,
            asked=dict(note.asked),
        )


class RemarkKind(LabelledEnum):
    """The kind of a remark."""

    NOTE = "note", "Note de l’équipe"
    CORRECTION = "correction", "Mots de l’équipe, avec une correction"
    OBJECTION = "objection", "Contestation de l’auteur·e"
    LETTER = "letter", "Lettre de l’équipe, au titre de l’accord pour être recontacté·e"


class Remark(Numbered, Base, kw_only=True):
    """Words about a testimonial; erased with it, and in its author's data export."""

    __tablename__ = "remark"

    testimonial_id: Mapped[int] = mapped_column(ForeignKey("testimonial.id"), index=True, init=False)
    kind: Mapped[RemarkKind] = mapped_column(enum_by_value(RemarkKind))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), default=None)
    subject: Mapped[str] = mapped_column(default="", server_default="")  # a letter's
    words: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(default_factory=now)
