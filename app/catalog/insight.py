"""Insight: what the published testimonials of an article tell together, by situation and by région.

It reads the facet counts that the article's page has loaded: no statement of its own, and nothing that is not visible.
"""

from collections.abc import Mapping
from typing import NamedTuple

from app.catalog.facet_counts import FacetCounts
from app.catalog.filters import Filters
from app.territories.squares import SHAPES, Square

Figures = tuple[tuple[str, int], ...]
Names = tuple[tuple[str, str], ...]


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
    """Return what a collection tells together; None where it has no testimonial."""
    total, names = counts.total_published, counts.names["region"]
    if not total:
        return None
    by_situation = counts.choices("situation", situations, Filters())
    by_region = counts.choices("region", names, Filters())
    known = *situations.items(), *names.items()
    return tell(total, known, (*by_situation.items(),), (*by_region.items(),))


def tell(total: int, known: Names, situations: Figures, regions: Figures) -> Insight:
    """Put figures together: totals by situation and by région, and the names of both."""
    names = dict(known)
    most = max((told for _, told in regions), default=0)
    heard = {code for code, _ in regions}
    return Insight(
        total,
        situations=tuple(
            SituationFigure(value, names[value], told, share=round(100 * told / total)) for value, told in situations
        ),
        regions=tuple(
            RegionFigure(code, names[code], *SHAPES[code], told, is_dark=1 < most < 2 * told)
            for code, told in sorted(regions, key=lambda figure: SHAPES[figure[0]].middle[::-1])
        ),
        rest="".join(shape.path for code, shape in SHAPES.items() if code not in heard),
    )
