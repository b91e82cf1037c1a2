"""What answers each article: how many are shown and wait, how many speak of each theme; and dropping a theme."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.articles import editing
from app.articles.models import Article, Theme
from app.audit import Actor
from app.catalog.facet_counts import count_facets
from app.catalog.filters import Filters
from app.catalog.placements import Placement
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from app.testimonials.versions import Version, version_theme


class ThemeSpokenOf(Exception):
    """A testimonial speaks of the theme: it can be called otherwise, not dropped."""


@dataclass(frozen=True)
class TestimonialCounts:
    """How many testimonials of an article are shown, and how many wait to be read."""

    shown: int
    waiting: int


def count_testimonials(session: Session, article: Article) -> TestimonialCounts:
    """Count what answers an article."""
    waiting = select(func.count()).where(Testimonial.article_id == article.id, Testimonial.status == Status.PENDING)
    return TestimonialCounts(count_facets(session, article.id, Filters()).everything, session.scalar(waiting) or 0)


def has_testimonials(session: Session, article: Article) -> bool:
    """Say whether any testimonial was ever bound to an article."""
    return session.scalar(select(Testimonial.id).where(Testimonial.article_id == article.id).limit(1)) is not None


def testimonials_by_theme(session: Session, article: Article) -> Mapping[str, int]:
    """Return how many testimonials speak of each theme, in any of their versions; none for the others."""
    counted = (
        select(Theme.slug, func.count(Version.testimonial_id.distinct()))
        .join(version_theme, version_theme.c.theme_id == Theme.id)
        .join(Version, Version.id == version_theme.c.version_id)
        .where(Theme.article_id == article.id)
        .group_by(Theme.slug)
    )
    return dict(session.execute(counted).all())


def retire_theme(session: Session, theme: Theme, *, by: Actor) -> None:
    """Drop a theme, and what was placed beside its passage; raise `ThemeSpokenOf` where a testimonial speaks of it.

    The caller holds the article's row, which a testimonial that is being sent to it holds too: nobody chooses the theme
    between the count and the end.
    """
    article, placed = theme.article, Placement.__table__
    if theme.slug in testimonials_by_theme(session, article):
        raise ThemeSpokenOf
    own: Any = (placed.c.article_id == article.id) & (placed.c.theme == theme.slug)
    session.execute(placed.delete().where(own))  # type: ignore[attr-defined]  # a Table, which the base does not say
    editing.remove_theme(article, theme, by=by)
