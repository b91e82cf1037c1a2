"""Why an editor declines or unpublishes: the codes, their names, and the sentence the author reads by default.

The ground goes with each refusal, as a statement of reasons does
(Regulation (EU) 2022/2065, article 17.3.d and e), by choice: the regulation does not bind a platform this small.
"""

from collections.abc import Mapping
from enum import StrEnum


class Reason(StrEnum):
    """A reason code."""

    OFF_TOPIC = "hors_sujet"
    PERSONAL_DATA = "donnees_personnelles"
    IDENTIFIABLE_PERSON = "tiers_identifiable"
    HEALTH_DATA = "donnees_sante"
    DEFAMATION = "diffamation_injure"
    PROMOTION = "promotion"
    DUPLICATE = "doublon"
    INCOMPLETE = "incomplet"
    SUICIDE_SAFETY = "securite_suicide"
    NOT_CONFIRMED = "non_confirme"
    SPAM = "indesirable"
    EDITORIAL_CHOICE = "choix_editorial"
    OTHER = "autre"

    @property
    def label(self) -> str:
        """Return the reason's name, for editors and authors alike."""
        return LABELS[self]

    @property
    def sentence(self) -> str:
        """Return what the author reads when the editor writes nothing else."""
        return SENTENCES[self]

    @property
    def ground(self) -> str:
        """Return the rule that the decision rests on: the law where one applies, else the charter's own words."""
        return GROUNDS[self]


LABELS: Mapping[Reason, str] = {
    Reason.OFF_TOPIC: "Hors sujet",
    Reason.PERSONAL_DATA: "Données personnelles",
    Reason.IDENTIFIABLE_PERSON: "Une autre personne est reconnaissable",
    Reason.HEALTH_DATA: "Données de santé",
    Reason.DEFAMATION: "Diffamation ou injure",
    Reason.PROMOTION: "Promotion",
    Reason.DUPLICATE: "Déjà reçu",
    Reason.INCOMPLETE: "Texte incomplet",
    Reason.SUICIDE_SAFETY: "Sécurité : évocation du suicide",
    Reason.NOT_CONFIRMED: "Adresse non confirmée",
    Reason.SPAM: "Indésirable",
    Reason.EDITORIAL_CHOICE: "Choix éditorial",
    Reason.OTHER: "Autre raison",
}

SENTENCES: Mapping[Reason, str] = {
    Reason.OFF_TOPIC: (
        "Votre texte ne parle pas d’une collaboration, passée ou à venir, entre un CLSM et un CRPV ; "
        "c’est la seule question que pose l’article."
    ),
    Reason.PERSONAL_DATA: (
        "Votre texte contient des coordonnées ou d’autres informations personnelles que nous ne pouvons pas publier."
    ),
    Reason.IDENTIFIABLE_PERSON: (
        "Une personne qui n’a pas donné son accord pourrait être reconnue à la lecture de votre texte."
    ),
    Reason.HEALTH_DATA: (
        "Votre texte contient une information sur la santé d’une personne ; nous ne pouvons pas la publier."
    ),
    Reason.DEFAMATION: (
        "Un passage met en cause une personne ou une structure en des termes que nous ne pouvons pas publier."
    ),
    Reason.PROMOTION: "Votre texte présente surtout un produit ou un service ; l’article accueille des expériences.",
    Reason.DUPLICATE: "Nous avons déjà reçu ce texte ; c’est l’autre exemplaire qui suit son chemin.",
    Reason.INCOMPLETE: "Il manque à votre texte de quoi comprendre ce qui a été fait ensemble, ou ce qui est prévu.",
    Reason.SUICIDE_SAFETY: (
        "Un passage évoque le suicide d’une manière qui pourrait fragiliser une lectrice ou un lecteur ; "
        "si vous-même avez besoin d’en parler, le 3114 répond jour et nuit."
    ),
    Reason.NOT_CONFIRMED: "L’adresse donnée avec ce texte n’a pas été confirmée.",
    Reason.SPAM: "Votre envoi ressemble à un message indésirable.",
    Reason.EDITORIAL_CHOICE: (
        "Nous avons choisi de ne pas publier ce texte à côté de l’article, "
        "qui en présente déjà plusieurs du même ordre."
    ),
    Reason.OTHER: "Nous ne pouvons pas publier ce texte.",
}

GROUNDS: Mapping[Reason, str] = {
    Reason.OFF_TOPIC: "Charte, point 1 : un texte répond à la question que pose l’article.",
    Reason.PERSONAL_DATA: "Charte, point 3, et règlement (UE) 2016/679 (RGPD), article 6.",
    Reason.IDENTIFIABLE_PERSON: "Charte, point 3, et article 9 du code civil (respect de la vie privée).",
    Reason.HEALTH_DATA: "Charte, point 3, et règlement (UE) 2016/679 (RGPD), article 9.",
    Reason.DEFAMATION: "Loi du 29 juillet 1881 sur la liberté de la presse, articles 29 à 33.",
    Reason.PROMOTION: "Charte, point 1 : un texte raconte une expérience, il ne vend rien.",
    Reason.DUPLICATE: "Charte, point 2 : un même texte paraît une seule fois.",
    Reason.INCOMPLETE: "Charte, point 2 : un texte se comprend par lui-même.",
    Reason.SUICIDE_SAFETY: "Charte, point 4, d’après les repères du programme Papageno pour parler du suicide.",
    Reason.NOT_CONFIRMED: "Charte, point 5 : l’adresse de l’auteur·e est confirmée.",
    Reason.SPAM: "Charte, point 5 : un texte vient d’une personne, pas d’un automate.",
    Reason.EDITORIAL_CHOICE: "Charte, point 6 : l’équipe choisit ce qui paraît, et dit pourquoi.",
    Reason.OTHER: "Charte, point 6 : l’équipe choisit ce qui paraît, et dit pourquoi.",
}
