"""What may be printed: nothing under five, nor what a subtraction would give, even to a reader who knows the rule."""

from collections import defaultdict
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.moderation.figures.small_groups import Cell, may_tell, printable_cells


def breakdowns_of(total: int, groups: int) -> Iterator[tuple[int, ...]]:
    """Yield every way in which a population can be in some groups."""
    if groups == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for others in breakdowns_of(total - first, groups - 1):
            yield (first, *others)


@pytest.mark.parametrize(("groups", "most"), [(1, 30), (2, 40), (3, 30), (4, 22), (5, 20), (6, 15)])
def test_no_group_of_one_to_four_can_be_derived_from_a_printed_breakdown(groups: int, most: int) -> None:
    """Whatever is printed, another breakdown of the same total prints the same, with another number in the group."""
    for total in range(1, most + 1):
        printed = defaultdict(list)
        for counts in breakdowns_of(total, groups):
            cells = printable_cells({str(number): count for number, count in enumerate(counts)})
            printed[tuple(cells)].append(counts)
            assert all(cell.size == 0 or cell.size >= 5 for cell in cells), counts
            assert sum(cell.size for cell in cells) in {0, total}, "what is printed adds up to the printed total"
        for page, possible in printed.items():
            for number in range(groups):
                known = {counts[number] for counts in possible}
                assert not page or known - {1, 2, 3, 4} or len(known) > 1, (page, number, known)


@given(st.lists(st.integers(0, 400), min_size=1, max_size=20))
def test_each_group_is_printed_once_and_large_ones_alone_where_none_is_small(counts: list[int]) -> None:
    groups = {str(number): count for number, count in enumerate(counts)}
    cells = printable_cells(groups)
    if sum(counts) < 5:
        assert cells == []
        return
    assert sorted(name for cell in cells for name in cell.names) == sorted(groups)
    assert all(cell.size == sum(groups[name] for name in cell.names) for cell in cells)
    if all(count == 0 or count >= 5 for count in counts):
        assert all(len(cell.names) == 1 for cell in cells)


@pytest.mark.parametrize(
    ("groups", "cells"),
    [
        ({"a": 7, "b": 5, "c": 6}, [Cell(("a",), 7), Cell(("b",), 5), Cell(("c",), 6)]),
        ({"a": 9, "b": 0}, [Cell(("a",), 9), Cell(("b",), 0)]),
        ({"a": 4, "b": 0}, []),
        # One small group alone would be told by a subtraction: the first large one hides it.
        ({"a": 8, "b": 3, "c": 6}, [Cell(("c",), 6), Cell(("a", "b"), 11)]),
        ({"yes": 25, "no": 1}, [Cell(("yes", "no"), 26)]),
        ({"a": 20, "b": 3, "c": 3, "d": 0}, [Cell(("a",), 20), Cell(("b", "c", "d"), 6)]),
        # Two groups of four, which their sum alone would tell.
        ({"a": 12, "b": 4, "c": 4, "d": 9}, [Cell(("d",), 9), Cell(("a", "b", "c"), 20)]),
    ],
)
def test_examples(groups: dict[str, int], cells: list[Cell]) -> None:
    assert printable_cells(groups) == cells


def test_a_share_is_told_where_neither_those_nor_the_others_are_one_to_four() -> None:
    assert [count for count in range(13) if may_tell(count, 12)] == [0, 5, 6, 7, 12]
    assert not any(may_tell(count, 4) for count in range(5))
