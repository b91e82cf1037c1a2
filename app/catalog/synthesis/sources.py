"""Excerpts: words of a version, to the letter; and sources, which follow theirs into the version shown."""

import re
import string
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.catalog.placements import QUOTED
from app.catalog.synthesis.models import DRAFT, Synthesis, SynthesisClaim, SynthesisSource
from app.db import now
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from app.testimonials.versions import Version

source: Any = SynthesisSource.__table__
claim: Any = SynthesisClaim.__table__
synthesis: Any = Synthesis.__table__

OF_TESTIMONIAL = source.c.testimonial_id == bindparam("number")
DELETE_SOURCES = source.delete().where(OF_TESTIMONIAL)
MOVED_SOURCES = select(source.c.id, source.c.digest, source.c.field, source.c.start, source.c.stop).where(
    OF_TESTIMONIAL, source.c.digest != bindparam("shown")
)
MOVE_SOURCE = (
    source.update()
    .where(source.c.id == bindparam("source"))
    .values(**{name: bindparam(f"to_{name}") for name in ("digest", "field", "start", "stop")})
)
MARKS = '«»“”„"'

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


class Excerpt(NamedTuple):
    """Words of an answer, from the sign `start` to before `stop`."""

    field: str
    start: int
    stop: int


def find_excerpt(version: Version, words: str, first: str = "") -> Excerpt | None:
    """Return where a version has these words, to the letter but for line breaks and spaces; None if it has not.

    Whole words alone: « possible » is not in « impossible ». The answer named `first` is read before the others. The
    marks around them are those of the page that they were copied from, where the version has not these too.
    """
    for each in (words, unmarked(words)):
        pattern = whole_words(each)
        for name in sorted(QUOTED, key=lambda each: each != first):
            if each and (match := pattern.search(getattr(version, name))):
                return Excerpt(name, *match.span())
    return None


def unmarked(words: str) -> str:
    """Return words without the quotation marks around them."""
    return words.strip(f"{MARKS}{string.whitespace}\u00a0\u202f")


def whole_words(words: str) -> re.Pattern[str]:
    return re.compile(r"(?<!\w)" + r"\s+".join(map(re.escape, words.split())) + r"(?!\w)")


def date_syntheses(session: Session, testimonial: Testimonial) -> None:
    """Date the syntheses that readers see and that cite a testimonial, in the flush that changes what is shown of it.

    Whoever follows the feed asks again, and so keeps no words that have left.
    """
    session.execute(DATE_SYNTHESES, {"cited": testimonial.id, "at": now()})


def update_sources(session: Session, testimonial: Testimonial, version: Version | None) -> None:
    """Move the sources that are of another version to the one shown, where it has their words; delete the erased's.

    A source whose words are not in it stays where it was, and is shown to nobody: it would stand again with its words.
    """
    if testimonial.status is Status.ERASED:
        session.execute(DELETE_SOURCES, {"number": testimonial.id})
        return
    if version is None:
        return
    moved = session.execute(MOVED_SOURCES, {"number": testimonial.id, "shown": version.digest}).all()
    for number, digest, field, start, stop in moved:
        cited = cited_words(testimonial.versions, digest, Excerpt(field, start, stop))
        if excerpt := cited and find_excerpt(version, cited, field):
            to = {f"to_{name}": value for name, value in excerpt._asdict().items()}
            session.execute(MOVE_SOURCE, {"source": number, "to_digest": version.digest} | to)


def cited_words(versions: Sequence[Version], digest: str, excerpt: Excerpt) -> str:
    """Return the words of a source: none, where no version of its testimonial has its digest."""
    version = next((each for each in versions if each.digest == digest), None)
    return getattr(version, excerpt.field)[excerpt.start : excerpt.stop] if version else ""
