"""Periods of the settings (product rule 14)."""

from datetime import datetime, timedelta

from flask import current_app

from app.db import now
from config import Months


def period(name: str) -> timedelta:
    length: timedelta = current_app.config[name]
    return length


def is_over(until: datetime | None) -> bool:
    return until is not None and until <= now()


def months(name: str) -> Months:
    number: Months = current_app.config[name]
    return number
