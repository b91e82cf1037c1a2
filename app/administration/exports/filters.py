"""ExportFilters: which testimonials an export holds; the filters are the queue's, and the dates of arrival.

The queue's read its own rows, of latest versions; these read the version that an export holds. A test compares them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, not_, select
from sqlalchemy.orm import aliased

from app.articles.models import Article, Theme
from app.french import PARIS
from app.search.query import Scope, matching_ids
from app.territories.models import Department, Partner
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from app.testimonials.queries import has_contact_consent, is_contested, listed_partner_id, listed_status
from app.testimonials.situation import Situation
from app.testimonials.versions import Version

Condition = Callable[[Any], ColumnElement[bool]]


def has_region(code: str) -> ColumnElement[bool]:
    return Version.department_code.in_(select(Department.code).where(Department.region_code == code))


def has_partner(slug: str) -> ColumnElement[bool]:
    return listed_partner_id() == select(Partner.id).where(Partner.slug == slug).scalar_subquery()


def has_theme(name: str) -> ColumnElement[bool]:
    """State that a version has a theme, named « article.theme »."""
    article, _, theme = name.partition(".")
    return Version.themes.any(and_(Theme.slug == theme, Theme.article.has(Article.slug == article)))


def has_address_of(public_id: str) -> ColumnElement[bool]:
    same = aliased(Testimonial)
    return Testimonial.email == select(same.email).where(same.public_id == public_id).scalar_subquery()


def start_of(day: date) -> datetime:
    return datetime.combine(day, time(), PARIS)


def yes_or_no(condition: Callable[[], ColumnElement[bool]]) -> Condition:
    return lambda value: condition() if value == "oui" else not_(condition())


# On `Testimonial`, and on the `Version` that the export reads; all but the words, whose index depends on the purpose.
CONDITIONS: Mapping[str, Condition] = {
    "article": lambda slug: Testimonial.article.has(Article.slug == slug),
    "etat": lambda status: listed_status() == Status(status),
    "situation": lambda situation: Version.situation == Situation(situation),
    "region": has_region,
    "partner": has_partner,
    "articulation": has_theme,
    "accord": yes_or_no(lambda: Testimonial.publication_consent.expression),
    "reutilisation": yes_or_no(lambda: Testimonial.reuse_consent.expression),
    "recontact": yes_or_no(has_contact_consent),
    "reperes": yes_or_no(lambda: Testimonial.hint_count > 0),
    "signale": yes_or_no(lambda: Testimonial.noticed_at.is_not(None)),
    "conteste": yes_or_no(is_contested),
    "auteur": has_address_of,
    "since": lambda day: Testimonial.submitted_at >= start_of(day),
    "until": lambda day: Testimonial.submitted_at < start_of(day + timedelta(days=1)),
}


@dataclass(frozen=True)
class ExportFilters:
    """Filters, named after the parameters of the query string, as in the queue; an empty one filters nothing.

    Days are those of Paris, both included.
    """

    article: str = ""
    etat: str = ""
    situation: str = ""
    region: str = ""
    partner: str = ""
    articulation: str = ""
    accord: str = ""
    reutilisation: str = ""
    recontact: str = ""
    reperes: str = ""
    signale: str = ""
    conteste: str = ""
    auteur: str = ""
    mots: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def query(self) -> dict[str, str]:
        """Return the parameters of the query string."""
        return {field.name: str(value) for field in fields(self) if (value := getattr(self, field.name))}

    @property
    def named(self) -> dict[str, str]:
        """Return the filters as they are kept: whether words were searched, not which; they may be someone's name."""
        return self.query | ({"mots": "oui"} if self.mots else {})

    @classmethod
    def names(cls) -> tuple[str, ...]:
        return tuple(field.name for field in fields(cls))

    def conditions(self, scope: Scope) -> list[ColumnElement[bool]]:
        """Return the conditions of the filters that narrow; `scope` is the index of the words that may be searched."""
        conditions = [condition(value) for name, condition in CONDITIONS.items() if (value := getattr(self, name))]
        return [*conditions, Testimonial.id.in_(matching_ids(self.mots, scope))] if self.mots else conditions
