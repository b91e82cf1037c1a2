"""Filters, order and cursor of the queue, to and from a query string; an unknown value is ignored."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from app.forms import tidy_line
from app.labels import LabelledEnum
from app.testimonials.lifecycle import Status
from app.testimonials.situation import Situation

MAX_LENGTH = 200  # characters of a search or a slug
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_MOMENT, LAST_ID = 250_000_000_000_000_000, 2**31 - 1  # microseconds, to the year 9892; the largest integer column
ALLOWED: Mapping[str, Collection[str]] = {
    "situation": tuple(Situation),
    **dict.fromkeys(("accord", "reperes", "signale"), ("oui", "non")),
    **dict.fromkeys(("mien", "conteste"), ("1",)),
}
CURSOR = re.compile(r"([0-9]{1,18})-([0-9]{1,10})")


class QueueSort(LabelledEnum):
    """The order of a list."""

    AGE = "age", "les plus anciens"
    ACTIVITY = "activite", "les derniers modifiés"


@dataclass(frozen=True)
class QueueCursor:
    """A position in a list: the moment it is sorted by, then the testimonial's id for equal moments."""

    moment: datetime
    testimonial_id: int

    def __str__(self) -> str:
        return f"{(self.moment - EPOCH) // timedelta(microseconds=1)}-{self.testimonial_id}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Parse a cursor; None if it is malformed or out of range."""
        match = CURSOR.fullmatch(text)
        if match is None:
            return None
        moment, number = int(match[1]), int(match[2])
        if moment > LAST_MOMENT or number > LAST_ID:
            return None
        return cls(EPOCH + timedelta(microseconds=moment), number)


@dataclass(frozen=True)
class QueueFilters:
    """The filters and order of a list; the fields are named after the parameters of the query string."""

    etat: Status = Status.PENDING
    article: str = ""
    situation: str = ""
    region: str = ""
    partner: str = ""
    articulation: str = ""
    accord: str = ""
    reperes: str = ""
    signale: str = ""
    mien: str = ""
    conteste: str = ""
    mots: str = ""
    tri: QueueSort = QueueSort.AGE

    @classmethod
    def read(cls, values: Mapping[str, str]) -> Self:
        """Parse the parameters of a query string."""
        etat, tri = values.get("etat", ""), values.get("tri", "")
        valid = {name: value for name, value in values.items() if value in ALLOWED.get(name, ())}
        slugs = {name: values.get(name, "")[:MAX_LENGTH] for name in ("article", "region", "partner", "articulation")}
        return cls(
            etat=Status(etat) if etat in {*Status} else Status.PENDING,
            mots=tidy_line(values.get("mots", "")[:MAX_LENGTH]),
            tri=QueueSort(tri) if tri in {*QueueSort} else QueueSort.AGE,
            **valid,
            **slugs,
        )

    @property
    def query(self) -> dict[str, Any]:
        """Return the parameters of the query string, without those at their default."""
        default = type(self)()
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: str(value) for name, value in values.items() if value != getattr(default, name)}

    @property
    def is_narrowed(self) -> bool:
        return bool(self.query.keys() - {"etat", "tri"})

    @property
    def special_list(self) -> str:
        """Return the parameter of a list that is not a status (claimed by the editor, contested); else empty."""
        return "mien" if self.mien else "conteste" if self.conteste else ""

    @classmethod
    def names(cls) -> frozenset[str]:
        return frozenset(field.name for field in fields(cls))
