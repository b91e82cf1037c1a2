"""The differences between two versions of an article, part by part, word by word."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.articles.opening import Opening, end_moment, first_moment
from app.articles.source import parse_source
from app.french import day
from app.testimonials.diff import Change, compare_words

# What an article keeps when it goes back to a version.
ADDRESS, SETTINGS = "Adresse", "Réglages"
NOT_RESTORED = {ADDRESS, SETTINGS}
CALL_HEADINGS = {
    "title": "Titre de l’appel",
    "invitation": "Appel à témoigner",
    "welcome": "Accueil du formulaire",
    "question": "Question sur la situation",
    "example": "Exemple du formulaire",
}


def changed_parts(before: str, after: str) -> list[Change]:
    """Return the parts that differ between two sources, in the order of the article."""
    old, new = readable_parts(before), readable_parts(after)
    return [
        Change(heading, compare_words(old.get(heading, ""), new.get(heading, "")))
        for heading in dict.fromkeys((*new, *old))
        if old.get(heading) != new.get(heading)
    ]


def restorable_parts(present: str, earlier: str) -> list[Change]:
    """Return the parts that going back to an earlier source would change."""
    return [change for change in changed_parts(present, earlier) if change.heading not in NOT_RESTORED]


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
        "Texte de l’article": body.strip(),
        **dict(call_parts(front["call"].table())),
        "Articulations": "\n".join(theme_line(each) for each in front["themes"]),
        SETTINGS: settings_line(front),
    }


def call_parts(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Yield each text of a call with its heading; within a table, its name in the source."""
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from call_parts(value, f"{path}{name}.")
        elif value:
            yield CALL_HEADINGS.get(f"{path}{name}", f"Appel, « {path}{name} »"), str(value)


def theme_line(theme: Mapping[str, Any]) -> str:
    return f"{theme['label']} : {theme['choice']}{'' if theme['passage'] else ' (sans passage)'}"


def settings_line(front: Mapping[str, Any]) -> str:
    is_open = front.get("open", True)
    opening = Opening(is_open, None, first_moment(front.get("opens_on")), end_moment(front.get("closes_on")))
    facts = ["En ligne" if front.get("online", True) else "Hors ligne"]
    facts.append("contributions ouvertes" if is_open else "contributions closes")
    facts += [f"à partir du {day(opening.opens_on)}"] if opening.opens_on else []
    facts += [f"jusqu’au {day(opening.closes_on)}"] if opening.closes_on else []
    return ", ".join(facts) + "."
