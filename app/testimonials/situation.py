"""Situation of a collaboration, what became of it, and what its partner is called; the words are the call's."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column

from app import french
from app.articles.call import Call
from app.db import enum_by_value
from app.labelled_enum import LabelledEnum


class Situation(LabelledEnum):
    """A collaboration that is past, regular or planned; `label` is for the desk, where articles stand together."""

    PAST = "past", "A déjà collaboré"
    REGULAR = "regular", "Collaboration régulière"
    PLANNED = "planned", "En projet"


PROJECT = "projet"


class Became(LabelledEnum):
    """What became of a planned collaboration."""

    DONE = "done", "Réalisé"
    OTHERWISE = "otherwise", "Réalisé autrement"
    NOT_YET = "not_yet", "Pas encore réalisé"
    NOT_DONE = "not_done", "Non réalisé"

    @property
    def value_of_filter(self) -> str:
        """The value by which readers find the projects that became so: « planned-done »."""
        return f"{Situation.PLANNED.value}-{self.value}"

    def told_after(self, label: str) -> str:
        """Return it after what it was: « En projet → réalisé », « Idée à deux → projet réalisé ».

        It agrees with « projet », which is said where a call's label is another word.
        """
        return f"{label} → {self.told if PROJECT in label.lower() else self.told_of_project}"

    @property
    def told(self) -> str:
        return self.label[:1].lower() + self.label[1:]

    @property
    def told_of_project(self) -> str:
        return f"{PROJECT} {self.told}"


class UpdateFields(MappedAsDataclass, kw_only=True):
    """The update of a version: what became of it, by the same author, as of a month (decision 0053).

    A version has an update if and only if it has `became_on`, the first day of that month. A planned collaboration has
    `became`, and words in `sequel` if its author wrote some; for another situation the words are the update.
    """

    became: Mapped[Became | None] = mapped_column(enum_by_value(Became), default=None)
    became_on: Mapped[date | None] = mapped_column(default=None)
    sequel: Mapped[str] = mapped_column(Text, default="", server_default="")

    @property
    def update_label(self) -> str:
        """What became of it, and the month: « Réalisé, novembre 2027 », or the month alone; empty without an update."""
        if self.became_on is None:
            return ""
        when = french.month(self.became_on)
        return f"{self.became.label}, {when}" if self.became else when.capitalize()

    @property
    def became_month(self) -> str | None:
        """The month as programs write it: « 2027-11 »."""
        return f"{self.became_on:%Y-%m}" if self.became_on else None

    def keep_update(self, other: "UpdateFields", *, is_planned: bool) -> None:
        """Take the update of another version; a collaboration that is no longer planned keeps its words alone."""
        self.became = other.became if is_planned else None
        self.sequel = other.sequel
        self.became_on = other.became_on if self.became or self.sequel else None

    def situation_since(self, label: str, published_at: datetime | None) -> str:
        """Return a situation and what became of it: « En projet, novembre 2026 → réalisé, novembre 2027 ».

        The first month is that of the publication, where it is not later than the second.
        """
        if self.became is None or self.became_on is None:
            return label
        since = french.paris_time(published_at).replace(day=1) if published_at else None
        dated = f"{label}, {french.month(since)}" if since and since <= self.became_on else label
        return f"{self.became.told_after(dated)}, {french.month(self.became_on)}"

    def displayed_update(self) -> dict[str, Any]:
        """Return what readers are shown of the update; nothing without one, so that older digests stay."""
        if self.became_on is None:
            return {}
        became = {"became": self.became.value} if self.became else {}
        return {**became, "became_on": self.became_month, "sequel": self.sequel}


class PartnerKnown(LabelledEnum):
    """Whether the author named a partner, and how; `label` is for the desk."""

    LISTED = "listed", "un partenaire de la liste"
    OTHER = "autre", "un autre partenaire"
    UNKNOWN = "inconnu", "partenaire non précisé"
    NONE = "aucun", "sans partenaire"


# What readers filter situations by.
SITUATION_VALUES = frozenset({*(each.value for each in Situation), *(each.value_of_filter for each in Became)})


def composed_title(place: str, call: Call, situation: Situation, became: Became | None) -> str:
    """Return the title of a text without one: its place, then « en projet », or « projet réalisé » once it is over."""
    if became is None or became is Became.NOT_YET:
        return f"{place}, {call.words(situation).after_place}"
    return f"{place}, {became.told_of_project}"


def situation_choices(call: Call) -> dict[str, str]:
    choices = {name: words.label for name, words in call.situations.items()}
    planned = choices[Situation.PLANNED]
    return choices | {each.value_of_filter: each.told_after(planned) for each in Became}


def partner_called(call: Call, listed: str | None, typed: str, known: PartnerKnown) -> str:
    return listed or typed or partner_label(call, known)


def partner_label(call: Call, known: PartnerKnown) -> str:
    """Return what stands for a partner whose name is not given; nothing where the call has no partner."""
    names = call.partner
    if names is None or known is PartnerKnown.NONE:
        return ""
    if known is PartnerKnown.UNKNOWN:
        return names.unstated
    return names.another if names.is_listed else names.one


def unlisted_partners(call: Call) -> dict[str, str]:
    if call.partner is None or not call.partner.is_listed:
        return {}
    return {known.value: partner_label(call, known) for known in (PartnerKnown.OTHER, PartnerKnown.UNKNOWN)}
