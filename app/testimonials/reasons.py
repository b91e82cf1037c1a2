"""Reason: the codes for declining or unpublishing a text."""

from typing import Self

from app.labelled_enum import LabelledEnum
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
