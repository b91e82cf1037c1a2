"""The list of articles: what each gathers, and the latest words of its testimonials; in three statements."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from app.articles.models import Article
from app.articles.opening import Opening
from app.catalog.collection import MarginNote, latest_entries
from app.catalog.facet_counts import expired_entries
from app.catalog.facets import Facet, is_facet
from app.catalog.filters import ANY, FACETS, Filters
from app.catalog.rendering import Rendering
from app.catalog.visibility import visible
from app.db import now
from app.french import day
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version


@dataclass(frozen=True)
class ListedArticle:
    """A public article; `latest` is the note of its latest testimonial, None where it has none."""

    slug: str
    title: str
    summary: str
    published_on: date
    is_open: bool
    is_early: bool
    opening_sentence: str
    total: int
    region_count: int
    latest: MarginNote | None

    @property
    def published_on_text(self) -> str:
        return day(self.published_on)


def list_articles(session: Session) -> list[ListedArticle]:
    """Return the public articles, the latest first."""
    at = now()
    expired = Counter((article, region) for article, region, *others in session.execute(EXPIRED) if not any(others))
    totals: dict[int, dict[str, int]] = {}
    texts = {}
    for article_id, *text, region, total in session.execute(ARTICLES):
        texts[article_id] = text
        totals.setdefault(article_id, {})[region] = (total or 0) - expired[article_id, region]
    latest = {article_id: MarginNote(*note) for article_id, *note in session.execute(LATEST)}
    listed = [
        ListedArticle(
            slug=slug,
            title=title,
            summary=summary,
            published_on=published_on,
            is_open=opening.takes_testimonials(at),
            is_early=opening.is_open and opening.is_early(at),
            opening_sentence=opening.sentence(at),
            total=totals[article_id].pop(ANY, 0),
            region_count=sum(total > 0 for region, total in totals[article_id].items() if region),
            latest=latest.get(article_id),
        )
        for article_id, (slug, title, summary, published_on, *stored) in sorted(texts.items(), reverse=True)
        for opening in (Opening(*stored),)
    ]
    return sorted(listed, key=lambda article: article.published_on, reverse=True)


# A row for each région of an article, and for all of them; one without where nobody has been published.
ARTICLES = (
    select(
        *(Article.id, Article.slug, Article.title, Article.summary, Article.published_on, Article.is_open),
        *(Article.closed_at, Article.opens_at, Article.closes_at, Facet.region, Facet.total),
    )
    .outerjoin(Facet, and_(Facet.article_id == Article.id, *is_facet(Filters(), but="region")))
    .where(Article.is_public)
)
EXPIRED = expired_entries(
    Facet.article_id, Facet.region, *(getattr(Facet, facet) for facet in FACETS if facet != "region")
)
LATEST_ID = latest_entries(Facet.id.expression).limit(1).correlate(Facet).scalar_subquery()
LATEST = (
    visible(
        *(Testimonial.article_id, Testimonial.public_id, Rendering.slug, Rendering.title, Rendering.signature),
        *(Rendering.quote, Rendering.caption, Version.advice != ""),
    )
    .join(Rendering, Rendering.testimonial_id == Testimonial.id)
    .where(Testimonial.id.in_(select(LATEST_ID).where(*is_facet(Filters()))))
    .order_by(None)
)
