"""HintKind: what the assistant looks for, why it matters, and what an editor can do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class HintKind(StrEnum):
    """A kind of passage; where two meet in a text, the one named first here is shown."""

    EMAIL = "email"
    IBAN = "iban"
    NIR = "nir"
    PHONE = "phone"
    LINK = "link"
    BIRTH_DATE = "birth_date"
    ADDRESS = "address"
    AGE = "age"
    SUICIDE = "suicide"
    DIAGNOSIS = "diagnosis"
    PATIENT = "patient"
    PLACE = "place"
    NAME = "name"
    SPAM = "spam"
    SHOUTING = "shouting"

    @property
    def label(self) -> str:
        """Return the passage's kind, in a word or two."""
        return LABELS[self]

    @property
    def sentence(self) -> str:
        """Return why it is worth a look, and what can be done: mask, ask, leave."""
        return SENTENCES[self]


@dataclass(frozen=True, order=True)
class Hint:
    """A passage, from `start` to before `end` in signs, and its kind."""

    start: int
    end: int
    kind: HintKind


LABELS: Mapping[HintKind, str] = {
    HintKind.EMAIL: "Courriel",
    HintKind.IBAN: "Compte bancaire",
    HintKind.NIR: "Numéro de sécurité sociale",
    HintKind.PHONE: "Téléphone",
    HintKind.LINK: "Lien",
    HintKind.BIRTH_DATE: "Date de naissance",
    HintKind.ADDRESS: "Adresse",
    HintKind.AGE: "Âge",
    HintKind.SUICIDE: "Évocation du suicide",
    HintKind.DIAGNOSIS: "Santé d’une personne",
    HintKind.PATIENT: "Parcours de soins",
    HintKind.PLACE: "Lieu précis",
    HintKind.NAME: "Nom d’une personne",
    HintKind.SPAM: "Texte indésirable ou recopié",
    HintKind.SHOUTING: "Ton appuyé",
}

SENTENCES: Mapping[HintKind, str] = {
    HintKind.EMAIL: (
        "Publiée, une adresse attire les envois indésirables et désigne souvent quelqu’un. Masquez-la, ou demandez si"
        " elle peut paraître ; celle d’un service peut rester."
    ),
    HintKind.IBAN: "Un numéro de compte n’a pas sa place dans un récit, même avec une faute de frappe. Masquez-le.",
    HintKind.NIR: (
        "Ce numéro désigne une seule personne, et la loi encadre son usage. Masquez-le, même si un chiffre semble faux."
    ),
    HintKind.PHONE: (
        "Un numéro peut être celui d’une personne. Masquez-le, ou demandez si c’est bien une ligne ouverte au public ;"
        " alors laissez-le."
    ),
    HintKind.LINK: "Ouvrez-le avant de publier. Laissez-le s’il mène où le texte le dit ; masquez-le sinon.",
    HintKind.BIRTH_DATE: (
        "Une date ou une année de naissance suffit souvent à reconnaître quelqu’un. Masquez-la, ou demandez une"
        " tournure plus large."
    ),
    HintKind.ADDRESS: (
        "S’il s’agit de l’adresse d’une personne, masquez-la. Celle d’un service ou d’un lieu public peut rester."
    ),
    HintKind.AGE: (
        "Avec un lieu ou une situation, un âge peut faire reconnaître quelqu’un. Demandez une tranche (« la"
        " trentaine »), masquez, ou laissez si personne ne s’y reconnaîtrait."
    ),
    HintKind.SUICIDE: (
        "Le programme Papageno conseille de ne dire ni le moyen ni le lieu, d’éviter les mots à sensation (« réussi »,"
        " « vague »), et d’indiquer une aide : le 3114, numéro national de prévention du suicide, gratuit, jour et"
        " nuit. Masquez le détail, ou demandez une autre tournure."
    ),
    HintKind.DIAGNOSIS: (
        "La santé d’une personne est une donnée sensible, et un diagnostic ne la résume pas. Masquez-le si elle peut"
        " être reconnue ; sinon demandez une tournure comme « qui vit avec »."
    ),
    HintKind.PATIENT: (
        "Le parcours de soins d’une personne relève du secret professionnel. Masquez, ou demandez un récit où personne"
        " ne peut se reconnaître ni être reconnu."
    ),
    HintKind.PLACE: (
        "Dans un lieu aussi précis, une situation peut faire reconnaître quelqu’un. Masquez-le ou demandez un nom plus"
        " large ; laissez-le s’il ne situe personne."
    ),
    HintKind.NAME: (
        "La personne nommée en est-elle informée ? Demandez-le, ou masquez le nom et gardez la fonction. Un nom déjà"
        " public peut rester."
    ),
    HintKind.SPAM: (
        "Ces mots reviennent souvent dans les envois indésirables, les modèles non remplis ou les textes collés deux"
        " fois. Lisez l’ensemble avant de décider ; demandez une correction si le récit est vrai."
    ),
    HintKind.SHOUTING: (
        "Capitales ou ponctuation répétée se lisent comme un cri. C’est une affaire de forme : corrigez, ou laissez si"
        " l’auteur·e y tient."
    ),
}
