"""404 for a page that does not exist, is hidden, or whose article is offline; 410 for a removed testimonial."""

from typing import NoReturn, TypeVar

from flask import abort
from sqlalchemy.orm import Session

from app.articles.addresses import ArticleOffline
from app.catalog.visibility import TestimonialHidden, is_gone, is_hidden, is_offline, is_response

T = TypeVar("T")


def or_404(value: T | None) -> T:
    if value is None:
        abort(404)
    return value


def gone_or_404(session: Session, public_id: str, *, knows_answers: bool = False) -> NoReturn:
    """Abort with 410 for a testimonial that was published and removed; else with 404, as for any answer."""
    if not knows_answers and is_response(session, public_id):
        abort(404)
    if is_offline(session, public_id):
        raise ArticleOffline
    if is_hidden(session, public_id):
        raise TestimonialHidden
    abort(410 if is_gone(session, public_id) else 404)
