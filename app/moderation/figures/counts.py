"""Counts: what the engine adds up of the testimonials of some articles; seven statements whatever the volume.

Those that are « kept » are counted: an address that nobody confirmed may be a stranger's, and an erased text is
nobody's any more.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, case, cast, func, literal, select, union_all
from sqlalchemy.orm import Session

from app.accounts.models import Scope
from app.accounts.queries import within
from app.articles.models import Theme
from app.db.planner import likely_true
from app.moderation.figures.delays import Delays, delays_query
from app.moderation.figures.months import Month
from app.moderation.queue.rows import IS_CURRENT_VERSION, QueueRow, QueueThemeRow
from app.testimonials.consent import Consent, ConsentDecision, Purpose
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from app.testimonials.queries import listed_partner_id
from app.testimonials.versions import Version

NOT_KEPT = (Status.UNCONFIRMED, Status.ERASED)
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
    """Everything counted; the keys of `by` are stored values, those of `themes` and of `articles` ids.

    `received` and `published` have a number for each month, and one before them for all that came earlier. What is
    published was published in that month and still is.
    """

    received: Sequence[int]
    published: Sequence[int]
    statuses: Mapping[Status, int]
    waiting: Mapping[Status, Waiting]
    consents: Mapping[Purpose, int]
    by: Mapping[str, Mapping[str, Tally]]
    themes: Mapping[int, int]
    articles: Mapping[int, Tally]
    delays: Delays

    @property
    def total(self) -> Tally:
        return Tally(sum(self.statuses.values()), self.statuses.get(Status.PUBLISHED, 0))


def load_counts(session: Session, scope: Scope, months: Sequence[Month]) -> Counts:
    """Count the testimonials of some articles; of all where the scope is None."""
    # SQLite has no statistics: it would read each row by the article's index, three times as slow as all in a row.
    conditions: Conditions = [likely_true(each) for each in within(scope, Testimonial.article_id)]
    by_month: Counter[tuple[str, int]] = Counter()
    for name, month, count in session.execute(months_query(conditions, months)):
        by_month[name, month] += count
    received, published = (
        [by_month[name, number] for number in range(len(months) + 1)] for name in ("received", "published")
    )
    by: dict[str, dict[str, Tally]] = {name: {} for name in CONTENT}
    for name, value, count, shown in session.execute(content_query(conditions)):
        by[name][value] = Tally(count, shown)
    articles: dict[int, Tally] = {}
    statuses: Counter[Status] = Counter()
    for article_id, status, count in session.execute(statuses_query(conditions)):
        statuses[status] += count
        shown = count if status is Status.PUBLISHED else 0
        articles[article_id] = articles.get(article_id, Tally()) + Tally(count, shown)
    return Counts(
        received=received,
        published=published,
        statuses=statuses,
        waiting={status: Waiting(count, since) for status, count, since in session.execute(waiting_query(scope))},
        consents=dict(zip(ASKED, session.execute(consents_query(conditions)).one(), strict=True)),
        by=by,
        themes=dict(session.execute(themes_query(scope)).all()),
        articles=articles,
        delays=Delays(dict(session.execute(delays_query(conditions)).all())),
    )


def is_kept() -> ColumnElement[bool]:
    return Testimonial.status.not_in(NOT_KEPT)


def months_query(conditions: Conditions, months: Sequence[Month]) -> Any:
    """Select how many were received, and published, in each month: from 1 on, 0 before the first."""
    moments = {"received": Testimonial.submitted_at, "published": Testimonial.published_at}
    ends = [month.start for month in months] + [months[-1].plus(1).start]
    parts = []
    for name, moment in moments.items():
        number = case(*((moment < end, index) for index, end in enumerate(ends)), else_=len(ends))
        kept = select(number.label("month")).where(is_kept(), *conditions)
        if name == "published":
            kept = kept.where(Testimonial.status == Status.PUBLISHED)
        rows = kept.subquery()
        parts.append(select(literal(name), rows.c.month, func.count()).group_by(rows.c.month))
    return union_all(*parts)


def statuses_query(conditions: Conditions) -> Any:
    columns = Testimonial.article_id, Testimonial.status
    return select(*columns, func.count()).where(is_kept(), *conditions).group_by(*columns)


def waiting_query(scope: Scope) -> Any:
    """Select the lists of the queue: what waits, and for whom, is said as editors read it there."""
    counted = select(QueueRow.listed_status, func.count(), func.min(QueueRow.waiting_since))
    kept = QueueRow.listed_status != Status.ERASED, *within(scope, QueueRow.article_id)
    return counted.where(*kept).group_by(QueueRow.listed_status)


def consents_query(conditions: Conditions) -> Any:
    """Select how many consents of each purpose are in force."""
    lines = select(Consent.answer).where(Consent.testimonial_id == Testimonial.id, Consent.purpose == Purpose.CONTACT)
    contact = lines.order_by(Consent.id.desc()).limit(1).correlate(Testimonial).scalar_subquery()
    in_force = Testimonial.publication_consent, Testimonial.reuse_consent, contact == ConsentDecision.GIVEN
    return select(*(func.count().filter(each) for each in in_force)).where(is_kept(), *conditions)


# What a version says of its author and of the partner: the columns to count by.
CONTENT: Mapping[str, Any] = {
    "situation": Version.situation,
    "department": Version.department_code,
    "partner": func.coalesce(cast(listed_partner_id(), String), Version.partner_known),
    "attribution": Version.attribution,
}


def content_query(conditions: Conditions) -> Any:
    """Select how many testimonials have each value of `CONTENT`, and how many of them are published."""
    columns = [cast(column, String).label(name) for name, column in CONTENT.items()]
    shown = case((Testimonial.status == Status.PUBLISHED, 1), else_=0).label("shown")
    kept = select(*columns, shown).join_from(Testimonial, Version, IS_CURRENT_VERSION)
    rows = kept.where(is_kept(), *conditions).cte("kept")
    return union_all(
        *(
            select(literal(name), rows.c[name], func.count(), func.sum(rows.c.shown)).group_by(rows.c[name])
            for name in CONTENT
        )
    )


def themes_query(scope: Scope) -> Any:
    """Select how many testimonials have each theme; one may have several."""
    kept = [QueueThemeRow.listed_status.not_in(NOT_KEPT)]
    if scope is not None:
        kept.append(QueueThemeRow.theme_id.in_(select(Theme.id).where(*within(scope, Theme.article_id))))
    return select(QueueThemeRow.theme_id, func.count()).where(*kept).group_by(QueueThemeRow.theme_id)
