"""Examining again what is stored, when the assistant's rules have improved."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.testimonials.models import Testimonial

BATCH = 100  # testimonials


def again(session: Session) -> Iterator[int]:
    """Examine every version of every testimonial, and yield how many are done so far, for the caller to commit."""
    done, last = 0, 0
    while batch := list(
        session.scalars(
            select(Testimonial).where(Testimonial.id > last).order_by(Testimonial.id).limit(BATCH).with_for_update()
        )
    ):
        for testimonial in batch:
            for version in testimonial.versions:
                version.examine()
            testimonial.hint_count = len(testimonial.latest.passages) if testimonial.versions else 0
        done, last = done + len(batch), batch[-1].id
        yield done
        session.expunge_all()
