"""Geometry of the charts: rows of bars, and columns. Widths are percents of the chart and heights are em (pure).

So a chart is as wide as its column, and its words are as large as those around it, at any width and size of text.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

PLOT = 9.0  # em
FILLED = 0.76  # of the place of a column
MOST_TICKS = 5


class Bar(NamedTuple):
    """A row of a bar chart: its label, the figure in words, and two lengths in percent: a whole, and its part."""

    label: str
    figure: str
    whole: float
    part: float


def bar_chart(rows: Iterable[tuple[str, int, int]], longest: int, figure: str = "{part} sur {whole}") -> list[Bar]:
    """Return the chart of rows (label, whole, part); `longest` is the whole that takes the full width."""
    return [
        Bar(
            label,
            figure.format(part=part, whole=whole) if whole else "0",
            percent(whole, longest),
            percent(part, longest),
        )
        for label, whole, part in rows
    ]


class Box(NamedTuple):
    """A column of one series: `x` and `width` in percent of the chart, `y` and `height` in em."""

    x: float
    y: float
    width: float
    height: float
    is_outlined: bool


class Column(NamedTuple):
    """A place along the chart, by its middle in percent, with a box for each series that has something there."""

    middle: float
    boxes: list[Box]


@dataclass(frozen=True)
class ColumnChart:
    """Columns over ticks: (value, em from the top). Of two series the first is outlined."""

    columns: list[Column]
    ticks: list[tuple[int, float]]
    height: float = PLOT


def column_chart(*series: Sequence[int]) -> ColumnChart:
    most = max(max(each, default=0) for each in series)
    step = tick_step(most)
    top = max(step * -(-most // step), step)
    place = 100 / len(series[0])
    width = place * FILLED / len(series)
    columns = []
    for index, values in enumerate(zip(*series, strict=True)):
        left = place * (index + (1 - FILLED) / 2)
        boxes = [
            Box(round(left + width * number, 3), tall(top - value, top), round(width, 3), tall(value, top), number == 0)
            for number, value in enumerate(values)
            if value
        ]
        outlined = [box._replace(is_outlined=box.is_outlined and len(series) > 1) for box in boxes]
        columns.append(Column(round(place * (index + 0.5), 3), outlined))
    return ColumnChart(columns, [(value, tall(top - value, top)) for value in range(0, top + 1, step)])


def tall(value: int, top: int) -> float:
    return round(PLOT * value / top, 3)


def tick_step(most: int) -> int:
    """Return the first of 1, 2, 5, 10, 20, 50… that leads to a value in five steps at most."""
    unit = 1
    while True:
        for factor in (1, 2, 5):
            if factor * unit * MOST_TICKS >= most:
                return factor * unit
        unit *= 10


def percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 0.0
