"""Selects over articles."""

from sqlalchemy import Select, select

from app.articles.models import Article


def named(slug: str) -> Select[Article]:
    """Select the article of an address."""
    return select(Article).where(Article.slug == slug)


def latest() -> Select[Article]:
    """Select the article published last."""
    return select(Article).order_by(Article.published_on.desc(), Article.id.desc()).limit(1)


def every() -> Select[Article]:
    """Select every article, the oldest first."""
    return select(Article).order_by(Article.id)
