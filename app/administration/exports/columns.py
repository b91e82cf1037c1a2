"""Columns of each export, by purpose: the key in JSON, the heading in a spreadsheet, and the value."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from flask import current_app

from app.administration.exports.purposes import ExportPurpose
from app.audit import Kind
from app.french import PARIS
from app.testimonials.consent import Consent, was_recorded
from app.testimonials.models import Testimonial
from app.testimonials.questions import QUESTIONS
from app.testimonials.transcripts.models import is_unanswered, transcript_of
from app.testimonials.wordings import Purpose

Cell = str | int | datetime | list[str] | None


@dataclass(frozen=True)
class Column:
    """A column; `read` takes what `rows.exported_rows()` yields, or what a `Detail` lists."""

    key: str
    heading: str
    read: Callable[[Any], Cell]


@dataclass(frozen=True)
class Detail:
    """Rows that belong to one testimonial: a list in its JSON, a sheet of their own in XLSX; CSV has one table only."""

    key: str
    heading: str
    items: Callable[[Testimonial], Iterable[Any]]
    columns: tuple[Column, ...]


def in_words(cell: Cell) -> str:
    """Return a value as a spreadsheet's text: a moment in Paris, a label, a list on one line."""
    match cell:
        case None:
            return ""
        case Kind():
            return cell.label.format(who="l’équipe", whom="l’équipe")
        case StrEnum():
            return str(getattr(cell, "label", cell.value))
        case datetime():
            return cell.astimezone(PARIS).replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")
        case list():
            return " ; ".join(cell)
        case _:
            return str(cell)


def same(name: str, heading: str) -> Column:
    """Return the column of an attribute."""
    return Column(name, heading, lambda row: getattr(row, name) or None)


def of_latest(column: Column) -> Column:
    """Return a version's column as one of a testimonial: of its latest version; empty once it is erased."""
    return Column(column.key, column.heading, lambda row: column.read(row.current) if row.current else None)


def of_shown(column: Column) -> Column:
    return Column(column.key, column.heading, lambda row: column.read(row.shown))


def of_transcript(name: str, heading: str) -> Column:
    """Return a column of what an editor typed for its teller: how it was told, and the day.

    Others have no transcript: none is looked for.
    """

    def read(row: Testimonial) -> Cell:
        is_told = row.current is not None and (was_recorded(row.consents) or is_unanswered(row))
        transcript = transcript_of(row) if is_told else None
        value = getattr(transcript, name) if transcript else None
        return value.isoformat() if isinstance(value, date) else value

    return Column(name, heading, read)


def consent_columns(purpose: Purpose) -> Iterator[Column]:
    """Yield what was last answered to a purpose: the answer, when, to which wording, where."""

    def last(read: Callable[[Consent], Cell]) -> Callable[[Testimonial], Cell]:
        def of(testimonial: Testimonial) -> Cell:
            line = next((each for each in reversed(testimonial.consents) if each.purpose is purpose), None)
            return read(line) if line else None

        return of

    yield Column(purpose.value, purpose.label, last(lambda line: line.answer))
    yield Column(f"{purpose.value}_at", f"{purpose.label} : le", last(lambda line: line.at))
    yield Column(f"{purpose.value}_wording", f"{purpose.label} : phrase n°", last(lambda line: line.wording_version))
    yield Column(f"{purpose.value}_channel", f"{purpose.label} : d’où", last(lambda line: line.channel))


def permalink(testimonial: Testimonial) -> str:
    version = testimonial.shown
    return f"{current_app.config['PUBLIC_URL']}/temoignages/{testimonial.public_id}-{version.slug if version else ''}"


