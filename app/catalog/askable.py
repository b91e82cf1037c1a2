"""Testimonials whose author receives questions of colleagues, among those that readers have."""

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.articles.models import Article
from app.catalog.visibility import visible
from app.db import is_read_only
from app.testimonials.models import Testimonial
from app.testimonials.queries import agrees_to
from app.testimonials.wordings import Purpose


def takes_questions() -> ColumnElement[bool]:
    """State that the author of a visible testimonial agreed to receive questions, and has an address."""
    return agrees_to(Purpose.QUESTIONS)


def askable_testimonial(session: Session, *, public_id: str = "", number: int = 0) -> Testimonial | None:
    """Return a testimonial that readers have and whose author receives questions, locked in a POST; else None.

    Locked before it is asked: a consent is no column of the row, whose lock alone would not read it again.
    """
    named = Testimonial.public_id == public_id if public_id else Testimonial.id == number
    selected = visible().where(named, takes_questions(), Testimonial.article.has(Article.is_public))
    if not is_read_only():
        session.execute(select(Testimonial.id).where(named).with_for_update(of=Testimonial))
    return session.scalar(selected)
