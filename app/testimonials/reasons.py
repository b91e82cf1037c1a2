"""Reason: the codes for declining or unpublishing a text; the usual sentences of refusals and requests."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from sqlalchemy.orm import Session

from app.articles.models import Article
from app.articles.sentences import UsualSentence, changed_sentences, fill
from app.labelled_enum import LabelledEnum
from app.testimonials.questions import QUESTIONS
from app.words import PEOPLE


class Reason(LabelledEnum):
    """A code, its name, the sentence the author reads by default, and the ground: the law, or else the charter.

    The ground goes with each refusal, as in a statement of reasons (Regulation (EU) 2022/2065, article 17.3.d and e),
    by choice: the regulation does not bind a platform this small.
    """

    OFF_TOPIC = (
        "hors_sujet",
        "Hors sujet",
        (
            f"Votre texte ne parle pas d’une collaboration, passée ou à venir, entre un {PEOPLE} et {{partenaire}} ; "
            "c’est la seule question que pose l’article."
        ),
        "Charte, point 1 : un texte répond à la question que pose l’article.",
    )
    PERSONAL_DATA = (
        "donnees_personnelles",
        "Données personnelles",
        "Votre texte contient des coordonnées ou d’autres informations personnelles que nous ne pouvons pas publier.",
        "Charte, point 3, et règlement (UE) 2016/679 (RGPD), article 6.",
    )
    IDENTIFIABLE_PERSON = (
        "tiers_identifiable",
        "Une autre personne est reconnaissable",
        "Une personne qui n’a pas donné son accord pourrait être reconnue à la lecture de votre texte.",
        "Charte, point 3, et article 9 du code civil (respect de la vie privée).",
    )
    HEALTH_DATA = (
        "donnees_sante",
        "Données de santé",
        "Votre texte contient une information sur la santé d’une personne ; nous ne pouvons pas la publier.",
        "Charte, point 3, et règlement (UE) 2016/679 (RGPD), article 9.",
    )
    DEFAMATION = (
        "diffamation_injure",
        "Diffamation ou injure",
        "Un passage met en cause une personne ou une structure en des termes que nous ne pouvons pas publier.",
        "Loi du 29 juillet 1881 sur la liberté de la presse, articles 29 à 33.",
    )
    PROMOTION = (
        "promotion",
        "Promotion",
        "Votre texte présente surtout un produit ou un service ; l’article accueille des expériences.",
        "Charte, point 1 : un texte raconte une expérience, il ne vend rien.",
    )
    DUPLICATE = (
        "doublon",
        "Déjà reçu",
        "Nous avons déjà reçu ce texte ; c’est l’autre exemplaire qui suit son chemin.",
        "Charte, point 2 : un même texte paraît une seule fois.",
    )
    INCOMPLETE = (
        "incomplet",
        "Texte incomplet",
        "Il manque à votre texte de quoi comprendre ce qui a été fait ensemble, ou ce qui est prévu.",
        "Charte, point 2 : un texte se comprend par lui-même.",
    )
    SUICIDE_SAFETY = (
        "securite_suicide",
        "Sécurité : évocation du suicide",
        (
            "Un passage évoque le suicide d’une manière qui pourrait fragiliser une lectrice ou un lecteur ; "
            "si vous-même avez besoin d’en parler, le 3114 répond jour et nuit."
        ),
        "Charte, point 4, d’après les repères du programme Papageno pour parler du suicide.",
    )
    NOT_CONFIRMED = (
        "non_confirme",
        "Adresse non confirmée",
        "L’adresse donnée avec ce texte n’a pas été confirmée.",
        "Charte, point 5 : l’adresse de l’auteur·e est confirmée.",
    )
    SPAM = (
        "indesirable",
        "Indésirable",
        "Votre envoi ressemble à un message indésirable.",
        "Charte, point 5 : un texte vient d’une personne, pas d’un automate.",
    )
    EDITORIAL_CHOICE = (
        "choix_editorial",
        "Choix éditorial",
        (
            "Nous avons choisi de ne pas publier ce texte à côté de l’article, "
            "qui en présente déjà plusieurs du même ordre."
        ),
        "Charte, point 6 : l’équipe choisit ce qui paraît, et dit pourquoi.",
    )
    OTHER = (
        "autre",
        "Autre raison",
        "Nous ne pouvons pas publier ce texte.",
        "Charte, point 6 : l’équipe choisit ce qui paraît, et dit pourquoi.",
    )

    sentence: str
    ground: str

    def __new__(cls, value: str, label: str = "", sentence: str = "", ground: str = "") -> Self:
        member = cls.labelled(value, label)
        member.sentence, member.ground = sentence, ground
        return member


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
