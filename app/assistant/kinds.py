"""HintKind: the kinds of passages the assistant looks for, why each matters, and what an editor can do."""

from dataclasses import dataclass

from app.labelled_enum import ExplainedEnum


class HintKind(ExplainedEnum):
    """A kind of passage. Where two overlap in a text, the one declared first is shown.

    `label` names it in a word or two; `sentence` says why it deserves a look and what to do: mask, ask, leave.
    """

    EMAIL = (
        "email",
        "Courriel",
        (
            "Publiée, une adresse attire les envois indésirables et désigne souvent quelqu’un. Masquez-la, ou "
            "demandez si elle peut paraître ; celle d’un service peut rester."
        ),
    )
    IBAN = (
        "iban",
        "Compte bancaire",
        "Un numéro de compte n’a pas sa place dans un récit, même avec une faute de frappe. Masquez-le.",
    )
    NIR = (
        "nir",
        "Numéro de sécurité sociale",
        (
            "Ce numéro désigne une seule personne, et la loi encadre son usage. Masquez-le, même si un chiffre semble "
            "faux."
        ),
    )
    PHONE = (
        "phone",
        "Téléphone",
        (
            "Un numéro peut être celui d’une personne. Masquez-le, ou demandez si c’est bien une ligne ouverte au "
            "public ; alors laissez-le."
        ),
    )
    LINK = (
        "link",
        "Lien",
        "Ouvrez-le avant de publier. Laissez-le s’il mène où le texte le dit ; masquez-le sinon.",
    )
    BIRTH_DATE = (
        "birth_date",
        "Date de naissance",
        (
            "Une date ou une année de naissance suffit souvent à reconnaître quelqu’un. Masquez-la, ou demandez une "
            "tournure plus large."
        ),
    )
    ADDRESS = (
        "address",
        "Adresse",
        "S’il s’agit de l’adresse d’une personne, masquez-la. Celle d’un service ou d’un lieu public peut rester.",
    )
    AGE = (
        "age",
        "Âge",
        (
            "Avec un lieu ou une situation, un âge peut faire reconnaître quelqu’un. Demandez une tranche (« la "
            "trentaine »), masquez, ou laissez si personne ne s’y reconnaîtrait."
        ),
    )
    SUICIDE = (
        "suicide",
        "Évocation du suicide",
        (
            "Le programme Papageno conseille de ne dire ni le moyen ni le lieu, d’éviter les mots à sensation (« "
            "réussi », « vague »), et d’indiquer une aide : le 3114, numéro national de prévention du suicide, "
            "gratuit, jour et nuit. Masquez le détail, ou demandez une autre tournure."
        ),
    )
    DIAGNOSIS = (
        "diagnosis",
        "Santé d’une personne",
        (
            "La santé d’une personne est une donnée sensible, et un diagnostic ne la résume pas. Masquez-le si elle "
            "peut être reconnue ; sinon demandez une tournure comme « qui vit avec »."
        ),
    )
    PATIENT = (
        "patient",
        "Parcours de soins",
        (
            "Le parcours de soins d’une personne relève du secret professionnel. Masquez, ou demandez un récit où "
            "personne ne peut se reconnaître ni être reconnu."
        ),
    )
    PLACE = (
        "place",
        "Lieu précis",
        (
            "Dans un lieu aussi précis, une situation peut faire reconnaître quelqu’un. Masquez-le ou demandez un nom "
            "plus large ; laissez-le s’il ne situe personne."
        ),
    )
    NAME = (
        "name",
        "Nom d’une personne",
        (
            "La personne nommée en est-elle informée ? Demandez-le, ou masquez le nom et gardez la fonction. Un nom "
            "déjà public peut rester."
        ),
    )
    SPAM = (
        "spam",
        "Texte indésirable ou recopié",
        (
            "Ces mots reviennent souvent dans les envois indésirables, les modèles non remplis ou les textes collés "
            "deux fois. Lisez l’ensemble avant de décider ; demandez une correction si le récit est vrai."
        ),
    )
    SHOUTING = (
        "shouting",
        "Ton appuyé",
        (
            "Capitales ou ponctuation répétée se lisent comme un cri. C’est une affaire de forme : corrigez, ou "
            "laissez si l’auteur·e y tient."
        ),
    )


@dataclass(frozen=True, order=True)
class Hint:
    """A passage of a kind, from `start` to before `end`, in signs."""

    start: int
    end: int
    kind: HintKind
