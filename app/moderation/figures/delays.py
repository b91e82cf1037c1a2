"""Delays: how many whole days a text waited for the team before each decision; their median and ninth decile.

The engines count the decisions of each number of days, a few hundred rows at any volume; the rest is here.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from app.testimonials.decision import Decision
from app.testimonials.lifecycle import Action, Status
from app.testimonials.models import Testimonial

# The decisions that answer a text to read.
ANSWERING = (Action.REQUEST_CHANGES, Action.SEND_PROOF, Action.PUBLISH, Action.KEEP_INTERNAL, Action.DECLINE)
# The bars of the chart, each with the most days of its decisions; the last one has those that took longer.
LENGTHS: Mapping[str, int] = {
    "Le jour même": 0,
    "1 jour": 1,
    "2 ou 3 jours": 3,
    "4 à 7 jours": 7,
    "8 à 15 jours": 15,
    "16 à 30 jours": 30,
}
LONGER = "Plus de 30 jours"


class whole_days(FunctionElement[int]):  # noqa: N801  # used as a function
    """The number of whole days between two moments."""

    type = Integer()
    inherit_cache = True


@compiles(whole_days, "sqlite")
def compile_sqlite(element: whole_days, compiler: SQLCompiler, **options: Any) -> str:
    start, end = (compiler.process(each, **options) for each in element.clauses)
    # Days as floating numbers have a tenth of a millisecond: without it, a whole day may fall just short.
    return f"CAST(julianday({end}) - julianday({start}) + 0.00001 AS INTEGER)"


@compiles(whole_days, "postgresql")
def compile_postgresql(element: whole_days, compiler: SQLCompiler, **options: Any) -> str:
    start, end = (compiler.process(each, **options) for each in element.clauses)
    return f"CAST(floor(extract(epoch FROM {end} - {start}) / 86400 + 0.00001) AS INTEGER)"


@dataclass(frozen=True)
class Delays:
    """How many decisions were taken after each number of whole days."""

    by_days: Mapping[int, int]

    @property
    def count(self) -> int:
        return sum(self.by_days.values())

    @property
    def median(self) -> int:
        return self.within(1, 2)

    @property
    def ninth_decile(self) -> int:
        return self.within(9, 10)

    def within(self, part: int, whole: int) -> int:
        """Return the days within which a share of the decisions was taken: the nearest rank; 0 where there is none."""
        taken = 0
        for days in sorted(self.by_days):
            taken += self.by_days[days]
            if taken * whole >= self.count * part:
                return days
        return 0

    @property
    def by_length(self) -> list[tuple[str, int]]:
        lengths = Counter[str]()
        for days, count in self.by_days.items():
            lengths[next((name for name, most in LENGTHS.items() if days <= most), LONGER)] += count
        return [(name, lengths[name]) for name in (*LENGTHS, LONGER)]


def delays_query(conditions: list[ColumnElement[bool]]) -> Select[int, int]:
    """Select the number of decisions for each number of days, less those that were taken back."""
    decision: Any = Decision.__table__
    later = decision.alias()
    before = (later.c.testimonial_id == decision.c.testimonial_id) & (later.c.id > decision.c.id)
    taken_back = select(func.max(decision.c.id)).join_from(later, decision, before)
    taken_back = taken_back.where(later.c.action == Action.TAKE_BACK.value).group_by(later.c.id)
    days = whole_days(decision.c.waiting_since_before, decision.c.at).label("days")
    counted = select(days, func.count())
    if conditions:
        counted = counted.join_from(decision, Testimonial, Testimonial.id == decision.c.testimonial_id)
    answers = decision.c.action.in_(ANSWERING), decision.c.status_before == Status.PENDING
    # Those on texts about another: few, found by a range of an index, where a join would read every testimonial.
    on_testimonials = decision.c.testimonial_id.not_in(select(Testimonial.id).where(Testimonial.about_id > 0))
    return counted.where(*answers, on_testimonials, decision.c.id.not_in(taken_back), *conditions).group_by(days)
