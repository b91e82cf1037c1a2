"""Private links: what opens, to its author alone, everything about one testimonial; and the receipt’s own link.

Whatever is wrong with a token, the same is done and the same is said: its signature is checked, one row is looked for
by all that it claims, and `LinkRefused` is raised. Nothing tells a forged one from one that was replaced or erased.
"""

from sqlalchemy import Table

from app import tokens
from app.db import db, is_read_only
from app.testimonials import queries
from app.testimonials.models import Testimonial


def by_private_link(token: str) -> Testimonial:
    """Return the testimonial a private link opens; raise `LinkRefused` for any other token, whatever is wrong.

    Where something may change, it is held: two clicks follow each other, and the second finds what the first did.
    """
    public_id, generation = tokens.claimed_private_link(token)
    selected = queries.by_public_id(public_id).where(Testimonial.link_generation == generation)
    return queries.or_refused(selected if is_read_only() else selected.with_for_update())


def renew_private_link(testimonial: Testimonial) -> int:
    """Void a testimonial's private link, and return the generation of the next.

    Anyone may ask for this who knows an address: it does not count as a change of the text (`revision`), or a stranger
    could make stale whatever an editor is about to decide. Hence a statement of its own, beside the mapped object.
    """
    table = Testimonial.__table__
    assert isinstance(table, Table)  # noqa: S101  # narrows the type
    session = db.session()
    session.flush()
    later = table.update().where(table.c.id == testimonial.id).values(link_generation=table.c.link_generation + 1)
    session.execute(later)
    session.refresh(testimonial, ["link_generation"])
    return testimonial.link_generation
