"""Sources of a synthesis: their sentences are followed into the version shown."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.catalog.placements import record_gave_way
from app.catalog.quotations import Quotation, find_quotation
from app.catalog.synthesis.models import DRAFT, GAVE_WAY, Synthesis, SynthesisClaim, SynthesisSource
from app.db import now
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from app.testimonials.versions import Version

source: Any = SynthesisSource.__table__
claim: Any = SynthesisClaim.__table__
synthesis: Any = Synthesis.__table__

OF_TESTIMONIAL = source.c.testimonial_id == bindparam("number")
DELETE_SOURCES = source.delete().where(OF_TESTIMONIAL)
SOURCES = select(source.c.id, source.c.digest, source.c.field, source.c.spans).where(OF_TESTIMONIAL)
MOVE_SOURCE = (
    source.update()
    .where(source.c.id == bindparam("source"))
    .values(**{name: bindparam(f"to_{name}", type_=source.c[name].type) for name in ("digest", "field", "spans")})
)

CITING = (
    select(claim.c.synthesis_id)
    .join(source, source.c.claim_id == claim.c.id)
    .where(source.c.testimonial_id == bindparam("cited"))
)
DATE_SYNTHESES = (
    synthesis.update()
    .where(synthesis.c.number != DRAFT, synthesis.c.ended_at.is_(None), synthesis.c.id.in_(CITING))
    .values(changed_at=bindparam("at", type_=synthesis.c.changed_at.type))
)


def date_syntheses(session: Session, testimonial: Testimonial) -> None:
    """Date the syntheses that readers see and that cite a testimonial, in the flush that changes what is shown of it.

    Followers of the feed then ask again, and keep no words that have left.
    """
    session.execute(DATE_SYNTHESES, {"cited": testimonial.id, "at": now()})


def update_sources(session: Session, testimonial: Testimonial, version: Version | None) -> None:
    """Move the sources that are of another version to the one shown, where it has their words; delete the erased's.

    A source whose words are not in it stays where it was, and is shown to nobody: it would stand again with its words.
    One whose words are no whole sentences gives way.
    """
    if testimonial.status is Status.ERASED:
        session.execute(DELETE_SOURCES, {"number": testimonial.id})
        return
    if version is None:
        return
    ended = []
    for each in session.execute(SOURCES, {"number": testimonial.id}).all():
        found = find_quotation(version, cited_words(testimonial.versions, each), each.field)
        is_shown = each.digest == version.digest
        if found is not None and not is_shown:
            to = {f"to_{name}": value for name, value in found._asdict().items()}
            session.execute(MOVE_SOURCE, {"source": each.id, "to_digest": version.digest} | to)
        elif found is None and is_shown:
            ended.append(each.id)
    if ended:
        end_sources(session, testimonial, ended)
        record_gave_way(session, testimonial)


def end_sources(session: Session, testimonial: Testimonial, ids: Sequence[int]) -> None:
    """Have readers see some sources no more, for good: an editor chooses other sentences."""
    session.execute(source.update().where(source.c.id.in_(ids)).values(digest=GAVE_WAY))
    date_syntheses(session, testimonial)


def cited_words(versions: Sequence[Version], source: Any) -> str:
    """Return the words of a source, or of its row: none, where no version of its testimonial has its digest."""
    version = next((each for each in versions if each.digest == source.digest), None)
    return Quotation(source.field, source.spans).words(getattr(version, source.field)) if version else ""
