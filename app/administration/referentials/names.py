"""Names of entries where they were chosen: renderings and search indexes of the texts that name them, made anew."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.catalog import sync
from app.search import index
from app.territories.models import Partner
from app.testimonials.changes import in_batches
from app.testimonials.models import Testimonial
from app.testimonials.versions import Version


def show_new_names(session: Session, partners: Sequence[Partner]) -> None:
    """Show the new names of some entries in every text that chose them; the caller commits.

    What authors approved does not change: a digest has the entry's code (docs/decisions/0005).
    """
    if not partners:
        return
    session.flush()
    named = select(Version.testimonial_id).where(Version.partner_id.in_([each.id for each in partners]))
    for ids in in_batches(session, Testimonial.id.in_(named)):
        sync.rebuild(session, ids)
        index.rebuild(session, ids)
