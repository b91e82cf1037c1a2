"""Printed figures: breakdowns of one article’s testimonials, without small groups (pure).

Each breakdown is of the same testimonials, so that no sum of one gives a group of another: those received in each
month, then by situation, région, partner, signature, and by where they stand. A département is never printed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from app.moderation.figures.charts import Bar, bar_chart
from app.moderation.figures.counts import ASKED, Counts
from app.moderation.figures.delays import Delays
from app.moderation.figures.months import Month, joined_name
from app.moderation.figures.names import Names
from app.moderation.figures.page import Table, breakdowns
from app.moderation.figures.small_groups import LEAST, added_up, is_large_or_empty, may_tell, printable_cells
from app.testimonials.lifecycle import Status
from app.testimonials.wordings import Purpose

WIDTHS = (1, 3, 6, 12)  # months
# All that is published is consented to: that number less the published ones would tell who agreed and waits.
PRINTED_CONSENTS = tuple(each for each in ASKED if each is not Purpose.PUBLICATION)
NO_PUBLICATION = (
    "L’accord pour la publication ne s’imprime pas : comparé à ce qui est publié, il désignerait parfois une personne."
)
SEVERAL_THEMES = "Un texte peut en avoir plusieurs."
# What became of projects is a part of one situation: whoever took the one from the other would find a small group.
UNPRINTED = frozenset({"article", "became"})
MOST_NAMES = 3  # of groups together, in the label of a bar

STANDINGS: Mapping[str, Sequence[Status]] = {
    "Publiés": (Status.PUBLISHED,),
    "Entre les mains de l’équipe": (Status.PENDING,),
    "Entre les mains de l’auteur·e": (Status.CHANGES_REQUESTED, Status.PROOF_SENT),
    "Ni publiés, ni en attente": (Status.INTERNAL, Status.DECLINED, Status.UNPUBLISHED, Status.WITHDRAWN),
}


@dataclass(frozen=True)
class PrintedRow:
    """A row that may be printed: groups alone or together, and their number; None where that is not told."""

    names: tuple[str, ...]
    count: int | None

    @property
    def label(self) -> str:
        if len(self.names) > MOST_NAMES:
            return f"{len(self.names)} ensemble"
        return " + ".join(self.names)


@dataclass(frozen=True)
class PrintedBreakdown:
    """A breakdown that may be printed, with its total."""

    key: str
    title: str
    heading: str
    rows: Sequence[PrintedRow]
    total: int
    note: str = ""

    @property
    def chart(self) -> list[Bar]:
        rows = [(row.label, row.count, row.count) for row in self.rows if row.count is not None]
        return bar_chart(rows, max((count for _, count, _ in rows), default=0), "{part}")

    @property
    def table(self) -> Table:
        """Return the rows with the names of all the groups that stand together."""
        return [(" + ".join(row.names), ["–" if row.count is None else row.count]) for row in self.rows]


@dataclass(frozen=True)
class PrintedMonths:
    """Runs of months with those received, and those published where no subtraction tells a small group."""

    runs: Sequence[str]
    received: Sequence[int]
    published: Sequence[int] | None

    @property
    def headings(self) -> list[str]:
        return ["Reçus"] if self.published is None else ["Reçus", "Publiés, et toujours en ligne"]

    @property
    def table(self) -> Table:
        series = [self.received] if self.published is None else [self.received, self.published]
        return [(name, list(values)) for name, *values in zip(self.runs, *series, strict=True)]

    @property
    def chart(self) -> list[Bar]:
        longest = max(self.received)
        if self.published is None:
            rows = [(name, count, count) for name, count in zip(self.runs, self.received, strict=True)]
            return bar_chart(rows, longest, "{part}")
        return bar_chart(zip(self.runs, self.received, self.published, strict=True), longest, "{whole}, {part}")


@dataclass(frozen=True)
class PrintedFigures:
    """What may be printed; `total` is None for fewer than five testimonials, and nothing else is then."""

    total: int | None
    months: PrintedMonths | None
    breakdowns: Sequence[PrintedBreakdown]
    delays: Delays | None


def printed_figures(counts: Counts, names: Names, months: Sequence[Month]) -> PrintedFigures:
    total = counts.total.received
    if total < LEAST:
        return PrintedFigures(None, None, (), None)
    standings = {name: sum(counts.statuses.get(each, 0) for each in group) for name, group in STANDINGS.items()}
    consents = {each.label: counts.consents[each] for each in PRINTED_CONSENTS}
    shown = [of_one("standing", "Où ils en sont", "Situation du texte", standings, total)]
    shown.append(of_several("consents", "Les accords", "Accord", consents, total, note=NO_PUBLICATION))
    for each in breakdowns(counts, names, zero=True):
        groups = {name: tally.received for name, tally in each.rows}
        if groups and each.key == "theme":
            shown.append(of_several(each.key, each.title, each.heading, groups, total, note=SEVERAL_THEMES))
        elif groups and each.key not in UNPRINTED:
            shown.append(of_one(each.key, each.title, each.heading, groups, total))
    # The published ones by month add up to all of them: only where the first breakdown tells that number.
    tells_published = any(row.names == ("Publiés",) for row in shown[0].rows)
    told_months = printed_months(counts, months, tells_published=tells_published)
    return PrintedFigures(total, told_months, shown, counts.delays if counts.delays.median_is_common else None)


def of_one(key: str, title: str, heading: str, groups: Mapping[str, int], total: int) -> PrintedBreakdown:
    """Print a breakdown where each testimonial is in one group."""
    rows = [PrintedRow(cell.names, cell.size) for cell in printable_cells(groups)]
    return PrintedBreakdown(key, title, heading, rows, total)


def of_several(
    key: str, title: str, heading: str, groups: Mapping[str, int], total: int, *, note: str
) -> PrintedBreakdown:
    """Print a breakdown where a testimonial may be in several groups: each of them divides all in two."""
    rows = [PrintedRow((name,), count if may_tell(count, total) else None) for name, count in groups.items()]
    return PrintedBreakdown(key, title, heading, rows, total, note)


def printed_months(counts: Counts, months: Sequence[Month], *, tells_published: bool) -> PrintedMonths | None:
    """Return the shortest runs of months without a small group, the time before them included; None where none is.

    Those published were received before, and so the two series tell how many were received by the end of each run, and
    not published by then: these are a group too. Where it is small, those received are told alone.
    """
    for series in ([counts.received, counts.published] if tells_published else [], [counts.received]):
        for width in WIDTHS if series else ():
            told = [[each[0], *added_up(each[1:], width)] for each in series]
            sums = [list(accumulate(each)) for each in told]
            not_yet = [whole - part for whole, part in zip(sums[0], sums[-1], strict=True)]
            if all(map(is_large_or_empty, [*told, not_yet])):
                runs = [joined_name(list(months[start : start + width])) for start in range(0, len(months), width)]
                return PrintedMonths([f"avant {months[0].name}", *runs], told[0], told[1] if len(told) > 1 else None)
    return None
