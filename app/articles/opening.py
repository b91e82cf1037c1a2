"""Opening: whether an article's call takes testimonials at a moment, as an admin left it and by its two dates."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.french import PARIS, day, paris_time

A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Opening:
    """A call's opening; the moments are midnights in Paris. `closed_at` is the moment when an admin closed the call.

    The state is computed from the clock at each reading: no job opens or closes a call.
    """

    is_open: bool
    closed_at: datetime | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None

    @property
    def closed_on(self) -> date | None:
        return paris_time(self.closed_at) if self.closed_at and not self.is_open else None

    @property
    def opens_on(self) -> date | None:
        return paris_time(self.opens_at) if self.opens_at else None

    @property
    def closes_on(self) -> date | None:
        return paris_time(self.closes_at - A_DAY / 2) if self.closes_at else None

    def is_early(self, at: datetime) -> bool:
        return self.opens_at is not None and at < self.opens_at

    def is_over(self, at: datetime) -> bool:
        return self.closes_at is not None and at >= self.closes_at

    def takes_testimonials(self, at: datetime) -> bool:
        return self.is_open and not self.is_early(at) and not self.is_over(at)

    def sentence(self, at: datetime) -> str:
        """Return until when the call is open, when it opens, or since when it is closed; empty if there is no date."""
        if not self.is_open:
            return f"L’appel est clos depuis le {day(self.closed_on)}." if self.closed_on else ""
        if self.is_early(at) and self.opens_on:
            return f"L’appel s’ouvre le {day(self.opens_on)}."
        if self.closes_on is None:
            return ""
        verb = "a pris fin le" if self.is_over(at) else "est ouvert jusqu’au"
        return f"L’appel {verb} {day(self.closes_on)}."


def first_moment(opens_on: date | None) -> datetime | None:
    return datetime.combine(opens_on, time(), PARIS) if opens_on else None


def end_moment(closes_on: date | None) -> datetime | None:
    return first_moment(closes_on + A_DAY if closes_on else None)


def period_problem(opens_on: date | None, closes_on: date | None) -> str:
    """Return why two dates are no period, in a sentence; empty if they are one."""
    if opens_on and closes_on and closes_on < opens_on:
        return (
            f"L’appel finirait le {day(closes_on)}, avant de s’ouvrir le {day(opens_on)} : changez une des deux dates."
        )
    return ""
