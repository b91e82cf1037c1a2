"""Facet counts: how many testimonials each choice of a filter would leave; in one statement, built once.

Régions and partners come with their names: those that have testimonials, and those the reader has chosen. The
counters are stored with the facets: a count costs the same for ten testimonials and for a million.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, case, func, literal, select, union_all
from sqlalchemy.orm import Session

from app.articles.models import Article
from app.catalog.article_text import ArticleText
from app.catalog.facets import Facet, facet_entry, is_facet
from app.catalog.filters import ANY, FACETS, FILTERS, FacetKey, Filters, UnknownFilter
from app.catalog.rendering import HAS_ENDED, Rendering
from app.french import plain
from app.sanitize import spaced
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial

# The facets whose names are in the database: facet, value, name.
NAMED_FACETS: Sequence[tuple[str, Any, Any]] = [(name, *each.named) for name, each in FILTERS.items() if each.named]


def count_testimonials(session: Session, article_id: int) -> tuple[int, int]:
    """Count the testimonials of an article that are published, and those that wait for an editor."""
    waiting = select(func.count()).where(Testimonial.article_id == article_id, Testimonial.status == Status.PENDING)
    return count_facets(session, article_id, Filters()).total_published, session.scalar(waiting) or 0


@dataclass(frozen=True)
class FacetCounts:
    """Totals and ids of the facets near the filters; names of their régions and partners, by value, in order."""

    filters: Filters
    totals: Mapping[FacetKey, int]
    facet_ids: Mapping[FacetKey, int]
    names: Mapping[str, Mapping[str, str]]

    @property
    def matching(self) -> int:
        return self.total(self.filters)

    @property
    def total_published(self) -> int:
        return self.total(Filters())

    def total(self, filters: Filters) -> int:
        return self.totals.get(filters.key, 0)

    def facet_id(self, filters: Filters) -> int:
        """Return the id of a facet; 0, which none has, for one that never had a testimonial."""
        return self.facet_ids.get(filters.key, 0)

    def choices(self, facet: str, values: Iterable[str], around: Filters | None = None) -> dict[str, int]:
        """Return the values of a facet that have testimonials, with their count; the other filters as in `around`."""
        position = FACETS.index(facet)
        key = (self.filters if around is None else around).key
        before, after = key[:position], key[position + 1 :]
        return {value: total for value in values if (total := self.totals.get((*before, value, *after), 0))}


def count_article_facets(session: Session, article: ArticleText, filters: Filters) -> FacetCounts:
    """Count an article's facets; raises `UnknownFilter` for a value that the article does not have."""
    for facet in FACETS:
        if not FILTERS[facet].named and getattr(filters, facet) not in {None, *article.names[facet]}:
            raise UnknownFilter(facet)
    return count_facets(session, article.id, filters, article.names)


def count_facets(
    session: Session, article_id: int, filters: Filters, own: Mapping[str, Mapping[str, str]] = MappingProxyType({})
) -> FacetCounts:
    """Count each choice around the filters and, for the whole article, around none.

    `own` are the names that the article gives, by facet: they come after those of the database.

    Raises `UnknownFilter` for a région or a partner that does not exist.
    """
    totals: dict[FacetKey, int] = {}
    facet_ids: dict[FacetKey, int] = {}
    found: dict[str, dict[str, str]] = {facet: {} for facet, *_ in NAMED_FACETS}
    expired: list[int] = []
    rows = session.execute(counts_query(narrow=any(filters.key)), {"article": article_id} | filters.parameters)
    for facet_id, *values, total, named, name in rows:
        if total < 0:
            expired.append(facet_id)
        elif facet_id:
            key = tuple(values)
            totals[key], facet_ids[key] = total, facet_id
        if named:
            found[named][values[FACETS.index(named)]] = name
    if expired:
        surplus = Counter(expired)
        totals = {key: total - surplus[facet_ids[key]] for key, total in totals.items()}
    names = {facet: {**sorted_names(each), **own.get(facet, {})} for facet, each in found.items()}
    for facet, known in names.items():
        if getattr(filters, facet) not in {None, *known}:
            raise UnknownFilter(facet)
    return FacetCounts(filters, totals, facet_ids, names)


def sorted_names(names: Mapping[str, str]) -> dict[str, str]:
    return {value: sort_key(names[value])[1] for value in sorted(names, key=lambda value: sort_key(names[value]))}


@lru_cache(maxsize=512)
def sort_key(name: str) -> tuple[str, str]:
    """Return a name without capitals and accents, and as it is displayed."""
    return plain(name), spaced(name)


@cache
def counts_query(*, narrow: bool) -> Any:
    """Return the statement: for each facet, its values with the other filters as given, then with none.

    Publications past their end that the scheduled job has not ended yet come one by one, with a total of -1.
    """
    columns = [Facet.id, *(getattr(Facet, facet) for facet in FACETS)]
    given: dict[str, ColumnElement[str]] = {facet: bindparam(facet) for facet in FACETS}
    anything: dict[str, ColumnElement[str]] = dict.fromkeys(FACETS, literal(ANY))
    parts: list[Any] = [
        with_names(varying, select(*columns, Facet.total)).where(
            Facet.article_id == bindparam("article"),
            *(getattr(Facet, facet) == value for facet, value in around.items() if facet != varying),
        )
        for around in ([given, anything] if narrow else [anything])
        for varying in FACETS
    ]
    if narrow:
        for facet, value, name in NAMED_FACETS:
            key = (anything | {facet: value}).values()
            chosen = select(literal(0), *key, literal(0), literal(facet), name)
            parts.append(chosen.where(value == bindparam(facet)))
    return union_all(*parts, expired_entries(*columns, literal(-1), literal(""), literal("")))


def with_names(varying: str, counts: Select[Any]) -> Select[Any]:
    """Add the names of régions or partners, where these are the facet that varies."""
    for facet, value, name in NAMED_FACETS:
        if facet == varying:
            has_name = case((name.is_not(None), facet), else_="")
            return counts.add_columns(has_name, name).join(name.class_, value == getattr(Facet, facet), isouter=True)
    return counts.add_columns(literal(""), literal(""))


def expired_entries(*columns: Any) -> Select[Any]:
    """Select columns of a facet for each of its publications past their end that the scheduled job has not ended yet.

    It has no other condition, so that the engine reads nothing but these few.
    """
    return (
        select(*columns)
        .select_from(Facet)
        .join(facet_entry, facet_entry.c.facet_id == Facet.id)
        .join(Rendering, Rendering.testimonial_id == facet_entry.c.testimonial_id)
        .where(HAS_ENDED)
    )


def count_published(session: Session) -> int:
    totals = select(func.sum(Facet.total)).join(Article).where(Article.is_public, *is_facet(Filters()))
    return session.scalar(totals) or 0


def chosen_labels(article: ArticleText, counts: FacetCounts) -> list[str]:
    """Return the filters in words: « Normandie », « Culture commune »."""
    names, filters = {**article.names, **counts.names}, counts.filters
    labels = [names[facet][value] for facet, value in zip(FACETS, filters.key, strict=True) if value]
    return [*labels, f"« {filters.unquoted_words} »"] if filters.words else labels
