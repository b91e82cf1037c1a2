"""An attacker who has a printed page, and knows every rule by which it was made: no group of one to four is told.

The attacker makes every crowd of a size, prints each, and keeps those that give the page: a group is told where all of
them have the same number in it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import pytest

from app.moderation.figures.counts import Counts
from app.moderation.figures.delays import Delays
from app.moderation.figures.months import Month, year_to
from app.moderation.figures.names import Names
from app.moderation.figures.printed import PrintedFigures, PrintedRow, printed_figures
from app.testimonials.lifecycle import Status
from app.testimonials.wordings import Purpose

MONTHS = year_to(Month(2026, 11))
NO_NAMES = Names(articles=[], themes={}, situations={}, departments=[], partners={})
SAID = ("situation", "department", "partner", "attribution", "became")
NOTHING: Mapping[str, Mapping[str, object]] = {each: {} for each in SAID}
# A crowd has so many people of each kind.
Crowd = tuple[int, ...]


def crowds(total: int, kinds: int) -> Iterator[Crowd]:
    if kinds == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for others in crowds(total - first, kinds - 1):
            yield (first, *others)


def counts_of(
    *,
    published: int,
    pending: int,
    withdrawn: int = 0,
    agree: int = 0,
    received_in: Sequence[int] = (0,) * 13,
    published_in: Sequence[int] = (0,) * 13,
    themes: Mapping[int, int] | None = None,
) -> Counts:
    statuses = {Status.PUBLISHED: published, Status.PENDING: pending, Status.WITHDRAWN: withdrawn}
    return Counts(
        received=received_in,
        published=published_in,
        statuses=statuses,
        waiting={},
        consents={Purpose.PUBLICATION: agree, Purpose.REUSE: 0, Purpose.CONTACT: 0},
        by=NOTHING,  # type: ignore[arg-type]  # empty tallies
        themes=themes or {},
        articles={},
        delays=Delays({}),
    )


def page_of(figures: PrintedFigures) -> str:
    """Return all that a page has: each row, its number, and what is left out."""
    rows = [(each.key, [(row.names, row.count) for row in each.rows]) for each in figures.breakdowns]
    return repr((figures.total, figures.months and figures.months.table, rows))


def told_groups(
    total: int,
    kinds: int,
    count: Callable[[Crowd], Counts],
    groups: Mapping[str, Sequence[int]],
    names: Names = NO_NAMES,
) -> set[tuple[str, int]]:
    """Return the groups of one to four that some page tells, each as the kinds of people in it."""
    possible: defaultdict[str, list[Crowd]] = defaultdict(list)
    for crowd in crowds(total, kinds):
        possible[page_of(printed_figures(count(crowd), names, MONTHS))].append(crowd)
    told: set[tuple[str, int]] = set()
    for alike in possible.values():
        for name, members in groups.items():
            numbers = {sum(crowd[kind] for kind in members) for crowd in alike}
            if len(numbers) == 1 and numbers <= {1, 2, 3, 4}:
                told.add((name, min(numbers)))
    return told


def test_groups_together_are_an_addition_and_no_sentence() -> None:
    """Each name keeps its capital: a région has one anyway."""
    assert PrintedRow(("Bretagne",), 5).label == "Bretagne"
    assert PrintedRow(("A déjà collaboré", "En projet"), 5).label == "A déjà collaboré + En projet"
    assert PrintedRow(("Bretagne", "Corse", "Guyane", "Mayotte"), 5).label == "4 ensemble"


@pytest.mark.parametrize("total", [5, 10, 15])
def test_where_texts_stand_and_what_their_authors_agree_to_tell_no_small_group(total: int) -> None:
    """Whatever is published is agreed to: the published taken from those who agree would leave those who wait."""

    def count(crowd: Crowd) -> Counts:
        shown, agree, refuse, amending, closed_agree, closed = crowd
        agreed = shown + agree + amending + closed_agree
        whole = counts_of(published=shown, pending=agree + refuse, withdrawn=closed_agree + closed, agree=agreed)
        return replace(whole, statuses={**whole.statuses, Status.CHANGES_REQUESTED: amending})

    groups = {"shown": [0], "agree": [1], "refuse": [2], "amend": [3], "closed": [4, 5], "wait": [1, 2]}
    groups |= {"refuse at all": [2, 5], "agree at all": [0, 1, 3, 4], "agree, not shown": [1, 3, 4]}
    assert told_groups(total, 6, count, groups) == set()


@pytest.mark.parametrize("places", [(0, 1), (1, 2), (1, 12)], ids=["before", "one run", "two runs"])
@pytest.mark.parametrize("total", [5, 10, 15])
def test_what_came_and_what_was_published_in_each_month_tell_no_small_group(
    total: int, places: tuple[int, int]
) -> None:
    """What was published by the end of a month, taken from what came by then, leaves what was not yet."""

    def count(crowd: Crowd) -> Counts:
        first, first_at_once, first_later, second, second_at_once = crowd
        received, published = [0] * 13, [0] * 13
        received[places[0]], received[places[1]] = first + first_at_once + first_later, second + second_at_once
        published[places[0]], published[places[1]] = first_at_once, first_later + second_at_once
        shown = first_at_once + first_later + second_at_once
        return counts_of(
            published=shown, pending=total - shown, agree=total, received_in=received, published_in=published
        )

    groups = {"at once": [1], "later": [2], "never": [0], "not yet": [0, 2], "first": [0, 1, 2]}
    groups |= {
        "of the second": [4],
        "second, never": [3],
        "second": [3, 4],
        "in the second": [2, 4],
        "not shown": [0, 3],
    }
    assert told_groups(total, 5, count, groups) == set()


@pytest.mark.parametrize("total", [5, 10])
def test_themes_of_which_each_text_has_one_at_least_tell_no_small_group(total: int) -> None:
    """Those without two of three themes have the third, and the sum of all is the total at least."""
    kinds = [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]]

    def count(crowd: Crowd) -> Counts:
        themes = Counter[int]()
        for number, has in zip(crowd, kinds, strict=True):
            themes.update(dict.fromkeys(has, number))
        return counts_of(published=0, pending=total, agree=total, themes=themes)

    groups = {f"with {theme}": [kind for kind, has in enumerate(kinds) if theme in has] for theme in range(3)}
    groups |= {f"without {theme}": [kind for kind, has in enumerate(kinds) if theme not in has] for theme in range(3)}
    groups |= {f"only {theme}": [theme] for theme in range(3)}
    names = Names(articles=[], themes={0: "a", 1: "b", 2: "c"}, situations={}, departments=[], partners={})
    assert told_groups(total, len(kinds), count, groups, names) == set()


def test_the_attacker_finds_what_a_page_without_the_rules_would_tell() -> None:
    """The test of the tests: with the counts themselves as the page, every small group is told."""
    possible: defaultdict[int, set[Crowd]] = defaultdict(set)
    for crowd in crowds(10, 2):
        possible[crowd[0]].add(crowd)
    assert all(len(alike) == 1 for alike in possible.values())


@pytest.mark.parametrize(
    ("by_days", "median", "ninth_decile"),
    [
        ({}, False, False),
        ({3: 4}, False, False),
        ({3: 5}, True, True),
        ({0: 4, 2: 1, 9: 4}, True, False),  # one decision after two days: four others on each side
        ({0: 3, 2: 1, 9: 4}, False, False),
        ({1: 45, 30: 5}, True, True),
        ({1: 46, 30: 4}, True, True),
        ({1: 39, 30: 2, 60: 3}, True, True),
        ({1: 30, 30: 1, 60: 3}, True, False),  # the ninth decile is of the four slowest
    ],
)
def test_a_median_and_a_ninth_decile_are_told_with_five_decisions_on_each_side(
    by_days: dict[int, int], median: bool, ninth_decile: bool
) -> None:
    delays = Delays(by_days)
    assert (delays.median_is_common, delays.ninth_decile_is_common) == (median, ninth_decile)
