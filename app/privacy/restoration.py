"""Forgetting again what a restored backup has brought back."""

from collections.abc import Iterable, Iterator

from sqlalchemy.orm import Session

from app.audit import SYSTEM
from app.testimonials import erasures, queries
from app.testimonials.drafts import models as drafts
from app.testimonials.lifecycle import Status


def forget_again(session: Session, named: Iterable[str]) -> Iterator[str]:
    """Erase what the database still holds of what is named, and yield each identifier. The caller commits each."""
    for public_id in named:
        testimonial = session.scalar(queries.with_public_id(public_id))
        if testimonial is not None and testimonial.status is not Status.ERASED:
            erasures.erase(testimonial, by=SYSTEM)
            yield public_id
        elif drafts.forget_named(session, public_id):
            yield public_id
