"""Columns of each export, by purpose: twenty at most, the same in each format."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from flask import current_app

from app.french import PARIS
from app.labelled_enum import ExplainedEnum, LabelledEnum
from app.testimonials.consent import was_recorded
from app.testimonials.lifecycle import Status
from app.testimonials.questions import SHOWN, Kind, Part, Question
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose
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


Cell = str | datetime | list[str] | None

WIDTH, WIDER, WIDE = 18, 34, 60  # in characters
ASKED = (Purpose.PUBLICATION, Purpose.REUSE, Purpose.CONTACT, Purpose.QUESTIONS)
RECORDED = "par l’équipe, relu et signé par l’auteur·e"  # as readers' pages say it


@dataclass(frozen=True)
class Column:
    """A column; `read` takes what `rows.exported_rows()` yields, or the version that a testimonial is read by."""

    heading: str
    read: Callable[[Any], Cell]
    width: int = WIDTH


def same(name: str, heading: str, width: int = WIDTH) -> Column:
    return Column(heading, lambda row: getattr(row, name) or None, width)


def of_latest(column: Column) -> Column:
    """Return a version's column as one of a testimonial: of its latest version; empty once it is erased."""
    return replace(column, read=lambda row: column.read(row.current) if row.current else None)


def of_shown(column: Column) -> Column:
    return replace(column, read=lambda row: column.read(row.shown))


def in_words(cell: Cell) -> str:
    """Return a value as a spreadsheet's text: a moment in Paris, a label, a list on one line."""
    match cell:
        case None:
            return ""
        case Status():
            return cell.label
        case datetime():
            return cell.astimezone(PARIS).replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")
        case list():
            return " ; ".join(cell)
        case _:
            return str(cell)


def permalink(testimonial: Testimonial) -> str:
    version = testimonial.shown
    return f"{current_app.config['PUBLIC_URL']}/temoignages/{testimonial.public_id}-{version.slug if version else ''}"


def given(testimonial: Testimonial) -> Cell:
    """Return the consents in force; « aucun » is said. A first wording of reuse opens nothing (decision 0019)."""
    in_force = {each: testimonial.consents_to(each) for each in ASKED} | {Purpose.REUSE: testimonial.reuse_consent}
    return [each.label for each in ASKED if in_force[each]] or "aucun"


REFERENCE = same("public_id", "Référence")
ARTICLE = Column("Article", lambda row: row.article.title, WIDER)
PUBLISHED = same("published_at", "Publié le")
EMAIL = same("email", "Courriel", WIDER)
AUTHOR = (
    same("author_name", "Prénom et nom", WIDER),
    same("author_role", "Fonction", WIDER),
    same("clsm", PEOPLE, WIDER),
)
REGION = same("region_name", "Région")
ABOUT = (
    same("situation_line", "Situation"),
    same("partner_name", "Partenaire"),
    Column("Articulations", lambda version: [theme.label for theme in version.themes]),
)


def answer_to(question: Question) -> Column:
    width = WIDE if question.kind is Kind.PROSE else WIDTH
    return Column(question.column, lambda row: question.in_words(getattr(row, question.name)) or None, width)


ANSWERS = [answer_to(question) for question in SHOWN]
ACCOUNT = [answer_to(question) for question in SHOWN if question.part in {Part.ACCOUNT, Part.ADDITIONS}]

# An author's name as written: the signature chosen does not count.
TEAM = (
    *(REFERENCE, ARTICLE, same("status", "État"), same("submitted_at", "Reçu le"), PUBLISHED),
    *map(of_latest, AUTHOR),
    EMAIL,
    of_latest(Column("Département", lambda version: version.department.name)),
    *map(of_latest, (REGION, *ABOUT, same("title", "Titre", WIDER), *ACCOUNT)),
    Column("Accords", given, WIDER),
)
REUSE = (
    *(REFERENCE, Column("Page", permalink), ARTICLE, PUBLISHED),
    Column("Recueilli", lambda row: RECORDED if was_recorded(row.consents) else None),
    *map(of_shown, (same("heading", "Titre", WIDER), same("byline", "Signature", WIDER), REGION, *ABOUT, *ANSWERS)),
)
CONTACT = (*AUTHOR, EMAIL)

COLUMNS: Mapping[ExportPurpose, tuple[Column, ...]] = {
    ExportPurpose.TEAM: TEAM,
    ExportPurpose.REUSE: REUSE,
    ExportPurpose.CONTACT: CONTACT,
}
