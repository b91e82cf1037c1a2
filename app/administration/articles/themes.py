"""Testimonials of an article, counted by theme; retiring a theme that none refers to.

Adding, renaming and reordering themes: `articles.editing`.
"""

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.articles import editing
from app.articles.models import Article, Theme
from app.audit import Actor
from app.testimonials.versions import Version, version_theme


class ThemeSpokenOf(Exception):
    """Testimonials refer to the theme: it can be renamed, not retired."""


def testimonials_by_theme(session: Session, article: Article) -> Mapping[str, int]:
    """Return the number of testimonials that refer to each theme, in any version; none for the others."""
    counts = (
        select(Theme.slug, func.count(Version.testimonial_id.distinct()))
        .join(version_theme, version_theme.c.theme_id == Theme.id)
        .join(Version, Version.id == version_theme.c.version_id)
        .where(Theme.article_id == article.id)
        .group_by(Theme.slug)
    )
    return dict(session.execute(counts).all())


def retire_theme(session: Session, theme: Theme, *, by: Actor) -> None:
    """Remove a theme; raise `ThemeSpokenOf` if a testimonial refers to it. Its placements stay with its passage.

    The caller holds the lock of the article's row, which submitting a testimonial takes too: nobody can choose the
    theme between the count and the commit.
    """
    article = theme.article
    if theme.slug in testimonials_by_theme(session, article):
        raise ThemeSpokenOf
    editing.remove_theme(article, theme, by=by)
