"""Filters, order and cursor of the queue, to and from a query string; an unknown value is ignored."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Self

from app.articles.models import Article, Theme
from app.db import EPOCH
from app.forms import tidy_line
from app.labelled_enum import LabelledEnum
from app.search.words import terms
from app.territories.models import Partner, Region
from app.testimonials.lifecycle import Status
from app.testimonials.situation import Situation

MAX_LENGTH = 200  # characters of a search or a slug
LAST_MOMENT, LAST_ID = 250_000_000_000_000_000, 2**31 - 1  # microseconds, to the year 9892; the largest integer column
EVERY_LIST = "tous"  # the value of `etat` for the list of all testimonials
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
class Filter:
    """What a field of `QueueFilters` is to indexes, conditions, the form of the queue and the words of an export.

    `choices` are the values, with their words on the form; a filter without choices takes any value. `named` are the
    columns of a value and of its name, where a table has them. A filter with a `heading` makes a list of its own.
    """

    label: str = ""
    column: str = ""  # of `QueueRow`
    choices: Mapping[str, str] = field(default_factory=dict)
    named: tuple[Any, Any] | None = None
    key: Any = None  # what `column` has of the table of `named`, where that is not the value
    everything: str = ""  # the option of no choice; a filter without this word has no list on the form
    least: int = 0  # choices without which the form has no list
    leads: bool = False  # among the first lists of the form
    heading: str = ""

    @property
    def is_yes_or_no(self) -> bool:
        return "oui" in self.choices

    def read(self, value: str) -> str:
        return value[:MAX_LENGTH] if not self.choices or value in self.choices else ""


def narrows(*facts: Any, **others: Any) -> Any:
    return field(default="", metadata={"filter": Filter(*facts, **others)})


def yes_or_no(label: str, column: str, yes: str = "Oui", no: str = "Non", **others: str) -> Any:
    return narrows(label, column, {"oui": yes, "non": no}, **others)


@dataclass(frozen=True)
class QueueFilters:
    """The filters and order of a list; the fields are named after the parameters of the query string.

    `etat` is None for all lists at once. `auteur` is the identifier of a testimonial, for those sent from its address:
    an address is never in a query string (product rule 6, docs/decisions/0010).
    """

    etat: Status | None = Status.PENDING
    article: str = narrows(
        "Article", "article_id", named=(Article.slug, Article.title), everything="Tous", least=2, leads=True
    )
    situation: str = narrows(
        "Situation", "situation", {each.value: each.label for each in Situation}, everything="Toutes", leads=True
    )
    region: str = narrows("Région", "region_code", named=(Region.code, Region.name), everything="Toutes")
    partner: str = narrows(
        "Partenaire", "partner_id", named=(Partner.slug, Partner.name), key=Partner.id, everything="Tous", least=1
    )
    articulation: str = narrows("Articulation", named=(Theme.slug, Theme.label), everything="Toutes", leads=True)
    accord: str = yes_or_no("Accord pour publier", "publication_consent", everything="Oui ou non")
    reutilisation: str = yes_or_no("Accord pour réutiliser ailleurs", "reuse_consent", everything="Oui ou non")
    recontact: str = yes_or_no("Accord pour être recontacté·e", "contact_consent", everything="Oui ou non")
    reperes: str = yes_or_no("Passages à regarder", "flagged", "Avec", "Sans", everything="Avec ou sans")
    signale: str = yes_or_no("Signalement ouvert", "noticed", heading="Signalés")
    mien: str = narrows(choices={"1": ""}, heading="Je m’en occupe")
    conteste: str = narrows(choices={"1": ""}, heading="Contestations")
    auteur: str = narrows("Du même courriel")
    mots: str = narrows("Mots")
    tri: QueueSort = QueueSort.AGE

    @classmethod
    def read(cls, values: Mapping[str, str]) -> Self:
        """Parse the parameters of a query string."""
        name, tri = values.get("etat", ""), values.get("tri", "")
        etat = None if name == EVERY_LIST else Status(name) if name in {*Status} else Status.PENDING
        chosen = {name: each.read(values.get(name, "")) for name, each in FILTERS.items()}
        chosen["mots"] = "" if "@" in chosen["mots"] else tidy_line(chosen["mots"])  # an address goes no further
        sorts = offered_sorts(etat, is_noticed=chosen["signale"] == "oui")
        return cls(etat=etat, tri=QueueSort(tri) if tri in sorts else sorts[0], **chosen)

    @cached_property
    def query(self) -> dict[str, Any]:
        """Return the parameters of the query string, without those at their default."""
        default = replace(type(self)(), tri=self.sorts[0])
        values = {each.name: getattr(self, each.name) for each in fields(self)}
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
        return any(getattr(self, name) for name, each in FILTERS.items() if not each.choices)

    @property
    def sorts(self) -> tuple[QueueSort, ...]:
        """Return the orders that the list offers, the usual one first."""
        return offered_sorts(self.etat, is_noticed=self.signale == "oui")

    @property
    def special_list(self) -> str:
        """Return the parameter of a list that is not a status (held by the editor, contested); else empty."""
        return "mien" if self.mien else "conteste" if self.conteste else ""

    @property
    def list_name(self) -> str:
        """Return the name of the list: that of its total, and of its entry in the rail."""
        if self.special_list or self.etat is None:
            return self.special_list or EVERY_LIST
        return "signale" if self.signale == "oui" and self.etat is Status.PENDING else self.etat.value

    @property
    def heading(self) -> str:
        if self.etat is None and not self.special_list:
            return "Tous les textes"
        made = FILTERS.get(self.list_name)
        return made.heading if made else str(self.etat and self.etat.label).capitalize()

    @classmethod
    def names(cls) -> frozenset[str]:
        return frozenset(each.name for each in fields(cls))


FILTERS: Mapping[str, Filter] = {
    each.name: each.metadata["filter"] for each in fields(QueueFilters) if "filter" in each.metadata
}
# The parameters that say which list is read; the others narrow it, or order it.
LIST_NAMES = frozenset({"etat", *(name for name, each in FILTERS.items() if each.heading)})


def offered_sorts(etat: Status | None, *, is_noticed: bool) -> tuple[QueueSort, ...]:
    """Return the orders of a list, the usual one first: where nothing waits, the latest changes come first."""
    if is_noticed and etat is Status.PENDING:
        return QueueSort.URGENCY, QueueSort.ACTIVITY
    return (QueueSort.ACTIVITY, QueueSort.AGE) if etat is None else (QueueSort.AGE, QueueSort.ACTIVITY)
