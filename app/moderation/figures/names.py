"""Names of what the figures count by: articles, themes, départements and their régions, partners."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.articles.models import Article, Theme
from app.french import plain
from app.sanitize import spaced
from app.territories import queries
from app.territories.models import Department, Partner
from app.testimonials.attribution import Attribution
from app.testimonials.situation import PartnerKnown, Situation

# How a testimonial is signed, as editors say it.
SIGNATURES: Mapping[str, str] = {
    Attribution.FULL: "Nom, fonction et conseil",
    Attribution.ROLE: "Fonction et conseil",
    Attribution.CLSM: "Le conseil seul",
    Attribution.REGION: "La région seule",
}
PARTNERS: Mapping[str, str] = {
    PartnerKnown.OTHER: "Un autre, hors de la liste",
    PartnerKnown.UNKNOWN: "Non précisé",
}


@dataclass(frozen=True)
class Names:
    """Départements in the order of their codes; the other names by key, in the order in which they are shown."""

    articles: Sequence[Article]
    themes: Mapping[int, str]
    departments: Sequence[Department]
    partners: Mapping[str, str]

    @property
    def regions(self) -> dict[str, str]:
        names = {each.region_code: each.region.name for each in self.departments}
        return {code: names[code] for code in sorted(names, key=lambda code: plain(names[code]))}

    @property
    def situations(self) -> dict[str, str]:
        return {each.value: each.label for each in Situation}


def load_names(session: Session, articles: Sequence[Article], chosen: Article | None) -> Names:
    """Load the names that a page needs; themes are an article's own, and there are none for several articles."""
    of_article = select(Theme.id, Theme.label).where(Theme.article_id == (chosen.id if chosen else None))
    partners = session.execute(select(Partner.id, Partner.name).order_by(Partner.name)).all()
    return Names(
        articles=articles,
        themes={number: spaced(label) for number, label in session.execute(of_article.order_by(Theme.position))},
        departments=session.scalars(queries.departments()).all(),
        partners={str(number): spaced(name) for number, name in partners} | {**PARTNERS},
    )
