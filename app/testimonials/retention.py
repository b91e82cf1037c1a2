"""How long a text that is not shown is kept: which ones, until when, and what stays it (docs/decisions/0011)."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, or_

from app.db import now
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from config import Months

# What time erases, and after how long a setting says.
KEPT_FOR: Mapping[Status, str] = {
    Status.UNCONFIRMED: "UNCONFIRMED_PERIOD",
    Status.INTERNAL: "TEXTS_PERIOD",
    Status.DECLINED: "TEXTS_PERIOD",
    Status.UNPUBLISHED: "TEXTS_PERIOD",
    Status.WITHDRAWN: "TEXTS_PERIOD",
}


def is_forgotten() -> ColumnElement[bool]:
    """State what is to be erased: what nobody confirmed, and what is kept for a while and no longer.

    Where its author has objected, they are owed an answer first.
    """
    over = (
        (Testimonial.status == status) & (Testimonial.waiting_since <= now() - retention_period(status))
        for status in KEPT_FOR
    )
    return Testimonial.contested_at.is_(None) & or_(*over)


def retention_end(testimonial: Testimonial) -> datetime | None:
    """Return when a testimonial, as it stands, `is_forgotten`; None where time alone erases nothing."""
    if testimonial.status not in KEPT_FOR or testimonial.contested_at is not None:
        return None
    return kept_until(testimonial)


def kept_until(testimonial: Testimonial) -> datetime:
    """Return the moment until which a text that time erases is kept."""
    return testimonial.waiting_since + retention_period(testimonial.status)


def retention_period(status: Status) -> timedelta | Months:
    """Return how long a text is kept in a status that time ends."""
    kept: timedelta | Months = current_app.config[KEPT_FOR[status]]
    return kept
