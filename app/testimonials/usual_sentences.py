"""Usual sentences of refusals, of hiding and of requests: as the code has them, and as admins changed them."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.articles.models import Article
from app.articles.sentences import UsualSentence, changed_sentences, fill
from app.testimonials.questions import QUESTIONS
from app.testimonials.reasons import Reason

# Why a text is hidden while a notice is examined: nothing is decided, and nothing is said of publishing it.
HIDING: Mapping[Reason, str] = {
    Reason.PERSONAL_DATA: "Le signalement dit que votre texte donne des coordonnées ou d’autres données personnelles.",
    Reason.IDENTIFIABLE_PERSON: "Le signalement dit qu’une personne qui n’a pas donné son accord y est reconnaissable.",
    Reason.HEALTH_DATA: "Le signalement dit que votre texte donne une information sur la santé d’une personne.",
    Reason.DEFAMATION: "Le signalement dit qu’un passage met en cause une personne ou une structure.",
    Reason.SUICIDE_SAFETY: "Le signalement dit qu’un passage pourrait fragiliser une lectrice ou un lecteur.",
    Reason.OTHER: "Le signalement demande que nous regardions votre texte de plus près.",
}


@dataclass(frozen=True)
class UsualText:
    """A usual sentence as the code has it: admins may change its words, which have placeholders."""

    code: str
    label: str
    words: str


def refusal_code(reason: Reason) -> str:
    return f"refus-{reason.value}"


def hiding_code(reason: Reason) -> str:
    return f"masque-{reason.value}"


def request_code(name: str) -> str:
    return f"demande-{name}"


# What editors ask about most, by field of the request: its welcome, then questions of the form.
REQUESTS: Mapping[str, tuple[str, str]] = {
    "message": (
        "L’accueil",
        "Merci pour ce récit, que nous avons lu avec attention. Il nous manque peu de chose pour le publier.",
    ),
    **{name: question.usual for name, question in QUESTIONS.items() if question.usual},
}

USUAL_TEXTS: Mapping[str, UsualText] = {
    each.code: each
    for each in (
        *(UsualText(refusal_code(reason), reason.label, reason.sentence) for reason in Reason),
        *(UsualText(hiding_code(reason), reason.label, words) for reason, words in HIDING.items()),
        *(UsualText(request_code(name), label, words) for name, (label, words) in REQUESTS.items()),
    )
}


def reason_sentences(session: Session, article: Article, *, hides: bool) -> dict[str, str]:
    """Return the usual sentence of each reason, as admins have it now, filled for an article.

    The reasons for refusing or unpublishing a text are named by their value; those for hiding one, by their code.
    """
    codes = {reason.value: refusal_code(reason) for reason in Reason}
    codes |= {hiding_code(reason): hiding_code(reason) for reason in HIDING if hides}
    changed = changed_sentences(session)
    return {name: usual_words(changed, code, article) for name, code in codes.items()}


def reason_of(name: str) -> Reason:
    return Reason(name.removeprefix("masque-"))


def request_sentences(session: Session, article: Article) -> dict[str, str]:
    changed = changed_sentences(session)
    return {name: usual_words(changed, request_code(name), article) for name in REQUESTS}


def usual_words(changed: Mapping[str, UsualSentence], code: str, article: Article) -> str:
    sentence = changed.get(code)
    return fill(sentence.words if sentence else USUAL_TEXTS[code].words, article)
