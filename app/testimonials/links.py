"""Private links: what opens, to its author alone, everything about one testimonial."""

from app import security
from app.db import db, reading_only
from app.security import LinkRefused
from app.testimonials import queries
from app.testimonials.models import Testimonial


def behind(token: str) -> Testimonial:
    """Return the testimonial a private link opens; raise `LinkRefused` for any other token, whatever is wrong.

    Where something may change, it is held: two clicks follow each other, and the second finds what the first did.
    """
    public_id, generation = security.read_private_link(token)
    selected = queries.with_public_id(public_id)
    testimonial = db.session.scalar(selected if reading_only() else selected.with_for_update())
    if testimonial is None or testimonial.link_generation != generation:
        raise LinkRefused
    return testimonial
