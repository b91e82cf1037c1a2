"""Situation of a CLSM with a CRPV, and the name of a CRPV."""

from typing import Self

from app.labels import LabelledEnum


class Situation(LabelledEnum):
    """A collaboration that is past, regular or planned; `label` for readers, `choice` for authors.

    `after_place` follows the name of a place in a composed title.
    """

    PAST = "past", "A déjà collaboré", "Nous avons déjà travaillé ensemble", "collaboration passée"
    REGULAR = "regular", "Collaboration régulière", "Nous travaillons ensemble régulièrement", "collaboration régulière"
    PLANNED = "planned", "En projet", "Nous prévoyons de travailler ensemble", "en projet"

    choice: str
    after_place: str

    def __new__(cls, value: str, label: str = "", choice: str = "", after_place: str = "") -> Self:
        member = cls.labelled(value, label)
        member.choice, member.after_place = choice, after_place
        return member


class PartnerKnown(LabelledEnum):
    """Whether the author chose a CRPV of the list; `label` is shown where there is no name."""

    LISTED = "listed", "un CRPV de la liste"
    OTHER = "autre", "Un autre CRPV"
    UNKNOWN = "inconnu", "CRPV non précisé"


def partner_called(listed: str | None, other: str, known: PartnerKnown) -> str:
    return listed or other or known.label
