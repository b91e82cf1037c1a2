"""A year of months, in Paris: their names, and the moments between them in UTC (pure).

SQLite knows no time zone: statements compare moments with these bounds instead of asking for the month of each.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Self

from app import french
from app.french import MONTHS, PARIS, SHORT_MONTHS

LENGTH = 12


@dataclass(frozen=True)
class Month:
    """A calendar month."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Self:
        return cls(day.year, day.month)

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Read « 2026-11 »; None for anything else."""
        year, _, number = text.partition("-")
        if not (year.isascii() and year.isdecimal() and number.isascii() and number.isdecimal()):
            return None
        is_month = len(year) == 4 and len(number) == 2 and 1 <= int(number) <= LENGTH and int(year) >= 2000  # noqa: PLR2004  # signs; no text is older
        return cls(int(year), int(number)) if is_month else None

    @property
    def key(self) -> str:
        return f"{self.year}-{self.number:02}"

    @property
    def name(self) -> str:
        return f"{MONTHS[self.number - 1]} {self.year}"

    @property
    def short_name(self) -> str:
        return SHORT_MONTHS[self.number - 1]

    @property
    def start(self) -> datetime:
        return datetime(self.year, self.number, 1, tzinfo=PARIS).astimezone(UTC)

    def plus(self, months: int) -> "Month":
        year, index = divmod(self.year * LENGTH + self.number - 1 + months, LENGTH)
        return Month(year, index + 1)


def year_to(last: Month) -> list[Month]:
    """Return the twelve months that end with one."""
    return [last.plus(number - LENGTH + 1) for number in range(LENGTH)]


def joined_name(months: list[Month]) -> str:
    """Return a run of months in words: « novembre 2026 », « d’octobre à décembre 2026 »."""
    first, last = months[0], months[-1]
    if first == last:
        return first.name
    opening = MONTHS[first.number - 1] if first.year == last.year else first.name
    return f"{french.of(opening)} à {last.name}"
