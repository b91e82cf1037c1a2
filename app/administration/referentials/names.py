"""Names of entries where they were chosen: renderings and search indexes of the texts that name them, made anew."""

from collections.abc import Sequence

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.catalog import sync
from app.search import index
from app.territories.models import Partner, PartnerAlias
from app.testimonials.changes import in_batches
from app.testimonials.models import Testimonial
from app.testimonials.versions import Version


def show_new_names(session: Session, partners: Sequence[Partner]) -> None:
    """Show the new names of some entries in every text that chose them, or whose words stand for them.

    The caller commits.     What authors approved does not change: a digest has the entry's code (docs/decisions/0005).
    """
    if not partners:
        return
    session.flush()
    ids_of = [each.id for each in partners]
    aliases = select(PartnerAlias.article_id, PartnerAlias.typed).where(PartnerAlias.partner_id.in_(ids_of)).subquery()
    chosen = select(Version.testimonial_id).where(Version.partner_id.in_(ids_of))
    typed = (
        select(Version.testimonial_id)
        .join(Testimonial, Testimonial.id == Version.testimonial_id)
        .join(aliases, and_(aliases.c.article_id == Testimonial.article_id, aliases.c.typed == Version.partner_other))
    )
    for ids in in_batches(session, or_(Testimonial.id.in_(chosen), Testimonial.id.in_(typed))):
        sync.rebuild(session, ids)
        index.rebuild(session, ids)
