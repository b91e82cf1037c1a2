"""Hints as a version keeps them: which answer, which kind, from where to where; never the words themselves."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.assistant.detection import hints
from app.assistant.kinds import HintKind

# One passage: the answer it stands in, its kind, its start and its end in signs.
StoredPassage = tuple[str, str, int, int]


@dataclass(frozen=True)
class Passage:
    """A passage an editor should look at, numbered in the order of reading."""

    number: int
    answer: str
    kind: HintKind
    start: int
    end: int
    words: str


def examine(answers: Mapping[str, str]) -> list[StoredPassage]:
    """Return what the assistant finds in each answer, in the order given."""
    return [(name, hint.kind.value, hint.start, hint.end) for name, text in answers.items() for hint in hints(text)]


def passages(answers: Mapping[str, str], kept: list[StoredPassage]) -> list[Passage]:
    """Return what was found, with its words; a kind that no longer exists is left out."""
    known = [each for each in kept if each[1] in {*HintKind} and each[0] in answers]
    return [
        Passage(number, name, HintKind(kind), start, end, answers[name][start:end])
        for number, (name, kind, start, end) in enumerate(known, 1)
    ]


def by_kind(passages: list[Passage]) -> list[tuple[HintKind, list[Passage]]]:
    """Return passages by kind, in the order of `HintKind`."""
    grouped = [(kind, [passage for passage in passages if passage.kind is kind]) for kind in HintKind]
    return [(kind, of_kind) for kind, of_kind in grouped if of_kind]
