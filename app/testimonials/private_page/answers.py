"""Answers on private pages: to who answers, what is answered; to who is answered, the answer to come or that stands."""

from typing import NamedTuple

from app.db import is_over
from app.testimonials.lifecycle import Status
from app.testimonials.queries import published_answer
from app.testimonials.testimonial import Testimonial
from app.testimonials.undo import is_reversible


class Beneath(NamedTuple):
    """An answer under a testimonial, as the testimonial's author reads it, and whether it is still to come."""

    answer: Testimonial
    is_to_come: bool


def answered_reference(testimonial: Testimonial) -> str | None:
    return testimonial.about.public_id if testimonial.about else None


def is_read(testimonial: Testimonial) -> bool:
    """Whether readers have a text now, or would, were its article online."""
    is_shown = testimonial.status is Status.PUBLISHED and not testimonial.is_hidden
    return is_shown and not is_over(testimonial.published_until)


def answered_now(testimonial: Testimonial) -> Testimonial | None:
    """Return what an answer is about, as long as readers have it: after that, its words are its author's alone."""
    return testimonial.about if testimonial.about and is_read(testimonial.about) else None


def beneath(testimonial: Testimonial) -> Beneath | None:
    """Return the answer that stands, or is to stand, under a published testimonial.

    None as long as its publication can be undone, or while a notice about it is examined.
    """
    answer = published_answer(testimonial) if testimonial.status is Status.PUBLISHED else None
    if answer is None or is_over(answer.published_until):
        return None
    if not answer.is_hidden:
        return Beneath(answer, is_to_come=False)
    is_announced = answer.readable_from is not None and not is_reversible(answer.events)
    return Beneath(answer, is_to_come=True) if is_announced else None
