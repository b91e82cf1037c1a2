"""404 for a page that does not exist, or whose article is offline; 410 for a testimonial that was removed."""

from typing import NoReturn, TypeVar

from flask import abort
from sqlalchemy.orm import Session

from app.articles.offline import ArticleOffline
from app.catalog.visibility import is_gone, is_offline

T = TypeVar("T")


def or_404(value: T | None) -> T:
    if value is None:
        abort(404)
    return value


def gone_or_404(session: Session, public_id: str) -> NoReturn:
    """Abort with 410 for a testimonial that was published and removed; else with 404."""
    if is_offline(session, public_id):
        raise ArticleOffline
    abort(410 if is_gone(session, public_id) else 404)
