"""Which groups of a breakdown may be printed: nothing under five, nor what a subtraction would give (pure).

A printed page leaves the desk. Its totals are printed too, and who reads it may know this rule. So a breakdown is
printed as cells, each a group or several together, such that for a group of one to four people another breakdown would
have given the same page with another number in that group. docs/decisions/0031 has the reasons.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

LEAST = 5  # people: a smaller group is never told apart


class Cell(NamedTuple):
    """Groups that are printed together, in their order, and how many people are in them."""

    names: tuple[str, ...]
    size: int


def printable_cells(groups: Mapping[str, int]) -> list[Cell]:
    """Return a breakdown of one population, where each person is in one group, as cells that may be printed.

    Groups under five stand together, the empty ones with them: otherwise five groups together would tell that each has
    one. Where that is too few people, or so many that each of them must be near four, the next groups join them in the
    order of the breakdown, whatever their number: an order by number would tell it. No cell at all for a population
    under five.
    """
    if sum(groups.values()) < LEAST:
        return []
    pooled = {name for name, count in groups.items() if count < LEAST}
    if any(groups[name] for name in pooled):
        for name in groups:
            if hides(pooled, groups):
                break
            pooled.add(name)
    else:
        pooled = set()
    together = [Cell(tuple(name for name in groups if name in pooled), sum(groups[name] for name in pooled))]
    alone = [Cell((name,), count) for name, count in groups.items() if name not in pooled]
    return alone + (together if pooled else [])


def hides(pooled: Iterable[str], groups: Mapping[str, int]) -> bool:
    """Whether the sum of some groups tells none of them."""
    counts = [groups[name] for name in pooled]
    has_large = any(count >= LEAST for count in counts)
    # Of groups of at most four, a sum near four for each tells them all.
    return len(counts) > 1 and sum(counts) >= LEAST and (has_large or sum(counts) <= (LEAST - 2) * len(counts))


def may_tell(count: int, total: int) -> bool:
    """Whether the number of those who share something may be printed: neither they nor the others are one to four."""
    return is_large_or_empty([count, total - count]) and total >= LEAST


def is_large_or_empty(counts: Iterable[int]) -> bool:
    return all(count == 0 or count >= LEAST for count in counts)


def added_up(counts: Sequence[int], width: int) -> list[int]:
    """Return the sums of each `width` values."""
    return [sum(counts[start : start + width]) for start in range(0, len(counts), width)]
