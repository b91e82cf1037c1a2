"""Where a choice of filters stands: on which shelf of which article, and how many with it.

It is what a listing for machines needs, which asks for it along with a page of that shelf. Pages count around the
choice as well (`tallies`), and show the article.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, bindparam, literal, select, union_all

from app.articles.models import Article, Theme
from app.db import Rows
from app.sanitize import spaced
from app.testimonials.shelves import FACETS, Shelf
from app.testimonials.tallies import over

# What the rows of a page begin with, among those that say where a choice stands.
OTHER = "other"
BESIDE = [
    literal(OTHER).label("kind"),
    *(literal(0).label(name) for name in ("number", "count")),
    *(literal("").label(name) for name in ("theme", "label")),
]

THIS = and_(Article.slug == bindparam("slug"), Article.is_public)
CHOSEN = [getattr(Shelf, facet) == bindparam(facet) for facet in FACETS]


@dataclass(frozen=True)
class Stand:
    """The article, whose articulations `labels` names in order; the shelf, if anything ever stood there; how many."""

    article_id: int
    labels: Mapping[str, str]
    shelf: int
    total: int


def stand(rows: Rows) -> Stand | None:
    """Return what the rows of `standing_beside` say; None where nobody can read such an article."""
    article_id = shelf = total = 0
    ended: list[int] = []
    labels: list[tuple[int, str, str]] = []
    for kind, number, count, theme, label, *_ in rows:
        match kind:
            case "article":
                article_id = number
            case "theme":
                labels.append((number, theme, spaced(label)))
            case "shelf":
                shelf, total = number, count
            case "ended":
                ended.append(number)
            case _:
                pass
    named = {theme: label for _, theme, label in sorted(labels)}
    return Stand(article_id, named, shelf, total - ended.count(shelf)) if article_id else None


def page_of(rows: Rows) -> list[Sequence[Any]]:
    """Return the rows of the page that `standing_beside` was given, as it gave them."""
    return [row[len(BESIDE) :] for row in rows if row[0] == OTHER]


def standing_beside(page: Select[Any]) -> CompoundSelect[Any]:
    """Select a row for the article, each articulation, the shelf, each publication that has ended; and a page's rows.

    Those of the page begin with `BESIDE`; what they have more is empty in the others.
    """
    nothing = [literal(0), literal(""), literal("")]
    more = [literal("")] * (len(page.selected_columns) - len(BESIDE))
    return union_all(
        select(literal("article"), Article.id, *nothing, *more).where(THIS),
        select(literal("theme"), Theme.position, literal(0), Theme.slug, Theme.label, *more).join(Article).where(THIS),
        select(literal("shelf"), Shelf.id, Shelf.total, *nothing[1:], *more).join(Article).where(THIS, *CHOSEN),
        over(literal("ended"), Shelf.id, *nothing, *more),
        select(page.subquery()),
    )


def chosen_shelf() -> ColumnElement[int]:
    """Return the shelf that the same parameters name."""
    return select(Shelf.id).join(Article).where(THIS, *CHOSEN).scalar_subquery()
