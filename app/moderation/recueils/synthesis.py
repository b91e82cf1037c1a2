"""The synthesis of an article in a recueil: the claims that stand on words of its sheets, and on those alone."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.catalog.synthesis.claims import load_synthesis
from app.catalog.visibility import Outlet
from app.moderation.recueils.contents import Contents, Quote


class SheetsClaim(NamedTuple):
    """A claim, and the words of the sheets that it stands on: one at least."""

    words: str
    quotes: Sequence[Quote]


class SheetsSynthesis(NamedTuple):
    """A version of a synthesis, with what stands of it on the sheets of a recueil: one claim at least."""

    number: int
    published_at: datetime
    claims: Sequence[SheetsClaim]


def synthesis_of(session: Session, contents: Contents) -> SheetsSynthesis | None:
    """Return what the synthesis says on these sheets, whose departure takes the file away; None where it says nothing.

    A source that is open to reuse but of another choice is not in the recueil, nor counted.
    """
    synthesis = load_synthesis(session, contents.article.id, Outlet.OPEN)
    if synthesis is None:
        return None
    sheets = {sheet.testimonial.public_id: sheet for sheet in contents.sheets}
    claims = []
    for claim in synthesis.claims:
        quotes = [Quote(sheets[each.public_id], each.words) for each in claim.sources if each.public_id in sheets]
        if quotes:
            claims.append(SheetsClaim(claim.words, quotes))
    return SheetsSynthesis(synthesis.number, synthesis.published_at, claims) if claims else None
