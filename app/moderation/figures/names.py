"""Names of what the figures count by: articles, themes, départements and their régions, partners."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.articles.call import Call
from app.articles.models import Article, Theme
from app.french import by_name, plain
from app.sanitize import spaced
from app.territories import queries
from app.territories.models import Department, Partner, Referential
from app.testimonials.attribution import Attribution
from app.testimonials.situation import PartnerKnown, Situation, partner_label

# How a testimonial is signed, as editors say it.
SIGNATURES: Mapping[str, str] = {
    Attribution.FULL: "Nom, fonction et conseil",
    Attribution.ROLE: "Fonction et conseil",
    Attribution.CLSM: "Le conseil seul",
    Attribution.REGION: "La région seule",
}


@dataclass(frozen=True)
class Names:
    """Départements in the order of their codes; the other names by key, in the order in which they are shown."""

    articles: Sequence[Article]
    themes: Mapping[int, str]
    situations: Mapping[str, str]
    departments: Sequence[Department]
    partners: Mapping[str, str]

    @property
    def regions(self) -> dict[str, str]:
        names = {each.region_code: each.region.name for each in self.departments}
        return {code: names[code] for code in sorted(names, key=lambda code: plain(names[code]))}


def load_names(session: Session, articles: Sequence[Article], chosen: Article | None) -> Names:
    """Load the names that a page needs, in the words of the article's call; themes are those of one article."""
    call = chosen.call if chosen else None
    of_article = select(Theme.id, Theme.label).where(Theme.article_id == (chosen.id if chosen else None))
    words = {name: each.label for name, each in call.situations.items()} if call else {}
    return Names(
        articles=articles,
        themes={number: spaced(label) for number, label in session.execute(of_article.order_by(Theme.position))},
        situations={each.value: words.get(each.value, each.label) for each in Situation},
        departments=session.scalars(queries.departments()).all(),
        partners=partner_names(session, call),
    )


def partner_names(session: Session, call: Call | None) -> dict[str, str]:
    """Return the partners by id, then the answers that name none of the list; all lists' where there is no call."""
    if call and call.partner is None:
        return {}
    listed = select(Partner.id, Partner.name)
    if call and call.partner:
        of_list = Referential.slug == (call.partner.referential if call.partner.is_listed else None)
        listed = listed.join(Referential, Referential.id == Partner.referential_id).where(of_list)
    others = {each.value: each.label.capitalize() for each in PartnerKnown if each is not PartnerKnown.LISTED}
    if call and call.partner:
        given = (PartnerKnown.OTHER, PartnerKnown.UNKNOWN)
        others = {each.value: spaced(partner_label(call, each)) for each in given}
    return {str(number): spaced(name) for number, name in sorted(session.execute(listed), key=by_name)} | others