RECORDED = "par l’équipe, relu et signé par l’auteur·e"  # as readers' pages say it
ARTICLE = Column("article", "Article", lambda row: row.article.title)
THEMES = Column("themes", "Articulations", lambda version: [theme.label for theme in version.themes])
PARTNER = Column("partner", "Partenaire", lambda version: version.partner_name)
REGION = Column("region", "Région", lambda version: version.region_name)
ANSWER_COLUMNS = (
    same("account", "Le récit"),
    same("outcome", "Ce que cela a apporté, ou ce qui en est attendu"),
    same("obstacles", "Freins et conditions de réussite"),
    same("advice", "Un conseil"),
    same("years", "Années"),
    same("other_partners", "Structures partenaires"),
    same("link", "Lien"),
    same("became", "Ce que le projet est devenu"),
    Column("became_on", "Suite : mois", lambda version: version.became_month),
    same("sequel", "Suite"),
)
# All of a version; an author's name as written, whatever the signature chosen.
VERSION = (
    *(same("author_name", "Prénom et nom"), same("author_role", "Fonction"), same("clsm", "Organisation")),
    Column("department", "Département", lambda version: version.department.name),
    REGION,
    same("attribution", "Signature choisie"),
    same("situation", "Situation"),
    PARTNER,
    same("partner_other", "Partenaire, comme écrit"),
    THEMES,
    same("title", "Titre"),
    *ANSWER_COLUMNS,
)
VERSION_HISTORY = (
    *(same("number", "Version"), same("made_by", "De"), same("made_at", "Du")),
    *(same("approval", "Approuvée"), same("approved_at", "Approuvée le"), same("digest", "Empreinte")),
)

TEAM = (
    same("public_id", "Référence"),
    ARTICLE,
    same("status", "Statut"),
    *(same("submitted_at", "Reçu le"), same("waiting_since", "Dans ce statut depuis")),
    *(same("published_at", "Publié le"), same("published_until", "Publié jusqu’au")),
    *(same("current_number", "Dernière version"), same("shown_number", "Version publiée")),
    same("email", "Courriel"),
    *(of_transcript("medium", "Recueilli"), of_transcript("told_on", "Raconté le")),
    *(of_latest(column) for column in VERSION),
    *(column for purpose in Purpose for column in consent_columns(purpose)),
)
REUSE = (
    same("public_id", "Référence"),
    Column("url", "Page", permalink),
    ARTICLE,
    same("published_at", "Publié le"),
    Column("recorded", "Recueilli", lambda row: RECORDED if was_recorded(row.consents) else None),
    *(
        of_shown(column)
        for column in (
            Column("title", "Titre", lambda version: version.heading),
            Column("signature", "Signature", lambda version: version.byline),
            REGION,
            Column("situation", "Situation", lambda version: version.situation_label),
            PARTNER,
            THEMES,
            *ANSWER_COLUMNS,
        )
    ),
)
CONTACT = (
    *(same("author_name", "Prénom et nom"), same("author_role", "Fonction"), same("clsm", "Organisation")),
    same("email", "Courriel"),
)

COLUMNS: Mapping[ExportPurpose, tuple[Column, ...]] = {
    ExportPurpose.TEAM: TEAM,
    ExportPurpose.REUSE: REUSE,
    ExportPurpose.CONTACT: CONTACT,
}


def asked_in_words(decision: Any) -> list[str]:
    return [f"{QUESTIONS.get(question, question)} : {words}" for question, words in decision.asked.items()]


DETAILS: Mapping[ExportPurpose, tuple[Detail, ...]] = {
    ExportPurpose.TEAM: (
        Detail("versions", "Versions", lambda row: row.versions, (*VERSION_HISTORY, *VERSION)),
        Detail(
            "consents",
            "Accords",
            lambda row: row.consents,
            (
                *(same("purpose", "Usage"), same("answer", "Réponse"), same("at", "Le"), same("channel", "D’où")),
                *(same("wording_version", "Phrase n°"), same("wording", "Phrase lue"), same("digest", "Empreinte")),
            ),
        ),
        Detail(
            "decisions",
            "Décisions",
            lambda row: row.decisions,
            (
                *(
                    same("at", "Le"),
                    Column("action", "Décision", lambda line: Kind(line.action.value)),
                    same("version_number", "Version"),
                ),
                *(same("reason", "Raison"), same("message", "Message")),
                Column("asked", "Demandes", asked_in_words),
            ),
        ),
        Detail(
            "remarks",
            "Notes",
            lambda row: row.remarks,
            (same("at", "Le"), same("kind", "Sorte"), same("subject", "Objet"), same("words", "Mots")),
        ),
    ),
    ExportPurpose.REUSE: (),
    ExportPurpose.CONTACT: (),
}
