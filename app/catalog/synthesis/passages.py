"""Claims follow their passage when an article changes; those of a passage that is gone are of the whole."""

from typing import Any

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from app.articles.models import Article
from app.articles.passages import OPENING, moved_anchors, passages
from app.catalog.placements import passages_before
from app.catalog.synthesis.models import Synthesis, SynthesisClaim

claim: Any = SynthesisClaim.__table__


def move_claims(session: Session, article: Article) -> None:
    """Move an article's claims with its passages, in the flush that changes it."""
    before, after = passages_before(article), passages(article)
    if before == after:
        return
    versions = select(Synthesis.id).where(Synthesis.article_id == article.id)
    beside = claim.c.synthesis_id.in_(versions), claim.c.passage != OPENING
    anchors = set(session.scalars(select(claim.c.passage).where(*beside).distinct()))
    if not anchors:
        return
    moved = moved_anchors(before, after, anchors)
    to = case({old: moved.get(old, OPENING) for old in sorted(anchors)}, value=claim.c.passage)
    session.execute(claim.update().where(*beside).values(passage=to))
