"""Filters, order and cursor of the queue, to and from a query string; an unknown value is ignored."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Self

from app.db import EPOCH
from app.forms import tidy_line
from app.labels import LabelledEnum
from app.search.words import terms
from app.testimonials.lifecycle import Status
from app.testimonials.situation import Situation

MAX_LENGTH = 200  # characters of a search or a slug
LAST_MOMENT, LAST_ID = 250_000_000_000_000_000, 2**31 - 1  # microseconds, to the year 9892; the largest integer column
ALLOWED: Mapping[str, Collection[str]] = {
    "situation": tuple(Situation),
    **dict.fromkeys(("accord", "reutilisation", "recontact", "reperes", "signale"), ("oui", "non")),
    **dict.fromkeys(("mien", "conteste"), ("1",)),
}
# The parameters whose values are of no closed list: an address may have any words there.
SLUGS = ("article", "region", "partner", "articulation", "auteur")
# What pages call each filter.
LABELS: Mapping[str, str] = {
    "article": "Article",
    "situation": "Situation",
    "region": "Région",
    "partner": "Partenaire",
    "articulation": "Articulation",
    "accord": "Accord pour publier",
    "reutilisation": "Accord pour réutiliser ailleurs",
    "recontact": "Accord pour être recontacté·e",
    "reperes": "Passages à regarder",
    "signale": "Signalement ouvert",
    "auteur": "Du même courriel",
    "mots": "Mots",
}
EVERY_LIST = "tous"  # the value of `etat` for the list of all testimonials
# The parameters that say which list is read; the others narrow it, or order it.
LIST_NAMES = frozenset({"etat", "mien", "conteste", "signale"})
CURSOR = re.compile(r"([0-9]{1,18})-([0-9]{1,10})")


class QueueSort(LabelledEnum):
    """The order of a list."""

    AGE = "age", "les plus anciens"
    ACTIVITY = "activite", "les derniers modifiés"
    URGENCY = "urgence", "les plus urgents"  # of « Signalés » alone: by the date promised, hence what is overdue

    @property
    def column(self) -> str:
        """Return the name of the column that a list is sorted by; the latest activity comes first."""
        return {"age": "waiting_since", "activite": "active_at", "urgence": "notice_due_at"}[self.value]


@dataclass(frozen=True, order=True)
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
    """The filters and order of a list; the fields are named after the parameters of the query string.

    `etat` is None for all lists at once. `auteur` is the identifier of a testimonial, for those sent from its address:
    an address is never in a query string (product rule 6, docs/decisions/0010).
    """

    etat: Status | None = Status.PENDING
    article: str = ""
    situation: str = ""
    region: str = ""
    partner: str = ""
    articulation: str = ""
    accord: str = ""
    reutilisation: str = ""
    recontact: str = ""
    reperes: str = ""
    signale: str = ""
    mien: str = ""
    conteste: str = ""
    auteur: str = ""
    mots: str = ""
    tri: QueueSort = QueueSort.AGE

    @classmethod
    def read(cls, values: Mapping[str, str]) -> Self:
        """Parse the parameters of a query string."""
        name, tri = values.get("etat", ""), values.get("tri", "")
        etat = None if name == EVERY_LIST else Status(name) if name in {*Status} else Status.PENDING
        words = tidy_line(values.get("mots", "")[:MAX_LENGTH])
        valid = {name: value for name, value in values.items() if value in ALLOWED.get(name, ())}
        slugs = {name: values.get(name, "")[:MAX_LENGTH] for name in SLUGS}
        sorts = offered_sorts(etat, is_noticed=valid.get("signale") == "oui")
        return cls(
            etat=etat,
            mots="" if "@" in words else words,  # an address in the query string goes no further
            tri=QueueSort(tri) if tri in sorts else sorts[0],
            **valid,
            **slugs,
        )

    @cached_property
    def query(self) -> dict[str, Any]:
        """Return the parameters of the query string, without those at their default."""
        default = replace(type(self)(), tri=self.sorts[0])
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        changed = {name: value for name, value in values.items() if value != getattr(default, name)}
        return {name: EVERY_LIST if value is None else str(value) for name, value in changed.items()}

    @property
    def narrowing(self) -> dict[str, Any]:
        """Return the parameters that narrow a list, for a link to another list."""
        return {name: value for name, value in self.query.items() if name not in LIST_NAMES | {"tri"}}

    @property
    def list_query(self) -> dict[str, Any]:
        """Return the parameters that say which list is read, without what narrows it."""
        return {name: value for name, value in self.query.items() if name in LIST_NAMES}

    @cached_property
    def is_search(self) -> bool:
        return bool(self.auteur or terms(self.mots))

    @property
    def has_free_words(self) -> bool:
        """Whether a page that shows these filters shows words chosen by the maker of its address."""
        return any(getattr(self, name) for name in (*SLUGS, "mots"))

    @property
    def sorts(self) -> tuple[QueueSort, ...]:
        """Return the orders that the list offers, the usual one first."""
        return offered_sorts(self.etat, is_noticed=self.signale == "oui")

    @property
    def special_list(self) -> str:
        """Return the parameter of a list that is not a status (claimed by the editor, contested); else empty."""
        return "mien" if self.mien else "conteste" if self.conteste else ""

    @property
    def list_name(self) -> str:
        """Return the name of the list: that of its total, and of its entry in the rail."""
        if self.special_list or self.etat is None:
            return self.special_list or EVERY_LIST
        return "signale" if self.signale == "oui" and self.etat is Status.PENDING else self.etat.value

    @property
    def heading(self) -> str:
        headings = {"mien": "Je m’en occupe", "conteste": "Contestations", "signale": "Signalés"}
        if self.etat is None and not self.special_list:
            return "Tous les textes"
        return headings.get(self.list_name) or str(self.etat and self.etat.label).capitalize()

    @classmethod
    def names(cls) -> frozenset[str]:
        return frozenset(field.name for field in fields(cls))


def offered_sorts(etat: Status | None, *, is_noticed: bool) -> tuple[QueueSort, ...]:
    """Return the orders of a list, the usual one first: where nothing waits, the latest changes come first."""
    if is_noticed and etat is Status.PENDING:
        return QueueSort.URGENCY, QueueSort.ACTIVITY
    return (QueueSort.ACTIVITY, QueueSort.AGE) if etat is None else (QueueSort.AGE, QueueSort.ACTIVITY)
