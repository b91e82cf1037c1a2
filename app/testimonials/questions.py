"""Questions of the form: their names for editors, and the answers of a version; the wordings are the call's."""

from collections.abc import Mapping

from app.articles.call import Call
from app.testimonials.situation import partner_called
from app.testimonials.versions import Version
from app.words import PEOPLE

ADVICE = f"Un conseil à un autre {PEOPLE}"
UPDATE, SEQUEL = "Ce que c’est devenu", "La suite"

# The questions, in the order in which an editor reads the answers.
QUESTIONS: Mapping[str, str] = {
    "situation": "Situation",
    "clsm": f"Nom du {PEOPLE}",
    "department": "Département",
    "partner": "Partenaire concerné",
    "themes": "Types de collaboration",
    "title": "Titre",
    "account": "Le récit",
    "outcome": "Ce que cela apporte",
    "obstacles": "Freins et conditions de réussite",
    "advice": ADVICE,
    "years": "Année ou années",
    "other_partners": "Structures partenaires",
    "link": "Lien",
    "author_name": "Prénom et nom",
    "author_role": "Fonction",
    "attribution": "Signature",
}


# Those of who answers a testimonial.
ANSWER_QUESTIONS: Mapping[str, str] = {
    "clsm": "Organisation",
    "account": "La réponse",
    "author_name": "Prénom et nom",
    "author_role": "Fonction",
    "attribution": "Signature",
}


def question_names(call: Call, *, is_answer: bool = False) -> dict[str, str]:
    if is_answer:
        return {**ANSWER_QUESTIONS}
    if call.partner is None:
        return {name: words for name, words in QUESTIONS.items() if name != "partner"}
    return {**QUESTIONS, "partner": call.partner.concerned}


def all_question_names(call: Call, *, is_answer: bool = False) -> dict[str, str]:
    """Return the names of all questions in the words of a call, those of an update and those asked no longer too."""
    return {**QUESTIONS, "sequel": SEQUEL, **question_names(call, is_answer=is_answer)}


def names_on_page(version: Version) -> dict[str, str]:
    """Return the names of all questions as a version's page has them: three are worded by its situation."""
    headings = {} if version.is_answer else version.call.headings
    worded = {name: words[version.situation] for name, words in headings.items()}
    return all_question_names(version.call, is_answer=version.is_answer) | worded


def partner_chosen(version: Version) -> str:
    return version.partner.slug if version.partner else version.partner_known.value


def partner_written(version: Version) -> str:
    return version.partner.name if version.partner else version.partner_other


def partner_given(version: Version) -> str:
    """Return the partner as the author answered: an entry's name, or what they typed, even where readers see an entry.

    Receipts, proofs and differences say this: it is what was approved.
    """
    listed = version.partner.name if version.partner else None
    return partner_called(version.call, listed, version.partner_other, version.partner_known)


def questions_answered(version: Version) -> dict[str, str]:
    """Return the answers of a version as text, by question (the keys of `question_names()`)."""
    chosen = {
        "situation": version.situation_label,
        "department": version.department.name,
        "partner": partner_given(version),
        "themes": ", ".join(theme.label for theme in version.themes),
        "attribution": version.attribution_label,
    }
    names = question_names(version.call, is_answer=version.is_answer)
    return {name: chosen[name] if name in chosen else getattr(version, name) for name in names}


def answers_of(version: Version) -> dict[str, str]:
    """Return the answers that readers see, as text, by heading; empty ones are left out."""
    if version.is_answer:
        return {"Signature": version.byline, "Réponse": version.account}
    headings, partner = version.call.headings, version.call.partner
    shown = {
        "Titre": version.heading,
        "Signature": version.byline,
        "Situation": version.situation_label,
        "Région": version.region_name,
        partner.label if partner else "Partenaire": partner_given(version),
        "Articulations": ", ".join(theme.label for theme in version.themes),
        **{headings[name][version.situation]: getattr(version, name) for name in headings},
        ADVICE: version.advice,
        "Années": version.years,
        "Partenaires": version.other_partners,
        "Lien": version.link,
        UPDATE: version.update_label,
        SEQUEL: version.sequel,
    }
    return {heading: words for heading, words in shown.items() if words}
