"""Periods of the settings (product.md, « Keeping and forgetting »)."""

from datetime import timedelta

from flask import current_app


def period(name: str) -> timedelta:
    """Return a period of the settings."""
    length: timedelta = current_app.config[name]
    return length
