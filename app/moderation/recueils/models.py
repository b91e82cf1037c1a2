"""Recueil: a choice of an article's testimonials, a title, an introduction; its file, and whom the file holds."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, LargeBinary, Select, Text, select
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column, relationship

from app.accounts.models import User
from app.articles.models import Article
from app.catalog.filters import Filters
from app.db import Base, Numbered, now
from app.labelled_enum import LabelledEnum

WATCHED_PAGES = 40  # made in seconds, while one looks; longer files are told by letter


class FileState(LabelledEnum):
    """Where the file of a recueil stands; its label ends the sentence « Le PDF … »."""

    NONE = "none", "n’est pas encore fait"
    WAITING = "waiting", "se prépare"
    MAKING = "making", "se compose"
    READY = "ready", "est prêt"
    LOST = "lost", "a été retiré : un texte n’y a plus sa place"
    FAILED = "failed", "n’a pas pu être fait"


class Recueil(Numbered, Base, kw_only=True):
    """A recueil, as an editor composed it: filters and order, no testimonial. Texts are read when the file is made.

    `due_at`: the moment from which the loop may make the file. The process that makes the file moves `due_at` on; if
    that process dies, another takes the file at that moment. `pages_set` counts the pages made. `lost_at`: when a text
    of the file was withdrawn, and the file deleted.
    """

    __tablename__ = "recueil"

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), index=True, init=False)
    article: Mapped[Article] = relationship(repr=False)
    author_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), init=False)
    author: Mapped[User] = relationship(foreign_keys=author_id, repr=False)
    composed_at: Mapped[datetime] = mapped_column(default_factory=now)
    title: Mapped[str]
    introduction: Mapped[str] = mapped_column(Text, default="")
    chosen: Mapped[dict[str, str]] = mapped_column(JSON, default_factory=dict)

    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), init=False, default=None)
    asked_by: Mapped[User | None] = relationship(foreign_keys=asked_by_id, init=False, default=None, repr=False)
    due_at: Mapped[datetime | None] = mapped_column(index=True, init=False, default=None)
    attempts: Mapped[int] = mapped_column(init=False, default=0)
    pages_set: Mapped[int] = mapped_column(init=False, default=0)
    pages_expected: Mapped[int] = mapped_column(init=False, default=0)
    failed_at: Mapped[datetime | None] = mapped_column(init=False, default=None)
    lost_at: Mapped[datetime | None] = mapped_column(init=False, default=None)
    file: Mapped["RecueilFile | None"] = relationship(
        init=False, default=None, repr=False, cascade="all, delete-orphan", passive_deletes=True
    )

    @property
    def filters(self) -> Filters:
        return Filters(**self.chosen)

    @property
    def file_state(self) -> FileState:
        if self.due_at is not None:
            return FileState.MAKING if self.attempts and self.due_at > now() else FileState.WAITING
        if self.file is not None:
            return FileState.READY
        if self.failed_at is not None:
            return FileState.FAILED
        return FileState.LOST if self.lost_at is not None else FileState.NONE

    @property
    def recipient(self) -> User | None:
        """The one who asked for the file and gets the letter about it; None once the article is not theirs to edit."""
        asker = self.asked_by
        return asker if asker is not None and asker.is_active and asker.edits(self.article_id) else None

    @property
    def is_awaited(self) -> bool:
        return self.due_at is not None

    @property
    def is_told(self) -> bool:
        """Whether a letter says that the file is ready."""
        return self.pages_expected > WATCHED_PAGES and self.recipient is not None

    def ask(self, by: User, pages: int) -> None:
        """Have the loop make the file, of about so many pages; the one there was is gone."""
        self.delete_file()
        self.asked_by, self.due_at, self.pages_expected = by, now(), pages

    def delete_file(self) -> None:
        """Delete the file, and what was asked of it: its words are no longer those of the recueil."""
        self.file = self.due_at = self.failed_at = self.lost_at = None
        self.attempts = self.pages_set = 0


class RecueilFile(MappedAsDataclass, Base, kw_only=True):
    """The PDF of a recueil; the database deletes with it the lines that say whom it holds."""

    __tablename__ = "recueil_file"

    recueil_id: Mapped[int] = mapped_column(ForeignKey("recueil.id", ondelete="CASCADE"), primary_key=True, init=False)
    made_at: Mapped[datetime] = mapped_column(default_factory=now, index=True)
    pages: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, repr=False)
    entries: Mapped[list["RecueilEntry"]] = relationship(
        repr=False, cascade="all, delete-orphan", passive_deletes=True, default_factory=list
    )


class RecueilEntry(MappedAsDataclass, Base, kw_only=True):
    """A testimonial in a file, and the digest of the words that stand there."""

    __tablename__ = "recueil_entry"

    recueil_id: Mapped[int] = mapped_column(
        ForeignKey("recueil_file.recueil_id", ondelete="CASCADE"), primary_key=True, init=False
    )
    testimonial_id: Mapped[int] = mapped_column(ForeignKey("testimonial.id"), primary_key=True, index=True)
    digest: Mapped[str]


def recueils_of(article: Article) -> Select[Recueil]:
    return select(Recueil).where(Recueil.article_id == article.id).order_by(Recueil.id.desc())


def recueil_of(slug: str, number: int) -> Select[Recueil]:
    return select(Recueil).join(Recueil.article).where(Recueil.id == number, Article.slug == slug)
