"""Where a shown testimonial is found: on one shelf for each way a reader may narrow an article's collection.

A shelf is an article and, possibly, one articulation, one situation, one région, one CRPV; it knows how many stand on
it. So any choice of filters is one range of one index, at any depth, and each count is one row, whatever the number
of testimonials. `showing` keeps the shelves in step, in the transaction that changes what is shown.
"""

from functools import cache
from typing import Any, Literal

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Insert,
    Select,
    Table,
    UniqueConstraint,
    and_,
    bindparam,
    case,
    except_,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column

from app.articles.models import Article, Theme
from app.db import Base, UTCDateTime, upsert
from app.territories.models import Crpv, Department
from app.testimonials.models import Testimonial
from app.testimonials.versions import Version, version_theme

ANY = ""

# What a reader may choose by; and what tells one shelf from another.
FACETS = ("theme", "situation", "region", "crpv")
KEY = ("article_id", *FACETS)


class Facet(MappedAsDataclass, Base, kw_only=True):
    """A choice a reader can make, `ANY` standing for what it leaves open, and how many testimonials answer it.

    `total` counts what is shown; what the end of its period has taken away, and the clock not yet, is the reader's to
    subtract.
    """

    __tablename__ = "facet"
    __table_args__ = (
        UniqueConstraint(*KEY),
        # One for each list of choices: the rest is fixed, it alone varies. The constraint serves the CRPV's.
        Index("ix_facet_by_theme", "article_id", "situation", "region", "crpv", "theme"),
        Index("ix_facet_by_situation", "article_id", "theme", "region", "crpv", "situation"),
        Index("ix_facet_by_region", "article_id", "theme", "situation", "crpv", "region"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"))
    theme: Mapped[str] = mapped_column(default=ANY)
    situation: Mapped[str] = mapped_column(default=ANY)
    region: Mapped[str] = mapped_column(default=ANY)
    crpv: Mapped[str] = mapped_column(default=ANY)
    total: Mapped[int] = mapped_column(default=0)


# The key is the order of the collection, read backwards: a page of it is a stretch of the key.
facet_entry = Table(
    "facet_entry",
    Base.metadata,
    Column("facet_id", ForeignKey("facet.id"), primary_key=True),
    Column("published_at", UTCDateTime, primary_key=True),
    Column("testimonial_id", ForeignKey("testimonial.id"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)


def facets_of(*, themed: bool) -> Select[Any]:
    """Select the shelves that shown testimonials stand on: those of one articulation, or those of any."""
    # Each of the eight numbers is a choice of what is named and what is left open, a bit for each.
    naming = union_all(*(select(literal(number).label("bits")) for number in range(8))).subquery()
    facts = {
        "situation": Version.situation,
        "region": Department.region_code,
        "crpv": func.coalesce(Crpv.slug, Version.crpv_known),
    }
    named = [
        case((naming.c.bits.op("&")(1 << place) != 0, fact), else_=ANY).label(name)
        for place, (name, fact) in enumerate(facts.items())
    ]
    found = (
        select(
            Testimonial.article_id,
            (Theme.slug if themed else literal(ANY)).label("theme"),
            *named,
            Testimonial.published_at,
            Testimonial.id.label("testimonial_id"),
        )
        .join(Version, (Version.testimonial_id == Testimonial.id) & (Version.number == Testimonial.shown_number))
        .join(Department, Department.code == Version.department_code)
        .join(Crpv, Crpv.id == Version.crpv_id, isouter=True)
        .join(naming, literal(value=True))
    )
    if not themed:
        return found
    return found.join(version_theme, version_theme.c.version_id == Version.id).join(Theme)


facet: Any = Facet.__table__

# One article, held; the shelves that one testimonial leaves; and one less on each of those.
LOCK_ARTICLE = select(Article.id).where(Article.id == bindparam("number")).with_for_update(key_share=True)
DELETE_ENTRIES = (
    facet_entry.delete().where(facet_entry.c.testimonial_id == bindparam("number")).returning(facet_entry.c.facet_id)
)
DECREMENT_TOTALS = (
    facet.update().where(facet.c.id.in_(bindparam("facets", expanding=True))).values(total=facet.c.total - 1)
)


# All entries and facets of one article.
CLEAR_ARTICLE = (
    facet_entry.delete().where(
        facet_entry.c.facet_id.in_(select(facet.c.id).where(facet.c.article_id == bindparam("number")))
    ),
    facet.delete().where(facet.c.article_id == bindparam("number")),
)


def add(session: Session, testimonial: Testimonial) -> None:
    """Add a published testimonial to its facets; the caller has locked its article."""
    for statement in fill_statements(session.get_bind().dialect.name, by="testimonial"):
        session.execute(statement, {"number": testimonial.id})


def remove(session: Session, testimonial: Testimonial) -> None:
    """Remove a testimonial from its facets; the caller has locked its article."""
    if left := session.scalars(DELETE_ENTRIES, {"number": testimonial.id}).all():
        session.execute(DECREMENT_TOTALS, {"facets": left})


def rebuild(session: Session, article_id: int) -> None:
    """Recompute an article's facets from nothing; the caller commits."""
    lock_article(session, article_id)
    for statement in CLEAR_ARTICLE:
        session.execute(statement, {"number": article_id})
    for statement in fill_statements(session.get_bind().dialect.name, by="article"):
        session.execute(statement, {"number": article_id})


def count_differences(session: Session, article_id: int) -> int:
    """Count the entries and totals of an article that are not what its published testimonials make them."""
    rows = union_all(*(facets_of(themed=themed) for themed in (False, True))).subquery()
    of_article = rows.c.article_id == article_id
    key, stored_key = [rows.c[name] for name in KEY], [facet.c[name] for name in KEY]
    stored = facet.c.article_id == article_id
    pairs = (
        (
            select(*key, rows.c.published_at, rows.c.testimonial_id).where(of_article),
            select(*stored_key, facet_entry.c.published_at, facet_entry.c.testimonial_id)
            .join_from(facet, facet_entry)
            .where(stored),
        ),
        (
            select(*key, func.count().label("total")).where(of_article).group_by(*key),
            select(*stored_key, facet.c.total).where(stored, facet.c.total != 0),
        ),
    )
    both_ways = [each for one, other in pairs for each in (except_(one, other), except_(other, one))]
    return sum(session.scalar(select(func.count()).select_from(each.subquery())) or 0 for each in both_ways)


def lock_article(session: Session, article_id: int) -> None:
    """Let one transaction at a time change an article's facets and placements; readers and authors do not wait."""
    session.execute(LOCK_ARTICLE, {"number": article_id})


@cache
def fill_statements(dialect: str, *, by: Literal["testimonial", "article"]) -> list[Insert]:
    """Build the statements that add to their facets one testimonial, or all of an article, whose id is `number`."""
    column = Testimonial.id if by == "testimonial" else Testimonial.article_id
    found = [facets_of(themed=themed).where(column == bindparam("number")) for themed in (False, True)]
    return [statement for each in found for statement in insert_entries(each, dialect)]


def insert_entries(found: Select[Any], dialect: str) -> tuple[Insert, Insert]:
    """Return what sets on its shelves what a `standing` select finds; those that nobody needed before are made."""
    each = found.subquery()
    key = [each.c[name] for name in KEY]
    counted = upsert(facet, dialect).from_select([*KEY, "total"], select(*key, func.count()).group_by(*key))
    more = facet.c.total + counted.excluded.total
    same_shelf = [facet.c[name] == each.c[name] for name in KEY]
    placed = select(facet.c.id, each.c.published_at, each.c.testimonial_id).join_from(each, facet, and_(*same_shelf))
    return (
        counted.on_conflict_do_update(index_elements=list(KEY), set_={"total": more}),
        facet_entry.insert().from_select(["facet_id", "published_at", "testimonial_id"], placed),
    )
