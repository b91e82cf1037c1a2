"""Versions of an article: each change kept as its whole source, numbered, with who made it and when."""

from datetime import datetime

from sqlalchemy import ForeignKey, Select, Text, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.articles.models import Article
from app.articles.source import serialize_source
from app.audit import SYSTEM, Actor, ActorKind, AuditEvent, Kind
from app.db import Base, Numbered, enum_by_value, now


class ArticleVersion(Numbered, Base, kw_only=True):
    """A version of an article, which nothing changes afterwards; `kind` says by which act it was made."""

    __tablename__ = "article_version"
    __table_args__ = (UniqueConstraint("article_id", "number"),)

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"))
    number: Mapped[int]
    source: Mapped[str] = mapped_column(Text, repr=False)
    kind: Mapped[Kind] = mapped_column(enum_by_value(Kind))
    actor: Mapped[ActorKind] = mapped_column(enum_by_value(ActorKind))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[datetime] = mapped_column(default_factory=now)

    @property
    def event(self) -> AuditEvent:
        """Return the event that made it, for its sentence; it is not of the session."""
        return AuditEvent(kind=self.kind, actor=self.actor, user_id=self.user_id, at=self.at)


def keep_version(session: Session, article: Article, kind: Kind, by: Actor) -> None:
    """Keep the present state of an article as its next version; the caller has the article's row."""
    session.flush()
    last = session.scalar(select(func.max(ArticleVersion.number)).where(ArticleVersion.article_id == article.id)) or 0
    session.add(
        ArticleVersion(
            article_id=article.id,
            number=last + 1,
            source=serialize_source(article),
            kind=kind,
            actor=by.kind,
            user_id=by.user_id,
        )
    )


def keep_first_versions(session: Session) -> None:
    """Keep the present state of each article without a version: those shipped, and those of before versions."""
    versioned = select(ArticleVersion.article_id)
    for article in session.scalars(select(Article).where(Article.id.not_in(versioned))).all():
        keep_version(session, article, Kind.ARTICLE_CREATED, SYSTEM)


def versions_of(article: Article) -> Select[ArticleVersion]:
    versions = select(ArticleVersion).where(ArticleVersion.article_id == article.id)
    return versions.order_by(ArticleVersion.number.desc())
