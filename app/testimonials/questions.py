"""Questions of the form: their wordings by situation, their headings for readers, and the answers of a version."""

from collections.abc import Mapping

from app.testimonials.situation import Situation
from app.testimonials.versions import Version

# The wording of a question in each situation; None: until the author has chosen one.
WORDINGS: Mapping[str, Mapping[Situation | None, str]] = {
    "account": {
        None: "Ce que vous avez fait, faites ou prévoyez ensemble",
        Situation.PAST: "Ce que vous avez fait ensemble",
        Situation.REGULAR: "Ce que vous faites ensemble",
        Situation.PLANNED: "Ce que vous prévoyez de faire ensemble",
    },
    "outcome": {
        None: "Ce que cela a apporté, ou ce que vous en attendez",
        Situation.PAST: "Ce que cela a apporté",
        Situation.REGULAR: "Ce que cela apporte",
        Situation.PLANNED: "Ce que vous en attendez",
    },
    "obstacles": {
        None: "Les freins, et ce qui aide à réussir",
        Situation.PAST: "Ce qui a freiné, ce qui a aidé",
        Situation.REGULAR: "Ce qui freine, ce qui aide",
        Situation.PLANNED: "Ce qui pourrait freiner, ce qui aiderait",
    },
}

# The first words of an account, for an author to lean on.
OPENINGS: Mapping[Situation | None, str] = {
    None: "La première fois… Aujourd’hui… Si c’était à refaire…",
    Situation.PAST: "La première fois… Ensuite… Si c’était à refaire…",
    Situation.REGULAR: "La première fois… Aujourd’hui… Si c’était à refaire…",
    Situation.PLANNED: "L’idée est venue de… D’abord… Dans un an…",
}

# What the form offers to add to the account.
ADDITIONS: Mapping[str, Mapping[Situation | None, str]] = {
    "outcome": {
        None: "ce que cela a apporté",
        Situation.PAST: "ce que cela a apporté",
        Situation.REGULAR: "ce que cela apporte",
        Situation.PLANNED: "ce que vous en attendez",
    },
    "obstacles": {
        None: "ce qui freine, ce qui aide",
        Situation.PAST: "ce qui a freiné, ce qui a aidé",
        Situation.REGULAR: "ce qui freine, ce qui aide",
        Situation.PLANNED: "ce qui pourrait freiner, ce qui aiderait",
    },
}

# The headings of the same three answers, for readers.
HEADINGS: Mapping[str, Mapping[Situation, str]] = {
    "account": {
        Situation.PAST: "Ce qui s’est fait ensemble",
        Situation.REGULAR: "Ce qui se fait ensemble",
        Situation.PLANNED: "Ce qui est prévu ensemble",
    },
    "outcome": {
        Situation.PAST: "Ce que cela a apporté",
        Situation.REGULAR: "Ce que cela apporte",
        Situation.PLANNED: "Ce qui en est attendu",
    },
    "obstacles": {
        Situation.PAST: "Ce qui a freiné, ce qui a aidé",
        Situation.REGULAR: "Ce qui freine, ce qui aide",
        Situation.PLANNED: "Ce qui pourrait freiner, ce qui aiderait",
    },
}

# The names of the questions, in the order in which an editor reads the answers.
QUESTION_NAMES: Mapping[str, str] = {
    "situation": "Situation",
    "clsm": "Nom du CLSM",
    "department": "Département",
    "partner": "CRPV concerné",
    "themes": "Types de collaboration",
    "title": "Titre",
    "account": "Le récit",
    "outcome": "Ce que cela apporte",
    "obstacles": "Freins et conditions de réussite",
    "advice": "Un conseil à un autre CLSM",
    "years": "Année ou années",
    "other_partners": "Structures partenaires",
    "link": "Lien",
    "author_name": "Prénom et nom",
    "author_role": "Fonction",
    "attribution": "Signature",
}


def questions_answered(version: Version) -> dict[str, str]:
    """Return the answers of a version as text, by question (the keys of `QUESTION_NAMES`)."""
    chosen = {
        "situation": version.situation.label,
        "department": version.department.name,
        "partner": version.partner_name,
        "themes": ", ".join(theme.label for theme in version.themes),
        "attribution": version.attribution.label,
    }
    return {name: chosen[name] if name in chosen else getattr(version, name) for name in QUESTION_NAMES}


def answers_of(version: Version) -> dict[str, str]:
    """Return the answers that readers see, as text, by heading; empty ones are left out."""
    situation = version.situation
    shown = {
        "Titre": version.heading,
        "Signature": version.byline,
        "Situation": situation.label,
        "Région": version.region_name,
        "CRPV": version.partner_name,
        "Articulations": ", ".join(theme.label for theme in version.themes),
        **{HEADINGS[name][situation]: getattr(version, name) for name in HEADINGS},
        "Un conseil à un autre CLSM": version.advice,
        "Années": version.years,
        "Partenaires": version.other_partners,
        "Lien": version.link,
    }
    return {heading: words for heading, words in shown.items() if words}
