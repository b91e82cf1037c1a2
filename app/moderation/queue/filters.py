"""What an editor asks of the board, and how an address says it: anything it does not know, it leaves out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from app.forms import tidy_line
from app.labels import LabelledEnum
from app.testimonials.lifecycle import Status
from app.testimonials.situation import Situation

LONGEST = 200  # signs of what is looked for
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_MOMENT, LAST_ID = 250_000_000_000_000_000, 2**31 - 1  # microseconds, to the year 9892; a database's whole number
CURSOR = re.compile(r"([0-9]{1,18})-([0-9]{1,10})")


class QueueSort(LabelledEnum):
    """The order of a list."""

    AGE = "age", "les plus anciens"
    ACTIVITY = "activite", "les derniers modifiés"


@dataclass(frozen=True)
class QueueCursor:
    """A place in a list: the moment it is sorted by, and the testimonial's number for those of the same moment."""

    moment: datetime
    testimonial_id: int

    def __str__(self) -> str:
        return f"{(self.moment - EPOCH) // timedelta(microseconds=1)}-{self.testimonial_id}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return the place an address names, if it is one."""
        found = CURSOR.fullmatch(text)
        if found is None:
            return None
        moment, number = int(found[1]), int(found[2])
        if moment > LAST_MOMENT or number > LAST_ID:
            return None
        return cls(EPOCH + timedelta(microseconds=moment), number)


@dataclass(frozen=True)
class QueueFilters:
    """Which testimonials, in which order; the names of the fields are those of the address."""

    etat: Status = Status.PENDING
    article: str = ""
    situation: str = ""
    region: str = ""
    crpv: str = ""
    articulation: str = ""
    accord: str = ""
    reperes: str = ""
    signale: str = ""
    mien: str = ""
    conteste: str = ""
    mots: str = ""
    tri: QueueSort = QueueSort.AGE

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> Self:
        """Return what an address asks for."""
        etat, tri = asked.get("etat", ""), asked.get("tri", "")
        situation = asked.get("situation", "")
        accord, reperes, signale = (asked.get(name, "") for name in ("accord", "reperes", "signale"))
        return cls(
            etat=Status(etat) if etat in {*Status} else Status.PENDING,
            article=asked.get("article", "")[:LONGEST],
            situation=situation if situation in {*Situation} else "",
            region=asked.get("region", "")[:LONGEST],
            crpv=asked.get("crpv", "")[:LONGEST],
            articulation=asked.get("articulation", "")[:LONGEST],
            accord=accord if accord in {"oui", "non"} else "",
            reperes=reperes if reperes in {"oui", "non"} else "",
            signale=signale if signale in {"oui", "non"} else "",
            mien="1" if asked.get("mien") == "1" else "",
            conteste="1" if asked.get("conteste") == "1" else "",
            mots=tidy_line(asked.get("mots", "")[:LONGEST]),
            tri=QueueSort(tri) if tri in {*QueueSort} else QueueSort.AGE,
        )

    @property
    def query(self) -> dict[str, Any]:
        """Return these filters as an address says them: what is left as it comes is not said."""
        usual = type(self)()
        said = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: str(value) for name, value in said.items() if value != getattr(usual, name)}

    @property
    def narrow(self) -> bool:
        """Say whether part of the pile is left out."""
        return bool(self.query.keys() - {"etat", "tri"})

    @property
    def apart(self) -> str:
        """Return the name of the list that is no pile, where one is asked for: it holds a handful."""
        return "mien" if self.mien else "conteste" if self.conteste else ""

    @classmethod
    def names(cls) -> frozenset[str]:
        """Return the names an address may use."""
        return frozenset(field.name for field in fields(cls))
