"""404 for a page that never was, 410 for a testimonial that was taken away."""

from typing import NoReturn, TypeVar

from flask import abort
from sqlalchemy.orm import Session

from app.catalog.visibility import is_gone

T = TypeVar("T")


def or_404(what: T | None) -> T:
    """Return what was looked for; 404 where there is none."""
    if what is None:
        abort(404)
    return what


def gone_or_404(session: Session, public_id: str) -> NoReturn:
    """Answer for a testimonial that is not visible: 410 where it was and was taken away, else 404."""
    abort(410 if is_gone(session, public_id) else 404)
