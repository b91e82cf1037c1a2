"""Answers of a version, as text, by question or by heading; the names of questions in the words of its call."""

from app.articles.call import Call
from app.testimonials.diff import Change, changed_parts
from app.testimonials.questions import QUESTIONS, SHOWN
from app.testimonials.situation import partner_called
from app.testimonials.versions import Version

UPDATE = "Ce que c’est devenu"


def question_names(call: Call, *, is_response: bool = False) -> dict[str, str]:
    """Return the names of the questions that an editor may ask about, in the words of a call."""
    if is_response:
        return {name: each.response.desk or each.desk for name, each in QUESTIONS.items() if each.response}
    asked = {name: each.desk for name, each in QUESTIONS.items() if each.desk and name != "sequel"}
    if call.partner is None:
        del asked["partner"]
        return asked
    return asked | {"partner": call.partner.concerned}


def all_question_names(call: Call, *, is_response: bool = False) -> dict[str, str]:
    """Return the names of all questions in the words of a call, those of an update and those asked no longer too."""
    names = {name: each.desk for name, each in QUESTIONS.items() if each.desk}
    return names | question_names(call, is_response=is_response)


def names_on_page(version: Version) -> dict[str, str]:
    """Return the names of all questions as a version's page has them: three are worded by its situation."""
    headings = {} if version.is_response else version.call.headings
    worded = {name: words[version.situation] for name, words in headings.items()}
    return all_question_names(version.call, is_response=version.is_response) | worded


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
    answers = {
        "situation": version.situation_label,
        "department": version.department.name,
        "partner": partner_given(version),
        "themes": ", ".join(theme.label for theme in version.themes),
        "attribution": version.attribution_label,
    }
    names = question_names(version.call, is_response=version.is_response)
    answers |= {name: QUESTIONS[name].in_words(getattr(version, name)) for name in names if name not in answers}
    return {name: answers[name] for name in names}


def answers_of(version: Version) -> dict[str, str]:
    """Return the answers that readers see, as text, by heading; empty ones are left out."""
    if version.is_response:
        return {"Signature": version.byline, "Réponse": version.account}
    headings, partner = version.call.headings, version.call.partner
    shown = {
        "Titre": version.heading,
        "Signature": version.byline,
        "Situation": version.situation_label,
        "Région": version.region_name,
        partner.label if partner else "Partenaire": partner_given(version),
        "Articulations": ", ".join(theme.label for theme in version.themes),
    }
    for question in SHOWN:
        if question.name == "sequel":
            shown[UPDATE] = version.update_label
        heading = question.shown or headings[question.name][version.situation]
        shown[heading] = question.in_words(getattr(version, question.name))
    return {heading: words for heading, words in shown.items() if words}


def changed_answers(before: Version, after: Version) -> list[Change]:
    return changed_parts(answers_of(before), answers_of(after))
