"""Hints as a version stores them: the answer, the kind, start and end; never the words themselves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.assistant.kinds import HintKind

# The name of the answer, the kind, start and end in signs; then whether its author saw it, where that was asked.
StoredPassage = tuple[str, str, int, int] | tuple[str, str, int, int, bool]


# What one and several passages of a kind are called, in a count.
NOUNS: Mapping[HintKind, tuple[str, str]] = {
    HintKind.EMAIL: ("une adresse électronique", "adresses électroniques"),
    HintKind.IBAN: ("un compte bancaire", "comptes bancaires"),
    HintKind.NIR: ("un numéro de sécurité sociale", "numéros de sécurité sociale"),
    HintKind.PHONE: ("un numéro de téléphone", "numéros de téléphone"),
    HintKind.LINK: ("un lien", "liens"),
    HintKind.BIRTH_DATE: ("une date de naissance", "dates de naissance"),
    HintKind.ADDRESS: ("une adresse", "adresses"),
    HintKind.AGE: ("un âge", "âges"),
    HintKind.SUICIDE: ("une évocation du suicide", "évocations du suicide"),
    HintKind.DIAGNOSIS: ("une mention de santé", "mentions de santé"),
    HintKind.PATIENT: ("un parcours de soins", "parcours de soins"),
    HintKind.PLACE: ("un lieu précis", "lieux précis"),
    HintKind.NAME: ("un nom", "noms"),
    HintKind.SPAM: ("un passage indésirable ou recopié", "passages indésirables ou recopiés"),
    HintKind.SHOUTING: ("un ton appuyé", "tons appuyés"),
}
IN_LETTERS = dict(enumerate(("deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"), 2))


@dataclass(frozen=True)
class Passage:
    """A passage to check, numbered in reading order."""

    number: int
    answer: str
    kind: HintKind
    start: int
    end: int
    words: str
    is_seen: bool = False


def examine(
    answers: Mapping[str, str], organisations: tuple[str, ...] = (), before: Iterable[Passage] = ()
) -> list[StoredPassage]:
    """Return the hints of some answers; one that the author saw among those `before` stays seen.

    Its patterns take half a second to compile: no process does that unasked.
    """
    from app.assistant.detection import hints  # noqa: PLC0415  # compiled for whom a text is examined

    seen = {(each.answer, each.kind, each.words) for each in before if each.is_seen}
    return [
        (name, hint.kind.value, hint.start, hint.end, (name, hint.kind, text[hint.start : hint.end]) in seen)
        for name, text in answers.items()
        for hint in hints(text, organisations)
    ]


def passages(answers: Mapping[str, str], stored: list[StoredPassage]) -> list[Passage]:
    """Return stored hints with their words; a kind that no longer exists is left out."""
    known = [each for each in stored if each[1] in {*HintKind} and each[0] in answers]
    return [
        Passage(number, name, HintKind(kind), start, end, answers[name][start:end], *seen)
        for number, (name, kind, start, end, *seen) in enumerate(known, 1)
    ]


def by_kind(passages: list[Passage]) -> list[tuple[HintKind, list[Passage]]]:
    grouped = [(kind, [passage for passage in passages if passage.kind is kind]) for kind in HintKind]
    return [(kind, same_kind) for kind, same_kind in grouped if same_kind]


def marks_in_words(passages: Iterable[Passage]) -> str:
    """Return the passages counted by kind, the most frequent first: « deux noms, un numéro de téléphone »."""
    counts = sorted(
        ((len(same_kind), *NOUNS[kind]) for kind, same_kind in by_kind([*passages])), key=lambda each: -each[0]
    )
    return ", ".join(
        one if number == 1 else f"{IN_LETTERS.get(number, number)}\u00a0{many}" for number, one, many in counts
    )
