"""Periods of the settings (docs/rules.md, « Keeping and forgetting »)."""

from datetime import datetime, timedelta

from flask import current_app

from app.db import now
from config import Months


def period(name: str) -> timedelta:
    """Return a period of the settings."""
    length: timedelta = current_app.config[name]
    return length


def is_over(until: datetime | None) -> bool:
    """Say whether a publication has reached its end, be it that the clock has not come by yet."""
    return until is not None and until <= now()


def months(name: str) -> Months:
    """Return a period of the settings that is counted in calendar months."""
    number: Months = current_app.config[name]
    return number
