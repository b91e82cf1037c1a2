"""France as joined squares: one square for each département, about where it lies, and the outline of each région.

The places were chosen by hand: neighbours touch as often as a grid allows, and each région is in one piece. Overseas
stands in a last row. Drawings on it count départements or régions, so that a large one says no more than a small one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

GRID = """
.   .   .   .   62  59  .   .   .   .   .   .
.   .   .   76  80  60  02  08  .   .   .   .
.   .   14  27  95  92  93  51  55  54  57  .
29  22  50  61  78  75  94  77  10  88  67  .
56  35  53  72  28  45  91  89  52  70  68  .
.   44  49  37  41  18  58  71  21  25  90  .
.   85  79  86  36  23  03  42  01  39  74  .
.   .   17  16  87  19  63  43  69  38  73  .
.   .   33  47  24  46  15  07  26  05  .   .
.   .   40  32  82  81  12  48  84  04  06  .
.   .   64  65  31  11  34  30  13  83  .   2B
.   .   .   .   09  66  .   .   .   .   .   2A
.   .   .   .   .   .   .   .   .   .   .   .
971 .   972 .   973 .   974 .   976 .   .   .
"""

REGIONS: Mapping[str, str] = {
    "01": "971",
    "02": "972",
    "03": "973",
    "04": "974",
    "06": "976",
    "11": "75 77 78 91 92 93 94 95",
    "24": "18 28 36 37 41 45",
    "27": "21 25 39 58 70 71 89 90",
    "28": "14 27 50 61 76",
    "32": "02 59 60 62 80",
    "44": "08 10 51 52 54 55 57 67 68 88",
    "52": "44 49 53 72 85",
    "53": "22 29 35 56",
    "75": "16 17 19 23 24 33 40 47 64 79 86 87",
    "76": "09 11 12 30 31 32 34 46 48 65 66 81 82",
    "84": "01 03 07 15 26 38 42 43 63 69 73 74",
    "93": "04 05 06 13 83 84",
    "94": "2A 2B",
}


class Square(NamedTuple):
    """A square of the grid, by its column and row."""

    x: int
    y: int


class Shape(NamedTuple):
    """A région as an SVG path, in squares, and the square that holds its figure: the nearest to its middle."""

    path: str
    middle: Square


def read_grid(grid: str) -> dict[str, Square]:
    lines = enumerate(grid.strip().splitlines())
    return {code: Square(x, y) for y, line in lines for x, code in enumerate(line.split()) if code != "."}


def middle(squares: Iterable[Square]) -> Square:
    squares = sorted(squares)
    x, y = (sum(each[axis] for each in squares) / len(squares) for axis in (0, 1))
    return min(squares, key=lambda each: (each.x - x) ** 2 + (each.y - y) ** 2)


def outline(squares: Iterable[Square]) -> str:
    """Return the outline of joined squares as an SVG path of relative lines, one part for each piece or hole."""
    return "".join(path_of(corners) for corners in rings(frozenset(squares)))


def rings(squares: frozenset[Square]) -> Iterator[list[Square]]:
    """Yield the corners along each ring of sides that only one square has, clockwise from its top left corner."""
    sides: defaultdict[Square, list[Square]] = defaultdict(list)
    for x, y in squares:
        corners = Square(x, y), Square(x + 1, y), Square(x + 1, y + 1), Square(x, y + 1)
        beside = Square(x, y - 1), Square(x + 1, y), Square(x, y + 1), Square(x - 1, y)
        for start, end, neighbour in zip(corners, (*corners[1:], corners[0]), beside, strict=True):
            if neighbour not in squares:
                sides[start].append(end)
    while sides:
        first = here = min(sides, key=lambda corner: (corner.y, corner.x))
        corners_met = [first]
        while True:
            ends = sides[here]
            here = ends.pop()
            if not ends:
                del sides[corners_met[-1]]
            corners_met.append(here)
            if here == first:
                break
        yield corners_met


def path_of(corners: list[Square]) -> str:
    """Return a closed ring of corners as a path; corners on a straight line are left out, the last side closes it."""
    steps: list[tuple[int, int]] = []
    for here, there in pairwise(corners):
        step = there.x - here.x, there.y - here.y
        if steps and (steps[-1][0] == 0) == (step[0] == 0):
            step = steps[-1][0] + step[0], steps.pop()[1] + step[1]
        steps.append(step)
    return f"M{corners[0].x} {corners[0].y}" + "".join(f"h{x}" if x else f"v{y}" for x, y in steps[:-1]) + "z"


PLACES: Mapping[str, Square] = read_grid(GRID)
WIDTH = max(each.x for each in PLACES.values()) + 1
HEIGHT = max(each.y for each in PLACES.values()) + 1
SHAPES: Mapping[str, Shape] = {
    region: Shape(outline(squares), middle(squares))
    for region, codes in REGIONS.items()
    if (squares := [PLACES[code] for code in codes.split()])
}
