"""ExportPurpose: what a file is for, which says whose testimonials are in it and what of them; ExportFormat."""

from typing import Self

from app.labels import ExplainedEnum, LabelledEnum
from app.words import PEOPLE


class ExportPurpose(ExplainedEnum):
    """A purpose, and the sentence of the page that says what its file holds (product rule 4)."""

    TEAM = (
        "team",
        "Pour l’équipe",
        (
            "Chaque texte, publié ou non, tel qu’il est aujourd’hui, avec les accords de son auteur·e et ses "
            "coordonnées. Ce fichier reste dans l’équipe."
        ),
    )
    REUSE = (
        "reuse",
        "Pour réutilisation",
        (
            "Les retours publiés dont l’auteur·e accepte la réutilisation, tels qu’ils paraissent, sous la signature "
            "choisie. Ni nom caché par une signature, ni département, ni courriel."
        ),
    )
    CONTACT = (
        "contact",
        "Recontact",
        (
            f"Nom, fonction, {PEOPLE} et courriel des auteur·e·s qui acceptent d’être recontacté·e·s, et rien "
            "d’autre. Chaque adresse n’y est qu’une fois par signature."
        ),
    )

    @property
    def slug(self) -> str:
        """Return its name in the name of a file."""
        return {"team": "equipe", "reuse": "reutilisation", "contact": "recontact"}[self.value]


class ExportFormat(LabelledEnum):
    """A format of file."""

    CSV = "csv", "CSV", "text/csv"
    XLSX = "xlsx", "XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    mimetype: str

    def __new__(cls, value: str, label: str = "", mimetype: str = "") -> Self:
        member = cls.labelled(value, label)
        member.mimetype = mimetype
        return member
