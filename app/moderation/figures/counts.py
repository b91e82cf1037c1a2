"""Counts: what the engine adds up of the testimonials of some articles; five statements at most, at any volume.

Not counted: a text of an address that nobody confirmed, which may be a stranger's; a text told by voice and not signed;
an erased text.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, String, and_, case, cast, func, select, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from app.accounts.models import Scope
from app.accounts.queries import within
from app.articles.models import Theme
from app.db import now
from app.french import PARIS, paris_time
from app.moderation.queue.rows import QueueRow, QueueThemeRow
from app.testimonials.decision import Decision
from app.testimonials.lifecycle import Action, Status
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version
from app.testimonials.wordings import Purpose

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


# A version that was not taken counts no more: readers and the team have the one of before.
WAS_SET_ASIDE = and_(
    Testimonial.status == Status.PUBLISHED,
    Testimonial.settled_number == Testimonial.current_number,
    Testimonial.shown_number.is_not(None),
)
AT_HAND = case((WAS_SET_ASIDE, Testimonial.shown_number), else_=Testimonial.current_number)
IS_AT_HAND = and_(Version.testimonial_id == Testimonial.id, Version.number == AT_HAND)

NOT_COUNTED = (Status.UNCONFIRMED, Status.ERASED)
ASKED = (Purpose.PUBLICATION, Purpose.REUSE, Purpose.CONTACT)

Conditions = list[ColumnElement[bool]]


@dataclass(frozen=True)
class Tally:
    """How many testimonials were received, and how many of them are published."""

    received: int = 0
    published: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.received + other.received, self.published + other.published)


@dataclass(frozen=True)
class Waiting:
    """How many testimonials a list of the queue has, and since when the oldest waits there."""

    count: int
    since: datetime


@dataclass(frozen=True)
class Counts:
    """Everything counted; the keys of `by` are stored values, those of `themes` and of `articles` ids."""

    waiting: Mapping[Status, Waiting]
    consents: Mapping[Purpose, int]
    by: Mapping[str, Mapping[str, Tally]]
    themes: Mapping[int, int]
    articles: Mapping[int, Tally]
    years: Mapping[int, Tally]
    delays: Delays

    @property
    def total(self) -> Tally:
        return sum(self.articles.values(), Tally())


def years_of(session: Session, scope: Scope) -> list[int]:
    """Return the years, in Paris, in which texts may have been received: this one first."""
    first = select(func.min(Testimonial.submitted_at)).where(is_counted(), *within(scope, Testimonial.article_id))
    today = now()
    return [*range(paris_time(today).year, paris_time(session.scalar(first) or today).year - 1, -1)]


def load_counts(session: Session, scope: Scope, years: Sequence[int], year: int | None = None) -> Counts:
    """Count the testimonials of some articles, of all where the scope is None; those received in a year, if given."""
    received_then: Conditions = []
    if year:
        years = [year]
        received_then = [Testimonial.submitted_at >= start_of(year), Testimonial.submitted_at < start_of(year + 1)]
    conditions = [*within(scope, Testimonial.article_id), *received_then]
    by: defaultdict[str, defaultdict[str, Tally]] = defaultdict(lambda: defaultdict(Tally))
    for *values, count, shown in session.execute(content_query(conditions)):
        for name, value in zip(CONTENT, values, strict=True):
            by[name][value] += Tally(count, shown)
    articles: defaultdict[int, Tally] = defaultdict(Tally)
    by_year: defaultdict[int, Tally] = defaultdict(Tally)
    consents = Counter[Purpose]()
    for article_id, status, received_in, count, *given in session.execute(life_query(conditions, years)):
        tally = Tally(count, count if status is Status.PUBLISHED else 0)
        articles[article_id] += tally
        by_year[received_in] += tally
        consents.update(dict(zip(ASKED, given, strict=True)))
    return Counts(
        waiting=load_waiting(session, scope) if year is None else {},  # a year says nothing of today
        consents={purpose: consents[purpose] for purpose in ASKED},
        by={name: by[name] for name in CONTENT},
        themes=dict(session.execute(themes_query(scope, received_then)).all()),
        articles=articles,
        years={each: by_year[each] for each in years},
        delays=Delays(dict(session.execute(delays_query(conditions)).all())),
    )


def start_of(year: int) -> datetime:
    """Return when a year begins in Paris, in UTC: SQLite knows no time zone."""
    return datetime(year, 1, 1, tzinfo=PARIS).astimezone(UTC)


def is_counted() -> ColumnElement[bool]:
    """State that a text is counted: figures are of testimonials, which an answer is not (decision 0043)."""
    return and_(Testimonial.status.not_in(NOT_COUNTED), Testimonial.about_id.is_(None), ~is_unsigned())


def is_unsigned() -> ColumnElement[bool]:
    """State that a text was told, and that its teller has not answered: any other proof rests on a consent."""
    return and_(Testimonial.status == Status.PROOF_SENT, Testimonial.publication_consent.is_(False))


def life_query(conditions: Conditions, years: Sequence[int]) -> Any:
    """Select how many stand where, by article and by the year they were received in, with consents.

    The consents in force are those that the queue filters by.
    """
    received_in = case(*((Testimonial.submitted_at >= start_of(each), each) for each in years))
    keys = [Testimonial.article_id, Testimonial.status, received_in]
    in_force = QueueRow.publication_consent, QueueRow.reuse_consent, QueueRow.contact_consent
    counted = select(*keys, func.count(), *(func.count().filter(each) for each in in_force))
    joined = counted.join_from(Testimonial, QueueRow, QueueRow.testimonial_id == Testimonial.id)
    return joined.where(is_counted(), *conditions).group_by(*(text(str(place + 1)) for place in range(len(keys))))


def load_waiting(session: Session, scope: Scope) -> dict[Status, Waiting]:
    """Count the lists of the queue: what waits, and for whom, is said as editors read it there."""
    counted = select(QueueRow.listed_status, func.count(), func.min(QueueRow.waiting_since))
    of_lists = QueueRow.listed_status != Status.ERASED, *within(scope, QueueRow.article_id)
    listed = session.execute(counted.where(*of_lists).group_by(QueueRow.listed_status))
    return {status: Waiting(count, since) for status, count, since in listed}


# What a text says of its author and of the partner: the columns to count by.
CONTENT: Mapping[str, Any] = {
    "situation": QueueRow.situation,
    "department": Version.department_code,
    "partner": func.coalesce(cast(QueueRow.partner_id, String), Version.partner_known),
    "attribution": Version.attribution,
    "became": func.coalesce(cast(Version.became, String), ""),
}


def content_query(conditions: Conditions) -> Any:
    """Select how many testimonials have each combination of `CONTENT`, and how many of them are published.

    Combinations are some thousands at most. One pass over them all costs PostgreSQL, which counts by hash and in
    parallel, a third of a pass for each column.
    """
    columns = [cast(column, String) for column in CONTENT.values()]
    counted = select(*columns, func.count(), func.count().filter(Testimonial.status == Status.PUBLISHED))
    joined = counted.join_from(Testimonial, QueueRow, QueueRow.testimonial_id == Testimonial.id)
    counted = joined.join(Version, IS_AT_HAND).where(is_counted(), *conditions)
    return counted.group_by(*(text(str(place + 1)) for place in range(len(columns))))


def themes_query(scope: Scope, received_then: Conditions) -> Any:
    """Select how many testimonials have each theme; one may have several."""
    unsigned = select(Testimonial.id).where(is_unsigned())
    conditions = [QueueThemeRow.listed_status.not_in(NOT_COUNTED), QueueThemeRow.testimonial_id.not_in(unsigned)]
    if scope is not None:
        conditions.append(QueueThemeRow.theme_id.in_(select(Theme.id).where(*within(scope, Theme.article_id))))
    if received_then:
        conditions.append(QueueThemeRow.testimonial_id.in_(select(Testimonial.id).where(*received_then)))
    return select(QueueThemeRow.theme_id, func.count()).where(*conditions).group_by(QueueThemeRow.theme_id)
