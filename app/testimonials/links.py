"""Private links: what opens, to its author alone, everything about one testimonial."""

from app import security
from app.db import db
from app.security import LinkRefused
from app.testimonials import queries
from app.testimonials.models import Testimonial


def behind(token: str) -> Testimonial:
    """Return the testimonial a private link opens; raise `LinkRefused` for any other token, whatever is wrong."""
    public_id, generation = security.read_private_link(token)
    testimonial = db.session.scalar(queries.with_public_id(public_id))
    if testimonial is None or testimonial.link_generation != generation:
        raise LinkRefused
    return testimonial
