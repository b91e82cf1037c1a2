"""An article taken offline: the addresses at which it was read say so; one that never was online is told to nobody."""

from typing import TypeVar

from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from app.articles.addresses import owner_of

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
