"""The differences between two versions of an article, part by part, word by word."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from app.articles.opening import Opening, end_moment, first_moment
from app.articles.passages import headings
from app.articles.source import parse_source
from app.french import day
from app.testimonials.diff import Change, changed_parts

# What an article keeps when it goes back to a version.
ADDRESS, SETTINGS = "Adresse", "Réglages"
BEGINNING = "Texte, avant le premier intertitre"
NOT_RESTORED = {ADDRESS, SETTINGS}
CALL_HEADINGS = {
    "title": "Titre de l’appel",
    "invitation": "Appel à témoigner",
    "welcome": "Accueil du formulaire",
    "question": "Question sur la situation",
    "example": "Exemple du formulaire",
}
# The tables of a call and the names in them, as an admin reads them beside their names in the source.
TABLES = {
    "names": "Partenaire",
    "unsettled": "Situation pas encore choisie",
    "past": "Ont déjà collaboré",
    "regular": "Collaborent régulièrement",
    "planned": "Ont un projet",
}
NAMES = {
    "mode": "choisi ou écrit",
    "referential": "liste",
    "a": "« un » ou « une »",
    "the": "« le », « la » ou « l’ »",
    "short": "nom court",
    "short_plural": "nom court au pluriel",
    "long": "nom entier",
    "long_plural": "nom entier au pluriel",
    "account": "question du récit",
    "outcome": "question des effets",
    "obstacles": "question des freins",
    "opening": "premiers mots proposés",
    "add_outcome": "ajouter les effets",
    "add_obstacles": "ajouter les freins",
    "label": "nom, dans les filtres",
    "choice": "choix du formulaire",
    "after_place": "fin des titres composés",
    "account_heading": "titre du récit",
    "outcome_heading": "titre des effets",
    "obstacles_heading": "titre des freins",
}


def changed_in_source(before: str, after: str) -> list[Change]:
    return changed_parts(readable_parts(before), readable_parts(after))


def readable_parts(source: str) -> dict[str, str]:
    """Return what a source says, by the heading under which an admin reads it; nothing of an empty source."""
    if not source:
        return {}
    front, body = parse_source(source)
    return {
        "Titre": front["title"],
        ADDRESS: front["slug"],
        "Chapeau": front["summary"],
        "Date de publication": day(front["published_on"]),
        **dict(body_parts(body.strip())),
        **dict(call_parts(asdict(front["call"]))),
        "Articulations": "\n".join(
            f"{each['label']} : {each['choice']}{'' if each['passage'] else ' (sans passage)'}"
            for each in front["themes"]
        ),
        SETTINGS: settings_line(front),
    }


def body_parts(body: str) -> Iterator[tuple[str, str]]:
    """Yield each passage of a body under its heading, so that one that changed is read without all the others."""
    lines, starts = body.split("\n"), headings(body)
    ends = [*(each.line for each in starts), len(lines)]
    if beginning := "\n".join(lines[: ends[0]]).strip():
        yield BEGINNING, beginning
    namesakes = Counter[str]()
    for heading, end in zip(starts, ends[1:], strict=True):
        namesakes[heading.text] += 1
        nth = f" ({namesakes[heading.text]})" if namesakes[heading.text] > 1 else ""
        yield f"Texte, « {heading.text} »{nth}", "\n".join(lines[heading.line : end]).strip()


def call_parts(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each text of a call with its heading, those of its tables after its own."""
    yield from ((heading, table[name]) for name, heading in CALL_HEADINGS.items())
    for path, heading in TABLES.items():
        texts = table[path] or {}
        yield from ((f"{heading} : {named}", texts[name]) for name, named in NAMES.items() if texts.get(name))


def settings_line(front: Mapping[str, Any]) -> str:
    is_open = front.get("open", True)
    opening = Opening(is_open, None, first_moment(front.get("opens_on")), end_moment(front.get("closes_on")))
    facts = ["En ligne" if front.get("online", True) else "Hors ligne"]
    facts.append("contributions ouvertes" if is_open else "contributions closes")
    facts += [f"à partir du {day(opening.opens_on)}"] if opening.opens_on else []
    facts += [f"jusqu’au {day(opening.closes_on)}"] if opening.closes_on else []
    return ", ".join(facts) + "."
