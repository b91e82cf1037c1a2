"""Situation of a CLSM with a CRPV, and how a CRPV is named."""

from typing import Self

from app.labels import LabelledEnum


class Situation(LabelledEnum):
    """Where a CLSM is with a CRPV."""

    PAST = "past", "A déjà collaboré", "Nous avons déjà travaillé ensemble"
    REGULAR = "regular", "Collaboration régulière", "Nous travaillons ensemble régulièrement"
    PLANNED = "planned", "En projet", "Nous prévoyons de travailler ensemble"

    choice: str

    def __new__(cls, value: str, label: str = "", choice: str = "") -> Self:
        """Make a member of a value, its label and its choice."""
        member = cls.labelled(value, label)
        member.choice = choice
        return member


class CrpvKnown(LabelledEnum):
    """What an author can say of the CRPV concerned."""

    LISTED = "listed", "un CRPV de la liste"
    OTHER = "autre", "Un autre CRPV"
    UNKNOWN = "inconnu", "CRPV non précisé"


def crpv_called(listed: str | None, other: str, known: CrpvKnown) -> str:
    """Return what readers are told of the CRPV: its name in the list, the name given, or that there is none to give."""
    return listed or other or known.label
