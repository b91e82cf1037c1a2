"""Article and Theme: a published text with a call for testimonials, and the ways of working together it lists."""

from datetime import date

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column, relationship

from app.db import Base


class Article(MappedAsDataclass, Base, kw_only=True):
    """A text that asks its readers for their retours d'expérience. `body` is Markdown."""

    __tablename__ = "article"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    summary: Mapped[str]
    published_on: Mapped[date]
    body: Mapped[str] = mapped_column(Text)
    call_title: Mapped[str]
    call: Mapped[str] = mapped_column(Text)
    themes: Mapped[list["Theme"]] = relationship(
        order_by="Theme.position", back_populates="article", default_factory=list, cascade="all"
    )


class Theme(MappedAsDataclass, Base, kw_only=True):
    """An articulation of the article, or « autre »; `label` heads its passage, `choice` is its box in the form."""

    __tablename__ = "theme"
    __table_args__ = (UniqueConstraint("article_id", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), init=False)
    slug: Mapped[str]
    label: Mapped[str]
    choice: Mapped[str]
    position: Mapped[int]
    article: Mapped[Article] = relationship(back_populates="themes", init=False, repr=False)
