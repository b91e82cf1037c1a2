"""Marks: the assistant's passages of a text, counted by kind in words (« 2 noms, 1 téléphone »)."""

from collections.abc import Iterable, Mapping

from app.assistant.kinds import HintKind
from app.assistant.passages import Passage, by_kind
from app.french import count

# What one and several passages of a kind are called, in a count.
NOUNS: Mapping[HintKind, tuple[str, str]] = {
    HintKind.EMAIL: ("courriel", "courriels"),
    HintKind.IBAN: ("compte bancaire", "comptes bancaires"),
    HintKind.NIR: ("numéro de sécurité sociale", "numéros de sécurité sociale"),
    HintKind.PHONE: ("téléphone", "téléphones"),
    HintKind.LINK: ("lien", "liens"),
    HintKind.BIRTH_DATE: ("date de naissance", "dates de naissance"),
    HintKind.ADDRESS: ("adresse", "adresses"),
    HintKind.AGE: ("âge", "âges"),
    HintKind.SUICIDE: ("évocation du suicide", "évocations du suicide"),
    HintKind.DIAGNOSIS: ("mention de santé", "mentions de santé"),
    HintKind.PATIENT: ("parcours de soins", "parcours de soins"),
    HintKind.PLACE: ("lieu précis", "lieux précis"),
    HintKind.NAME: ("nom", "noms"),
    HintKind.SPAM: ("passage indésirable ou recopié", "passages indésirables ou recopiés"),
    HintKind.SHOUTING: ("ton appuyé", "tons appuyés"),
}


def marks_in_words(passages: Iterable[Passage]) -> str:
    """Return the passages counted by kind, the most frequent first: « 2 noms, 1 téléphone »."""
    counts = sorted(((kind, len(same_kind)) for kind, same_kind in by_kind([*passages])), key=lambda each: -each[1])
    return ", ".join(count(number, *NOUNS[kind]) for kind, number in counts)
