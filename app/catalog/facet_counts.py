"""What a reader narrows an article's collection by, and how many each choice would leave; in one statement, built once.

Régions and CRPV come with their names: those where something stands, and those the reader has chosen.

It reads counters, kept with the shelves: a count costs the same for ten testimonials and for a million.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    bindparam,
    case,
    literal,
    select,
    union_all,
)

from app.catalog.article_text import ArticleText
from app.catalog.facets import ANY, FACETS, Facet, facet_entry
from app.catalog.filters import FacetKey, Filters, UnknownFilter
from app.catalog.rendering import Rendering
from app.db import AnySession
from app.db.planner import has_passed
from app.db.prepared import PreparedQuery
from app.french import plain
from app.sanitize import spaced
from app.territories.models import Crpv, Region
from app.testimonials.situation import CrpvKnown

# What is chosen by a name that is read: what stands for it, and the name.
NAMED_FACETS: Sequence[tuple[str, Any, Any]] = (("region", Region.code, Region.name), ("crpv", Crpv.slug, Crpv.name))

# What an author may say of the CRPV instead of naming it comes last.
UNLISTED = {each.value: spaced(each.label) for each in CrpvKnown if each is not CrpvKnown.LISTED}


@dataclass(frozen=True)
class FacetCounts:
    """How many visible testimonials stand on each shelf near the one asked for, and which row each is.

    `names` are those of the régions and CRPV among them, by what stands for them in an address, in order.
    """

    filters: Filters
    totals: Mapping[FacetKey, int]
    shelves: Mapping[FacetKey, int]
    names: Mapping[str, Mapping[str, str]]

    @property
    def found(self) -> int:
        return self.total(self.filters)

    @property
    def everything(self) -> int:
        return self.total(Filters())

    def total(self, filters: Filters) -> int:
        return self.totals.get(filters.key, 0)

    def shelf(self, filters: Filters) -> int:
        """Return the row of a shelf; 0, which is no row, where nothing ever stood."""
        return self.shelves.get(filters.key, 0)

    def choices(self, facet: str, values: Iterable[str], around: Filters | None = None) -> dict[str, int]:
        """Return those of a facet's values that lead somewhere, and how many each would leave; the rest is as asked."""
        place = FACETS.index(facet)
        key = (self.filters if around is None else around).key
        before, after = key[:place], key[place + 1 :]
        totals: Mapping[tuple[str, ...], int] = self.totals  # type: ignore[assignment]  # keys made of parts of keys
        return {value: total for value in values if (total := totals.get((*before, value, *after), 0))}


def count_article_facets(session: AnySession, article: ArticleText, filters: Filters) -> FacetCounts:
    """Count an article's facets; raises `UnknownFilter` for a theme, a région or a CRPV that is not among them."""
    if filters.theme not in {None, *article.labels}:
        raise UnknownFilter("theme")
    return count_facets(session, article.id, filters)


def count_facets(session: AnySession, article_id: int, filters: Filters) -> FacetCounts:
    """Count what each choice would leave, around the one made and, for the whole article, around none.

    Raises `UnknownFilter` where the choice names no région, or no CRPV, that there is.
    """
    totals: dict[FacetKey, int] = {}
    shelves: dict[FacetKey, int] = {}
    regions: dict[str, str] = {}
    crpvs: dict[str, str] = {}
    ended: list[int] = []
    counted = counts_query(narrow=any(filters.key)).rows(session, article=article_id, **filters.named)
    for facet_id, theme, situation, region, crpv, total, named, name in counted:
        if total < 0:
            ended.append(facet_id)
        elif facet_id:
            key = (theme, situation, region, crpv)
            totals[key], shelves[key] = total, facet_id
        if named == "region":
            regions[region] = name
        elif named == "crpv":
            crpvs[crpv] = name
    if ended:
        left = Counter(ended)
        totals = {key: total - left[shelves[key]] for key, total in totals.items()}
    names = {"region": sorted_names(regions), "crpv": sorted_names(crpvs) | UNLISTED}
    for facet, known in names.items():
        if getattr(filters, facet) not in {None, *known}:
            raise UnknownFilter(facet)
    return FacetCounts(filters, totals, shelves, names)


def sorted_names(names: Mapping[str, str]) -> dict[str, str]:
    """Return names as they are written, in the order of the alphabet."""
    return {value: sort_key(names[value])[1] for value in sorted(names, key=lambda value: sort_key(names[value]))}


@lru_cache(maxsize=512)
def sort_key(name: str) -> tuple[str, str]:
    """Return a name without capitals and accents, and as it is written."""
    return plain(name), spaced(name)


@cache
def counts_query(*, narrow: bool) -> PreparedQuery:
    """Return the statement that counts: for each facet, its shelves where the rest is as asked, then where it is open.

    Publications whose period is over, and that the clock has not ended yet, come as less than nothing, one by one.
    """
    columns = [Facet.id, *(getattr(Facet, facet) for facet in FACETS)]
    nameless = [literal(""), literal("")]
    asked: dict[str, ColumnElement[str]] = {facet: bindparam(facet) for facet in FACETS}
    opened: dict[str, ColumnElement[str]] = dict.fromkeys(FACETS, literal(ANY))
    counted: list[Any] = [
        with_names(varying, select(*columns, Facet.total)).where(
            Facet.article_id == bindparam("article"),
            *(getattr(Facet, facet) == value for facet, value in around.items() if facet != varying),
        )
        for around in ([asked, opened] if narrow else [opened])
        for varying in FACETS
    ]
    if narrow:
        nowhere = {facet: literal(ANY) for facet in FACETS}
        for facet, value, name in NAMED_FACETS:
            place = (nowhere | {facet: value}).values()
            chosen = select(literal(0), *place, literal(0), literal(facet), name)
            counted.append(chosen.where(value == bindparam(facet)))
    return PreparedQuery(union_all(*counted, expired_entries(*columns, literal(-1), *nameless)))


def with_names(varying: str, counted: Select[Any]) -> Select[Any]:
    """Have shelves come with the names of the régions, or of the CRPV, where these are what varies."""
    for facet, value, name in NAMED_FACETS:
        if facet == varying:
            has_name = case((name.is_not(None), facet), else_="")
            return counted.add_columns(has_name, name).join(name.class_, value == getattr(Facet, facet), isouter=True)
    return counted.add_columns(literal(""), literal(""))


def expired_entries(*columns: Any) -> Select[Any]:
    """Select columns of a shelf once for each publication on it whose period is over, and that the clock has not ended.

    Nothing else may be asked of these, so that nothing is looked through but the few whose period is over.
    """
    return (
        select(*columns)
        .select_from(Facet)
        .join(facet_entry, facet_entry.c.facet_id == Facet.id)
        .join(Rendering, Rendering.testimonial_id == facet_entry.c.testimonial_id)
        .where(has_passed(Rendering.shown_until))
    )


def chosen_labels(article: ArticleText, counted: FacetCounts) -> list[str]:
    """Return the choices made, as they are called: « Normandie », « Culture commune »."""
    names, filters = {**article.names, **counted.names}, counted.filters
    called = [names[facet][value] for facet, value in zip(FACETS, filters.key, strict=True) if value]
    return [*called, f"« {filters.quoted} »"] if filters.words else called
