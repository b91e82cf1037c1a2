"""France as joined squares: every département once, régions as the referential has them and in one piece."""

from collections import Counter

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.territories.models import Department
from app.territories.tile_map import HEIGHT, PLACES, REGIONS, SHAPES, WIDTH, Square, middle, outline

# Neighbours on the ground that touch on the grid too: enough to see a square that moved.
NEIGHBOURS = (
    *(("59", "62"), ("75", "92"), ("75", "94"), ("14", "27"), ("35", "22"), ("44", "49"), ("33", "40"), ("64", "65")),
    *(("31", "11"), ("34", "30"), ("13", "83"), ("04", "06"), ("73", "38"), ("67", "68"), ("57", "67"), ("2A", "2B")),
)


@pytest.mark.one_engine
def test_every_departement_of_the_referential_has_a_square_of_its_own_in_its_region(session: Session) -> None:
    stored = dict(session.execute(select(Department.code, Department.region_code)).all())
    assert PLACES.keys() == stored.keys()
    assert set(Counter(PLACES.values()).values()) == {1}
    assert {code: region for region, codes in REGIONS.items() for code in codes.split()} == stored
    assert all(0 <= x < WIDTH and 0 <= y < HEIGHT for x, y in PLACES.values())


def test_a_region_is_in_one_piece(subtests: pytest.Subtests) -> None:
    for region in REGIONS:
        with subtests.test(region=region):
            squares = {PLACES[code] for code in REGIONS[region].split()}
            reached, left = set(), [min(squares)]
            while left:
                x, y = here = left.pop()
                reached.add(here)
                around = {Square(x + 1, y), Square(x - 1, y), Square(x, y + 1), Square(x, y - 1)}
                left += (around & squares) - reached
            assert reached == squares
            assert SHAPES[region].path.count("M") == 1
            assert SHAPES[region].middle in squares


def test_neighbours_touch(subtests: pytest.Subtests) -> None:
    for one, other in NEIGHBOURS:
        with subtests.test(one=one, other=other):
            (x, y), (u, v) = PLACES[one], PLACES[other]
            assert abs(x - u) + abs(y - v) == 1


@pytest.mark.parametrize(
    ("squares", "path"),
    [
        ([Square(2, 3)], "M2 3h1v1h-1z"),
        ([Square(0, 0), Square(1, 0), Square(1, 1)], "M0 0h2v2h-1v-1h-1z"),
        # A ring around nothing has two outlines.
        (
            [Square(x, y) for x in range(3) for y in range(3) if (x, y) != (1, 1)],
            "M0 0h3v3h-3zM1 1v1h1v-1z",
        ),
    ],
)
def test_an_outline_goes_around_the_squares_and_around_a_hole(squares: list[Square], path: str) -> None:
    assert outline(squares) == path


def test_the_middle_of_a_region_is_one_of_its_squares() -> None:
    assert middle([Square(0, 0), Square(1, 0), Square(2, 0)]) == Square(1, 0)
