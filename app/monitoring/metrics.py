"""Metrics: read from the database when they are asked for, and from what the workers of this server have counted.

The view imports this module: prometheus-client would take memory of every worker, asked or not.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app import erasure_journal
from app.articles.models import Article
from app.db import now
from app.mail import outbox
from app.mail.outbox import Email
from app.moderation.queue.rows import QueueRow
from app.monitoring.checks import Fault
from app.monitoring.heartbeat import all_heartbeats
from app.monitoring.request_counters import BOUNDS, RequestCounters
from app.page_cache.middleware import PageCache
from app.testimonials.lifecycle import Party, Status
from app.testimonials.testimonial import Testimonial

# Whom a list of the queue waits for; others wait for nobody.
WAITED_FOR = {each: each.waits_for for each in Status if each.waits_for in {Party.AUTHOR, Party.EDITOR}}


class Metrics:
    """A collector of prometheus-client: all metrics, or, where the database is at fault, those of the server."""

    def __init__(self, session: Session, faults: list[Fault], requests: RequestCounters, page_cache: PageCache) -> None:
        self.session, self.faults, self.requests, self.page_cache = session, faults, requests, page_cache

    def collect(self) -> Iterator[Metric]:
        is_up = {Fault.DATABASE, Fault.SCHEMA, Fault.OLDER}.isdisjoint(self.faults)
        yield gauge("ready", "Whether requests may be sent to this server: /ready says why not.", not self.faults)
        yield gauge("database_up", "Whether the database answers, with a schema of this release.", is_up)
        if is_up:
            yield self.testimonials()
            yield from self.waiting()
            yield from self.emails()
            waiting = erasure_journal.count_waiting(self.session)
            yield gauge("journal_lines_waiting", "Lines of the journal of erasures that are not written.", waiting)
            yield self.heartbeats()
        yield self.cached_pages()
        yield from self.answered()

    def testimonials(self) -> Metric:
        counts = (
            select(Testimonial.article_id, Testimonial.status, func.count())
            .group_by(Testimonial.article_id, Testimonial.status)
            .subquery()
        )
        rows = self.session.execute(
            select(Article.slug, *counts.c).join(counts, counts.c.article_id == Article.id).order_by(Article.slug)
        )
        numbers = {(slug, Status(status)): number for slug, _, status, number in rows}
        return gauges("testimonials", "Testimonials of an article by status.", ["article", "status"], numbers)

    def waiting(self) -> Iterator[Metric]:
        rows = self.session.execute(
            select(QueueRow.listed_status, func.count(), func.min(QueueRow.waiting_since))
            .where(QueueRow.listed_status.in_(WAITED_FOR))
            .group_by(QueueRow.listed_status)
        )
        by_status = {status: (number, since) for status, number, since in rows}
        lists = [(party, status.value, *by_status.get(status, (0, None))) for status, party in WAITED_FOR.items()]
        for name, moment in (("noticed", Testimonial.noticed_at), ("contested", Testimonial.contested_at)):
            lists.append((Party.EDITOR, name, *self.oldest(moment)))
        numbers = {(party, name): number for party, name, number, _ in lists}
        ages = {(party, name): age(since) for party, name, _, since in lists}
        yield gauges("waiting", "Testimonials that wait.", ["party", "list"], numbers)
        yield gauges("waiting_oldest_seconds", "How long the first of them has waited.", ["party", "list"], ages)

    def emails(self) -> Iterator[Metric]:
        due, oldest = self.oldest(Email.due_at, Email.due_at <= now())
        states = {
            "due": due,
            "retried": self.oldest(Email.due_at, Email.last_refusal.is_not(None))[0],
            "failed": self.oldest(Email.written_at, outbox.has_failed())[0],
            "unreadable": self.oldest(Email.written_at, outbox.is_unreadable())[0],
        }
        described = (
            "E-mails to be sent now, refused and to be tried again, given up; those among them that cannot be read."
        )
        yield gauges("emails", described, ["state"], {(state,): number for state, number in states.items()})
        yield gauge("emails_oldest_due_seconds", "How long the first e-mail to be sent now has waited.", age(oldest))

    def oldest(
        self, moment: InstrumentedAttribute[datetime | None], *where: ColumnElement[bool]
    ) -> tuple[int, datetime | None]:
        number, first = self.session.execute(
            select(func.count(), func.min(moment)).where(moment.is_not(None), *where)
        ).one()
        return number, first

    def heartbeats(self) -> Metric:
        beats = {(each.process, each.machine): each.at.timestamp() for each in all_heartbeats(self.session)}
        described = "When the deliverer and the scheduled job were last alive."
        return gauges("heartbeat_timestamp_seconds", described, ["process", "machine"], beats)

    def cached_pages(self) -> Metric:
        family = CounterMetricFamily(
            "en_regard_cached_pages", "Public pages sent from the cache, and rendered.", labels=["result"]
        )
        for result, number in self.page_cache.totals().items():
            family.add_metric([result], number)
        return family

    def answered(self) -> Iterator[Metric]:
        described = "How long requests took that no page of the cache answered."
        seconds = HistogramMetricFamily("en_regard_request_seconds", described, labels=["endpoint"])
        statuses = CounterMetricFamily(
            "en_regard_responses", "Responses to them by kind of status.", labels=["endpoint", "status"]
        )
        for endpoint, under, duration, by_status in self.requests.counts():
            bounds = [*(str(bound) for bound in BOUNDS), "+Inf"]
            seconds.add_metric([endpoint], list(zip(bounds, under, strict=True)), duration)
            for kind, number in by_status.items():
                statuses.add_metric([endpoint, kind], number)
        yield from (seconds, statuses)


def gauge(name: str, description: str, value: float) -> Metric:
    return GaugeMetricFamily(f"en_regard_{name}", description, value=value)


def gauges(name: str, description: str, labels: Sequence[str], values: Mapping[Any, float]) -> Metric:
    family = GaugeMetricFamily(f"en_regard_{name}", description, labels=labels)
    for each, value in values.items():
        family.add_metric(each, value)
    return family


def age(moment: datetime | None) -> float:
    """Return how long ago a moment was, in seconds; 0 without one."""
    return max(0.0, (now() - moment).total_seconds()) if moment else 0.0


def metrics_text(metrics: Metrics) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(metrics)
    return generate_latest(registry)
