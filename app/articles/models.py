"""Article and Theme: a published text with a call for testimonials, and the themes it lists."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.orm.attributes import flag_modified

from app.articles.call import Call, CallColumn
from app.articles.opening import Opening
from app.db import Base, Numbered, now


class Article(Numbered, Base, kw_only=True):
    """A text that asks its readers for testimonials; `body` is Markdown.

    `is_public`: readers can open it; `offline_at`: since when they no longer can. `is_open`: it takes new testimonials,
    between the two dates of its `opening`. `revision` counts the changes of the article and of its themes: a form sends
    the revision it was opened at.
    """

    __tablename__ = "article"

    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    summary: Mapped[str]
    published_on: Mapped[date]
    body: Mapped[str] = mapped_column(Text, active_history=True)  # placements follow passages, before to after
    call: Mapped[Call] = mapped_column(CallColumn, server_default="")
    is_public: Mapped[bool] = mapped_column(default=True)
    offline_at: Mapped[datetime | None] = mapped_column(default=None)
    is_open: Mapped[bool] = mapped_column(default=True)
    closed_at: Mapped[datetime | None] = mapped_column(default=None)
    opens_at: Mapped[datetime | None] = mapped_column(default=None)
    closes_at: Mapped[datetime | None] = mapped_column(default=None)
    revision: Mapped[int] = mapped_column(init=False)
    themes: Mapped[list["Theme"]] = relationship(
        order_by="Theme.position", back_populates="article", default_factory=list, cascade="all, delete-orphan"
    )

    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012  # SQLAlchemy reads it from the class

    @property
    def opening(self) -> Opening:
        return Opening(self.is_open, self.closed_at, self.opens_at, self.closes_at)

    @property
    def takes_testimonials(self) -> bool:
        return self.opening.takes_testimonials(now())

    @property
    def is_early(self) -> bool:
        return self.is_open and self.opening.is_early(now())

    @property
    def opening_sentence(self) -> str:
        return self.opening.sentence(now())

    def touch(self) -> None:
        """Count a change of a theme as a change of the article."""
        flag_modified(self, "title")


class Theme(Numbered, Base, kw_only=True):
    """A way of working together, or « autre »; `label` is the heading of its passage, `choice` its box in the form.

    The slug never changes: the digests that authors approved contain it (docs/decisions/0005).
    """

    __tablename__ = "theme"
    __table_args__ = (UniqueConstraint("article_id", "slug"),)

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), init=False)
    slug: Mapped[str]
    label: Mapped[str] = mapped_column(active_history=True)
    choice: Mapped[str]
    position: Mapped[int]
    article: Mapped[Article] = relationship(back_populates="themes", init=False, repr=False)
