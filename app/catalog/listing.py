"""What machines read of testimonials: a page of an article's collection, or one, as it was said when it was put up.

It starts from `visible()`, and reads the collection along its shelves, as the pages do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

from markupsafe import Markup
from sqlalchemy import Integer, Select, bindparam, literal
from sqlalchemy.orm import Session

from app.articles.models import Article
from app.catalog.article_text import Reading
from app.catalog.collection import Place, after_place, on_shelf, shelf
from app.catalog.facet_counts import chosen, tally
from app.catalog.filters import Asked
from app.catalog.rendering import SAID, Facsimile
from app.catalog.search_results import find
from app.catalog.visibility import visible
from app.db.prepared import Hot
from app.sanitize import stored
from app.testimonials.models import Testimonial

NOT_ASKED = stored("")


class Saying(NamedTuple):
    """A testimonial as machines are told it: `said` is an object of JSON, `themes` its articulations.

    `answers` is the HTML of its page, where that was asked for.
    """

    public_id: str
    slug: str
    themes: Sequence[str]
    said: str
    answers: Markup

    @classmethod
    def of(cls, row: Any) -> "Saying":
        """Return what a row of `columns` says."""
        public_id, slug, themes, said, answers = row
        return cls(public_id, slug, themes.split(), said, stored(answers) if answers else NOT_ASKED)

    def articulations(self, labels: Mapping[str, str]) -> dict[str, str]:
        """Return its articulations with their labels, in the article's order, which may have changed since."""
        return {theme: label for theme, label in labels.items() if theme in self.themes}


@dataclass(frozen=True)
class Listing:
    """A page of what was asked for, how many there are in all (None: nobody has counted), and after which to go on.

    `choice` is what was asked, in words, where it was read in full.
    """

    sayings: Sequence[Saying]
    total: int | None
    next: str | None
    choice: Sequence[str] = ()


def listing(session: Session, article: Reading, asked: Asked, most: int, *, whole: bool = False) -> Listing:
    """Return at most so many testimonials of what an address asks, with their HTML where they are wanted `whole`.

    Raises `UnknownFilter` and `UnknownCursor`.
    """
    counted, words = tally(session, article.id, asked.filters), asked.filters.words
    after = Place.after(session, asked.after, None if words else article.id)
    if words:
        hits = find(session, counted, after, most)
        told = among(session, [each.id for each in hits.found], whole=whole)
        return Listing(told, None, hits.next, chosen(article, counted))
    statement, shelf_id = taking(further=after is not None, whole=whole), counted.shelf(asked.filters)
    rows = statement.rows(session, page=shelf_id, most=most + 1, **(after.named if after else {}))
    return replace(listed(rows, counted.found, most), choice=chosen(article, counted))


def listed(rows: Sequence[Any], total: int, most: int) -> Listing:
    """Return a page made of its rows, and of one more where there is more to come."""
    sayings = [Saying.of(row) for row in rows[:most]]
    return Listing(sayings, total, sayings[-1].public_id if len(rows) > most else None)


def columns(*, whole: bool) -> list[Any]:
    """Return the columns of a `Saying`."""
    answers = Facsimile.answers if whole else literal("")
    return [Testimonial.public_id, Facsimile.slug, Facsimile.themes, Facsimile.said, answers.label("answers")]


@cache
def taking(*, further: bool, whole: bool) -> Hot:
    """Return the statement that takes a page of a shelf."""
    page = on_shelf(shelf("page"), columns(whole=whole), bindparam("most", type_=Integer())).where(SAID)
    return Hot(page.where(after_place()) if further else page)


def among(session: Session, numbers: Sequence[int], *, whole: bool) -> Sequence[Saying]:
    """Return what is said of some testimonials, those that are visible, the last sent first as they are found."""
    told = told_of(numbers, whole=whole).order_by(Testimonial.id.desc())
    return [Saying.of(row) for row in session.execute(told)]


def told_of(numbers: Sequence[int], *, whole: bool) -> Select[Any]:
    """Select what is said of some testimonials."""
    told = visible(*columns(whole=whole)).join(Facsimile, Facsimile.testimonial_id == Testimonial.id)
    return told.where(Testimonial.id.in_(numbers), SAID).order_by(None)


ONE = Hot(
    visible(Article.slug, *columns(whole=True))
    .join(Facsimile, Facsimile.testimonial_id == Testimonial.id)
    .join(Article, Article.id == Testimonial.article_id)
    .where(Testimonial.public_id == bindparam("public_id"), SAID)
    .order_by(None)
)


def one(session: Session, public_id: str) -> tuple[str, Saying] | None:
    """Return a testimonial, with its article's slug; None where it is not visible."""
    for slug, *saying in ONE.rows(session, public_id=public_id):
        return slug, Saying.of(saying)
    return None
