"""Situation of a CLSM with a CRPV, and how a CRPV is named."""

from collections.abc import Mapping
from enum import StrEnum


class Situation(StrEnum):
    """Where a CLSM is with a CRPV."""

    PAST = "past"
    REGULAR = "regular"
    PLANNED = "planned"

    @property
    def label(self) -> str:
        """Return the words readers see."""
        return SITUATION_LABELS[self]

    @property
    def choice(self) -> str:
        """Return the words authors choose."""
        return SITUATION_CHOICES[self]


class CrpvKnown(StrEnum):
    """What an author can say of the CRPV concerned."""

    LISTED = "listed"
    OTHER = "autre"
    UNKNOWN = "inconnu"

    @property
    def label(self) -> str:
        """Return what is shown when there is no name to show."""
        return CRPV_LABELS[self]


def crpv_called(listed: str | None, other: str, known: CrpvKnown) -> str:
    """Return what readers are told of the CRPV: its name in the list, the name given, or that there is none to give."""
    return listed or other or known.label


SITUATION_LABELS: Mapping[Situation, str] = {
    Situation.PAST: "A déjà collaboré",
    Situation.REGULAR: "Collaboration régulière",
    Situation.PLANNED: "En projet",
}


SITUATION_CHOICES: Mapping[Situation, str] = {
    Situation.PAST: "Nous avons déjà travaillé ensemble",
    Situation.REGULAR: "Nous travaillons ensemble régulièrement",
    Situation.PLANNED: "Nous prévoyons de travailler ensemble",
}


CRPV_LABELS: Mapping[CrpvKnown, str] = {
    CrpvKnown.LISTED: "un CRPV de la liste",
    CrpvKnown.OTHER: "Un autre CRPV",
    CrpvKnown.UNKNOWN: "CRPV non précisé",
}
