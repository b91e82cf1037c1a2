"""Retention of texts that are not published: how long, and when each is erased (docs/decisions/0011)."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, or_

from app.db import now
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from config import Months

# The setting of the period after which a text is erased, by status.
KEPT_FOR: Mapping[Status, str] = {
    Status.UNCONFIRMED: "UNCONFIRMED_PERIOD",
    Status.INTERNAL: "TEXTS_PERIOD",
    Status.DECLINED: "TEXTS_PERIOD",
    Status.UNPUBLISHED: "TEXTS_PERIOD",
    Status.WITHDRAWN: "TEXTS_PERIOD",
}


def is_to_be_erased() -> ColumnElement[bool]:
    """State that the period of a text has ended, and that no objection of its author waits for an answer."""
    ended = (
        (Testimonial.status == status) & (Testimonial.waiting_since <= now() - retention_period(status))
        for status in KEPT_FOR
    )
    return Testimonial.contested_at.is_(None) & or_(*ended)


def retention_end(testimonial: Testimonial) -> datetime | None:
    """Return when a testimonial `is_to_be_erased`; None where time alone erases nothing."""
    if testimonial.status not in KEPT_FOR or testimonial.contested_at is not None:
        return None
    return kept_until(testimonial)


def kept_until(testimonial: Testimonial) -> datetime:
    return testimonial.waiting_since + retention_period(testimonial.status)


def retention_period(status: Status) -> timedelta | Months:
    length: timedelta | Months = current_app.config[KEPT_FOR[status]]
    return length
