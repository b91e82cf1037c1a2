"""Facets: a row for each combination of filters of an article, with its published testimonials and their number.

A combination is an article and, possibly, one theme, one situation, one région, one partner. So any choice of filters
is one range of one index, at any depth, and each count is one row, for any number of testimonials. A project whose
author said what became of it has two situations, as a testimonial may have two themes: `planned` and `planned-done`.
`sync` updates the facets in the transaction that publishes or removes.
"""

from functools import cache
from itertools import product
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Insert,
    Select,
    and_,
    bindparam,
    case,
    except_,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column
from sqlalchemy.schema import Column, ForeignKey, Index, Table, UniqueConstraint

from app.articles.models import Article, Theme
from app.catalog.filters import ANY, FACETS, FILTERS, Filters
from app.db import Base, Numbered, UTCDateTime, upsert
from app.territories.models import Department, Partner
from app.testimonials.changes import locked
from app.testimonials.queries import listed_partner_id
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version, version_theme

KEY = ("article_id", *FACETS)


class FacetColumns(MappedAsDataclass, kw_only=True):
    """A column for each of `FACETS`."""

    theme: Mapped[str] = mapped_column(default=ANY)
    situation: Mapped[str] = mapped_column(default=ANY)
    region: Mapped[str] = mapped_column(default=ANY)
    partner: Mapped[str] = mapped_column(default=ANY)


class Facet(FacetColumns, Numbered, Base, kw_only=True):
    """A combination of filters, and the number of its published testimonials.

    `total` still has those past their end that the scheduled job has not ended yet: `count_facets()` subtracts them.
    """

    __tablename__ = "facet"
    __table_args__ = (
        UniqueConstraint(*KEY),
        # One for each list of choices: the rest is fixed, it alone varies. The constraint serves the last.
        *(
            Index(f"ix_facet_by_{name}", "article_id", *(each for each in FACETS if each != name), name)
            for name in FACETS[:-1]
        ),
    )

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"))
    total: Mapped[int] = mapped_column(default=0)


# A bit for each fact of a testimonial, theme apart: the facet that it fills, and its value there.
FACTS = {
    1 << number: fact
    for number, fact in enumerate((name, value) for name, each in FILTERS.items() for value in each.facts)
}
# One bit of each facet, or none.
COMBINATIONS = [
    sum(bits) for bits in product(*((0, *(bit for bit, (name, _) in FACTS.items() if name == each)) for each in FACETS))
]

