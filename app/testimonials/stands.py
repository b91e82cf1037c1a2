"""Where a choice of filters stands: on which shelf of which article, and how many with it; in one statement.

It is what a listing for machines needs. Pages count around the choice as well (`tallies`), and show the article.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, literal, select, union_all

from app.articles.models import Article, Theme
from app.db import AnySession
from app.hot import Hot
from app.sanitize import spaced
from app.testimonials.shelves import FACETS, Shelf
from app.testimonials.tallies import Filters, over


@dataclass(frozen=True)
class Stand:
    """The article, whose articulations `labels` names; the shelf, if anything ever stood there, and how many do."""

    article_id: int
    labels: Mapping[str, str]
    shelf: int
    total: int


def stand(session: AnySession, slug: str, filters: Filters) -> Stand | None:
    """Return where a choice stands among an article's testimonials; None where nobody can read such an article."""
    article_id = shelf = total = 0
    ended: list[int] = []
    labels: dict[str, str] = {}
    asked = dict(zip(FACETS, filters.key, strict=True))
    for kind, number, count, theme, label in STANDING.rows(session, slug=slug, **asked):
        match kind:
            case "article":
                article_id = number
            case "theme":
                labels[theme] = spaced(label)
            case "shelf":
                shelf, total = number, count
            case _:
                ended.append(number)
    return Stand(article_id, labels, shelf, total - ended.count(shelf)) if article_id else None


def standing() -> Any:
    """Return the statement: a row for the article, each articulation, the shelf, each publication that has ended."""
    this = and_(Article.slug == bindparam("slug"), Article.is_public)
    asked = [getattr(Shelf, facet) == bindparam(facet) for facet in FACETS]
    nothing = [literal(0), literal(""), literal("")]
    return union_all(
        select(literal("article"), Article.id, *nothing).where(this),
        select(literal("theme"), Theme.position, literal(0), Theme.slug, Theme.label).join(Article).where(this),
        select(literal("shelf"), Shelf.id, Shelf.total, literal(""), literal("")).join(Article).where(this, *asked),
        over(literal("ended"), Shelf.id, *nothing),
    )


STANDING = Hot(standing())
