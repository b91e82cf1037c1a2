"""UpdateRequest: from when the author of a testimonial about a project is asked what became of it."""

from datetime import date, datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column

from app.db import Base


class UpdateRequest(MappedAsDataclass, Base, kw_only=True):
    """The day from which an author is asked, as they or an editor chose it, and the moment when they were asked.

    A testimonial without a row is asked about at the usual time, and has not been yet.
    """

    __tablename__ = "update_request"

    testimonial_id: Mapped[int] = mapped_column(
        ForeignKey("testimonial.id"), primary_key=True, autoincrement=False, init=False
    )
    ask_on: Mapped[date]
    asked_at: Mapped[datetime | None] = mapped_column(default=None)