# The key is the order of the collection, read backwards: a page is a range of the key.
facet_entry = Table(
    "facet_entry",
    Base.metadata,
    Column("facet_id", ForeignKey("facet.id"), primary_key=True),
    Column("published_at", UTCDateTime, primary_key=True),
    Column("testimonial_id", ForeignKey("testimonial.id"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)


def facets_of(*, themed: bool) -> Select[Any]:
    """Select the facets of the testimonials that readers see: those with a theme, or those without."""
    combination = union_all(*(select(literal(number).label("bits")) for number in COMBINATIONS)).subquery()
    bits = combination.c.bits
    values = [
        case(*((bits.op("&")(bit) != 0, value) for bit, (of, value) in FACTS.items() if of == name), else_=ANY).label(
            name
        )
        for name, each in FILTERS.items()
        if each.facts
    ]
    theme = (Theme.slug if themed else literal(ANY)).label("theme")
    entry = (Testimonial.published_at, Testimonial.id.label("testimonial_id"))
    selected = (
        select(Testimonial.article_id, theme, *values, *entry)
        .join(Version, (Version.testimonial_id == Testimonial.id) & (Version.number == Testimonial.shown_number))
        .join(Department, Department.code == Version.department_code)
        .join(Partner, Partner.id == listed_partner_id(), isouter=True)
        .join(combination, literal(value=True))
        .where(Testimonial.hidden_until.is_(None), Testimonial.about_id.is_(None))
        .where(*(or_(bits.op("&")(bit) == 0, value.is_not(None)) for bit, (_, value) in FACTS.items()))
    )
    if not themed:
        return selected
    return selected.join(version_theme, version_theme.c.version_id == Version.id).join(Theme)


def is_facet(filters: Filters, *, but: str = "") -> list[ColumnElement[bool]]:
    """State that a facet is that of some filters; any value is right for the one of `but`."""
    return [getattr(Facet, name) == value for name, value in filters.parameters.items() if name != but]


facet: Any = Facet.__table__

LOCK_ARTICLE = select(Article.id).where(Article.id == bindparam("target_id")).with_for_update(key_share=True)
DELETE_ENTRIES = (
    facet_entry.delete().where(facet_entry.c.testimonial_id == bindparam("target_id")).returning(facet_entry.c.facet_id)
)
DECREMENT_TOTALS = (
    facet.update().where(facet.c.id.in_(bindparam("facets", expanding=True))).values(total=facet.c.total - 1)
)
CLEAR_ARTICLE = (
    facet_entry.delete().where(
        facet_entry.c.facet_id.in_(select(facet.c.id).where(facet.c.article_id == bindparam("target_id")))
    ),
    facet.delete().where(facet.c.article_id == bindparam("target_id")),
)


def add(session: Session, testimonial: Testimonial) -> None:
    """Add a published testimonial to its facets; the caller has locked its article."""
    for statement in fill_statements(session.get_bind().dialect.name, by="testimonial"):
        session.execute(statement, {"target_id": testimonial.id})


def remove(session: Session, testimonial: Testimonial) -> None:
    """Remove a testimonial from its facets; the caller has locked its article."""
    if facets := session.scalars(DELETE_ENTRIES, {"target_id": testimonial.id}).all():
        session.execute(DECREMENT_TOTALS, {"facets": facets})


def rebuild(session: Session, article_id: int) -> None:
    """Recompute an article's facets from nothing; the caller commits.

    Its testimonials are locked before it, as by every other writer: foreign keys would wait for them the other way.
    """
    shown = select(Testimonial.id).where(Testimonial.article_id == article_id, Testimonial.shown_number.is_not(None))
    session.execute(locked(shown)).close()
    lock_article(session, article_id)
    for statement in (*CLEAR_ARTICLE, *fill_statements(session.get_bind().dialect.name, by="article")):
        session.execute(statement, {"target_id": article_id})


def count_differences(session: Session, article_id: int) -> int:
    """Count the entries and totals of an article that are not what its published testimonials make them."""
    rows = union_all(*(facets_of(themed=themed) for themed in (False, True))).subquery()
    key, stored_key = [rows.c[name] for name in KEY], [facet.c[name] for name in KEY]
    of_article, stored = rows.c.article_id == article_id, facet.c.article_id == article_id
    entries = select(*key, rows.c.published_at, rows.c.testimonial_id).where(of_article)
    stored_entries = select(*stored_key, facet_entry.c.published_at, facet_entry.c.testimonial_id)
    totals = select(*key, func.count().label("total")).where(of_article).group_by(*key)
    stored_totals = select(*stored_key, facet.c.total).where(stored, facet.c.total != 0)
    pairs = ((entries, stored_entries.join_from(facet, facet_entry).where(stored)), (totals, stored_totals))
    both_ways = [each for one, other in pairs for each in (except_(one, other), except_(other, one))]
    return sum(session.scalar(select(func.count()).select_from(each.subquery())) or 0 for each in both_ways)


def lock_article(session: Session, article_id: int) -> None:
    """Let one transaction at a time change an article's facets and placements; readers and authors do not wait."""
    session.execute(LOCK_ARTICLE, {"target_id": article_id})


@cache
def fill_statements(dialect: str, *, by: Literal["testimonial", "article"]) -> list[Insert]:
    """Build the statements that add to their facets one testimonial, or all of an article, by `target_id`."""
    column = Testimonial.id if by == "testimonial" else Testimonial.article_id
    entries = [facets_of(themed=themed).where(column == bindparam("target_id")) for themed in (False, True)]
    return [statement for each in entries for statement in insert_entries(each, dialect)]


def insert_entries(entries: Select[Any], dialect: str) -> tuple[Insert, Insert]:
    """Return the statements that insert the entries of a `facets_of` select, and the facets that are missing."""
    new = entries.subquery()
    key = [new.c[name] for name in KEY]
    totals = upsert(facet, dialect).from_select([*KEY, "total"], select(*key, func.count()).group_by(*key))
    same_facet = and_(*(facet.c[name] == new.c[name] for name in KEY))
    rows = select(facet.c.id, new.c.published_at, new.c.testimonial_id).join_from(new, facet, same_facet)
    return (
        totals.on_conflict_do_update(index_elements=list(KEY), set_={"total": facet.c.total + totals.excluded.total}),
        facet_entry.insert().from_select(["facet_id", "published_at", "testimonial_id"], rows),
    )
