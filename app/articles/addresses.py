"""Addresses of an article: the slug, and former slugs, which lead to the article for good.

A slug is never given to a second article: links and cached pages must not change their meaning. The addresses of an
article taken offline say so; the addresses of an article that never was online answer 404.
"""

import re
from typing import TypeVar

from flask import Flask, Response, request, url_for
from sqlalchemy import ForeignKey, or_, select
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column, object_session
from werkzeug.exceptions import NotFound

from app.articles.models import Article
from app.db import SAFE_METHODS, Base, db

# Rules whose slug is an article's.
OF_AN_ARTICLE = re.compile("/(articles|integration)/<slug>")
OF_THE_TEAM = re.compile("/(administration|moderation)/")


class FormerSlug(MappedAsDataclass, Base, kw_only=True):
    """A slug that an article had."""

    __tablename__ = "former_slug"

    slug: Mapped[str] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), index=True)


def owner_of(session: Session, slug: str) -> Article | None:
    former = select(FormerSlug.article_id).where(FormerSlug.slug == slug).scalar_subquery()
    return session.scalar(select(Article).where(or_(Article.slug == slug, Article.id == former)))


def rename_article(article: Article, slug: str) -> None:
    """Give an article another slug, or one that it had; the present one becomes a former one."""
    session = object_session(article)
    assert session is not None  # noqa: S101  # it was read from one; narrows the type
    if (returning := session.get(FormerSlug, slug)) is not None:
        session.delete(returning)
    session.add(FormerSlug(slug=article.slug, article_id=article.id))
    article.slug = slug
    session.flush()


def former_slugs(session: Session, article: Article) -> list[str]:
    former = select(FormerSlug.slug).where(FormerSlug.article_id == article.id)
    return list(session.scalars(former.order_by(FormerSlug.slug)))


def current_slug(session: Session, former: str) -> str | None:
    moved = select(Article.slug).join(FormerSlug, FormerSlug.article_id == Article.id)
    return session.scalar(moved.where(FormerSlug.slug == former, Article.is_public))


def init_app(app: Flask) -> None:
    app.after_request(redirect_from_former)


def redirect_from_former(response: Response) -> Response:
    """Redirect what was not found at a former address to the present one: a GET by 301, a form that is sent by 308.

    The other headers stay: scripts of other sites follow a redirect that CORS lets them read. The team is led on too
    where the article is offline.
    """
    rule, slug = request.url_rule, (request.view_args or {}).get("slug")
    if response.status_code not in {404, 409} or rule is None or not slug or not OF_AN_ARTICLE.search(rule.rule):
        return response
    session = db.session()
    if OF_THE_TEAM.match(rule.rule):
        found = session.scalar(select(Article.slug).join(FormerSlug).where(FormerSlug.slug == slug))
    else:
        found = current_slug(session, slug)
    if found is None:
        return response
    query = f"?{request.query_string.decode()}" if request.query_string else ""
    response.status_code = 301 if request.method in SAFE_METHODS else 308
    response.location = url_for(str(request.endpoint), **{**(request.view_args or {}), "slug": found}) + query
    response.set_data(b"")
    return response


T = TypeVar("T")


class ArticleOffline(NotFound):
    """A 404 that says why: the article comes back to the same address, and so nothing of it is gone (410)."""

    def __init__(self) -> None:
        super().__init__("L’article a été mis hors ligne, et ses retours d’expérience avec lui : rien ne s’en lit ici.")


def found_online(session: Session, slug: str, article: T | None) -> T:
    """Return what was found of the public article at a slug; raise `ArticleOffline`, or `NotFound`, for nothing."""
    if article is None:
        owner = owner_of(session, slug)
        raise ArticleOffline if owner is not None and owner.offline_at else NotFound
    return article
