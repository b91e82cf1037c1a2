"""Selects over articles; only public ones, unless the name says otherwise."""

from sqlalchemy import Select, select

from app.articles.models import Article
from app.audit import AuditEvent, Kind

ARTICLE_KINDS = [kind for kind in Kind if kind.value.startswith(("article_", "theme"))]


def by_slug(slug: str) -> Select[Article]:
    return select(Article).where(Article.slug == slug, Article.is_public)


def public_articles() -> Select[Article]:
    return select(Article).where(Article.is_public).order_by(Article.id)


def by_slug_public_or_not(slug: str) -> Select[Article]:
    return select(Article).where(Article.slug == slug)


def all_articles() -> Select[Article]:
    return select(Article).order_by(Article.is_public, Article.published_on.desc(), Article.id.desc())


def last_change(slug: str) -> Select[AuditEvent]:
    changes = select(AuditEvent).where(AuditEvent.reason == slug, AuditEvent.kind.in_(ARTICLE_KINDS))
    return changes.order_by(AuditEvent.id.desc()).limit(1)
