"""ExportFilters: which testimonials an export holds; the filters are the queue's, and the dates of arrival."""

from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, select

from app.articles.models import Article, Theme
from app.french import PARIS
from app.territories.models import Department, Partner
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from app.testimonials.queries import listed_partner_id, listed_status
from app.testimonials.situation import Situation
from app.testimonials.versions import Version


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
    since: date | None = None
    until: date | None = None

    @property
    def query(self) -> dict[str, str]:
        """Return the parameters of the query string; none of them is free text."""
        return {field.name: str(value) for field in fields(self) if (value := getattr(self, field.name))}

    @classmethod
    def names(cls) -> tuple[str, ...]:
        return tuple(field.name for field in fields(cls))

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the conditions on `Testimonial`, and on the `Version` that the export reads."""
        conditions: list[ColumnElement[bool]] = []
        if self.article:
            article_id = select(Article.id).where(Article.slug == self.article).scalar_subquery()
            conditions.append(Testimonial.article_id == article_id)
        if self.etat:
            conditions.append(listed_status() == Status(self.etat))
        if self.situation:
            conditions.append(Version.situation == Situation(self.situation))
        if self.region:
            codes = select(Department.code).where(Department.region_code == self.region)
            conditions.append(Version.department_code.in_(codes))
        if self.partner:
            conditions.append(
                listed_partner_id() == select(Partner.id).where(Partner.slug == self.partner).scalar_subquery()
            )
        if self.articulation:
            article, _, theme = self.articulation.partition(".")
            is_theme = and_(Theme.slug == theme, Theme.article.has(Article.slug == article))
            conditions.append(Version.themes.any(is_theme))
        if self.accord:
            conditions.append(Testimonial.publication_consent == (self.accord == "oui"))
        if self.since:
            conditions.append(Testimonial.submitted_at >= start_of(self.since))
        if self.until:
            conditions.append(Testimonial.submitted_at < start_of(self.until + timedelta(days=1)))
        return conditions


def start_of(day: date) -> datetime:
    return datetime.combine(day, time(), PARIS)
