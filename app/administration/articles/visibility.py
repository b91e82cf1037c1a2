"""The consequences of putting an article online or taking it offline: what it gathers, and whom that concerns."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.articles.models import Article
from app.articles.sites import active_sites
from app.catalog.facet_counts import count_facets
from app.catalog.filters import Filters
from app.testimonials.draft import Draft
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial


@dataclass(frozen=True)
class TestimonialCounts:
    """The numbers of testimonials of an article that are published, and that wait for an editor."""

    shown: int
    waiting: int


@dataclass(frozen=True)
class VisibilityFacts:
    """What an article gathers, and whom it concerns when its pages come or go."""

    counts: TestimonialCounts
    drafts: int
    sites: list[str]
    is_only_one: bool


def count_testimonials(session: Session, article: Article) -> TestimonialCounts:
    waiting = select(func.count()).where(Testimonial.article_id == article.id, Testimonial.status == Status.PENDING)
    return TestimonialCounts(count_facets(session, article.id, Filters()).total_published, session.scalar(waiting) or 0)


def visibility_facts(session: Session, article: Article) -> VisibilityFacts:
    drafts = select(func.count()).select_from(Draft).where(Draft.article_id == article.id)
    others = select(func.count()).select_from(Article).where(Article.is_public, Article.id != article.id)
    return VisibilityFacts(
        counts=count_testimonials(session, article),
        drafts=session.scalar(drafts) or 0,
        sites=[site.name for site in active_sites(session)],
        is_only_one=not session.scalar(others),
    )
