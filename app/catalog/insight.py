"""Insight: what the published testimonials of an article tell together, by situation and by région.

It reads the facet counts that the article's page has loaded: no statement of its own, and nothing that is not visible.
"""

from collections.abc import Mapping
from typing import NamedTuple

from app.catalog.facet_counts import FacetCounts
from app.catalog.filters import Filters
from app.territories.squares import SHAPES, Square

# Fewer are read one by one just below: a share of three, or a map of two régions, would tell less than they do.
LEAST_TOLD = 5


class SituationFigure(NamedTuple):
    """A situation with its published testimonials, and their share in percent."""

    value: str
    label: str
    total: int
    share: int


class RegionFigure(NamedTuple):
    """A région on the map: its outline, where its figure stands, and whether it is among the most heard."""

    code: str
    name: str
    path: str
    place: Square
    total: int
    is_dark: bool


class Insight(NamedTuple):
    """The figures of a whole collection, whatever the reader's filters; `rest` is the outline of the other régions.

    Régions are in the order in which the map is read, by line from the north, so that their names follow its figures.
    """

    total: int
    situations: tuple[SituationFigure, ...]
    regions: tuple[RegionFigure, ...]
    rest: str


def insight_of(counts: FacetCounts, situations: Mapping[str, str]) -> Insight | None:
    """Return what a collection tells together; None where it has fewer than `LEAST_TOLD` testimonials."""
    if counts.total_published < LEAST_TOLD:
        return None
    names = counts.names["region"]
    totals = counts.choices("region", names, Filters())
    most = max(totals.values(), default=0)
    return Insight(
        total=counts.total_published,
        situations=tuple(
            SituationFigure(value, situations[value], total, round(100 * total / counts.total_published))
            for value, total in counts.choices("situation", situations, Filters()).items()
        ),
        regions=tuple(
            RegionFigure(code, names[code], *SHAPES[code], total, is_dark=1 < most < 2 * total)
            for code, total in sorted(totals.items(), key=lambda item: SHAPES[item[0]].middle[::-1])
        ),
        rest="".join(shape.path for code, shape in SHAPES.items() if code not in totals),
    )
