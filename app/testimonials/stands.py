"""Where a choice of filters stands: on which shelf of which article, and how many with it.

It is what a listing for machines needs, which asks for it along with a page of that shelf. Pages count around the
choice as well (`tallies`), and show the article.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, literal, select

from app.articles.models import Article, Theme
from app.hot import Rows
from app.sanitize import spaced
from app.testimonials.shelves import FACETS, Shelf
from app.testimonials.tallies import over

THIS = and_(Article.slug == bindparam("slug"), Article.is_public)
CHOSEN = [getattr(Shelf, facet) == bindparam(facet) for facet in FACETS]


@dataclass(frozen=True)
class Stand:
    """The article, whose articulations `labels` names; the shelf, if anything ever stood there, and how many do."""

    article_id: int
    labels: Mapping[str, str]
    shelf: int
    total: int


def stand(rows: Rows) -> Stand | None:
    """Return what rows of `standing` say, among others; None where nobody can read such an article."""
    article_id = shelf = total = 0
    ended: list[int] = []
    labels: dict[str, str] = {}
    for kind, number, count, theme, label, *_ in rows:
        match kind:
            case "article":
                article_id = number
            case "theme":
                labels[theme] = spaced(label)
            case "shelf":
                shelf, total = number, count
            case "ended":
                ended.append(number)
            case _:  # what else was asked for along with these
                pass
    return Stand(article_id, labels, shelf, total - ended.count(shelf)) if article_id else None


def standing() -> list[Select[Any]]:
    """Return what selects a row for the article, each articulation, the shelf, each publication that has ended."""
    nothing = [literal(0), literal(""), literal("")]
    return [
        select(literal("article"), Article.id, *nothing).where(THIS),
        select(literal("theme"), Theme.position, literal(0), Theme.slug, Theme.label).join(Article).where(THIS),
        select(literal("shelf"), Shelf.id, Shelf.total, literal(""), literal("")).join(Article).where(THIS, *CHOSEN),
        over(literal("ended"), Shelf.id, *nothing),
    ]


def chosen_shelf() -> ColumnElement[int]:
    """Return the shelf that the same parameters name."""
    return select(Shelf.id).join(Article).where(THIS, *CHOSEN).scalar_subquery()
