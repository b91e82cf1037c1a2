"""Private links, each of which opens one testimonial to its author: by_private_link(), renew_private_link().

Every wrong token gets the same work and the same answer: its signature is checked, one row is selected by all its
claims, and `LinkRefused` is raised. A forged link cannot be told from a replaced or an erased one.
"""

from sqlalchemy import Table

from app import tokens
from app.db import db, is_read_only
from app.testimonials import queries
from app.testimonials.models import Testimonial


def by_private_link(token: str) -> Testimonial:
    """Return the testimonial of a private link, locked in a POST (a second click waits), or raise `LinkRefused`."""
    public_id, generation = tokens.claimed_private_link(token)
    selected = queries.by_public_id(public_id).where(Testimonial.link_generation == generation)
    return queries.or_refused(selected if is_read_only() else selected.with_for_update())


def renew_private_link(testimonial: Testimonial) -> int:
    """Void a testimonial's private link, and return the generation of the next.

    Anyone who knows an address may ask for a new link. This must not increase `revision`, or a stranger could make an
    editor's decision stale: hence a statement on the table, beside the mapped object.
    """
    table = Testimonial.__table__
    assert isinstance(table, Table)  # noqa: S101  # narrows the type
    session = db.session()
    session.flush()
    later = table.update().where(table.c.id == testimonial.id).values(link_generation=table.c.link_generation + 1)
    session.execute(later)
    session.refresh(testimonial, ["link_generation"])
    return testimonial.link_generation
