"""SYNTHESIS PAGE: the claims that stand, in the order of the article's passages; for readers and for machines."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from app.articles.passages import Passage
from app.catalog.article_text import ArticleText
from app.catalog.synthesis.claims import StandingClaim, StandingSynthesis, load_synthesis
from app.catalog.synthesis.models import SHOWN, Synthesis, SynthesisClaim, SynthesisSource, shown_version
from app.catalog.visibility import Outlet
from app.db import now
from app.testimonials.models import Testimonial

WHOLE = ""  # the place of a claim that is beside no passage


class NoSynthesis(NotFound):
    """A 404 that says why: no claim of the article stands on published words, or none was ever published."""

    def __init__(self) -> None:
        super().__init__("Aucune synthèse ne se lit ici pour le moment : aucun constat n’y tient sur des mots publiés.")


class PassageClaims(NamedTuple):
    """The claims beside a passage, in their order; those of no passage, or of one that is gone, are of the whole."""

    passage: Passage | None
    claims: Sequence[StandingClaim]


class SynthesisPage(NamedTuple):
    """A synthesis as an outlet shows it: a claim at least, and a source at least of each."""

    synthesis: StandingSynthesis
    passages: Sequence[PassageClaims]


def load_synthesis_page(session: Session, article: ArticleText, outlet: Outlet = Outlet.PAGE) -> SynthesisPage:
    """Load the synthesis that an outlet may show; raise `NoSynthesis` where no claim stands."""
    synthesis = load_synthesis(session, article.id, outlet)
    if synthesis is None:
        raise NoSynthesis
    return SynthesisPage(synthesis, by_passage(synthesis.claims, article.passages))


def synthesis_changed_at(session: Session, article_id: int) -> datetime:
    """Return when the shown synthesis was published, or when what is shown of a text it cites changed since.

    The end of a period changes it at its moment, before the scheduled job.
    """
    version = shown_version(article_id).subquery()
    cited = (
        select(SynthesisSource.testimonial_id)
        .join(SynthesisClaim, SynthesisClaim.id == SynthesisSource.claim_id)
        .where(SynthesisClaim.synthesis_id == version.c.id)
    )
    is_over = Testimonial.id.in_(cited), Testimonial.published_until <= now()
    moments = union_all(
        select(version.c.changed_at.label("at")), select(func.max(Testimonial.published_until)).where(*is_over)
    )
    dates: list[datetime] = [each for each in session.scalars(moments) if each is not None]
    return max(dates)


def read_syntheses(session: Session) -> dict[int, datetime]:
    """Return when the synthesis of each article last changed, by the article's id, where a claim of it stands."""
    articles = session.scalars(select(Synthesis.article_id).where(*SHOWN)).all()
    return {each: synthesis_changed_at(session, each) for each in articles if load_synthesis(session, each)}


def by_passage(claims: Sequence[StandingClaim], passages: Sequence[Passage]) -> list[PassageClaims]:
    """Arrange claims by passage, in the order of the article; those of the whole come last."""
    headed: dict[str, Passage | None] = {each.anchor: each for each in passages if each.heading}
    arranged: dict[str, list[StandingClaim]] = {anchor: [] for anchor in (*headed, WHOLE)}
    for claim in claims:
        arranged[claim.passage if claim.passage in headed else WHOLE].append(claim)
    return [PassageClaims(headed.get(anchor), its) for anchor, its in arranged.items() if its]
