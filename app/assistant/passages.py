"""Hints as a version stores them: the answer, the kind, start and end; never the words themselves."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.assistant.kinds import HintKind

# The name of the answer, the kind, start and end in signs.
StoredPassage = tuple[str, str, int, int]


@dataclass(frozen=True)
class Passage:
    """A passage to check, numbered in reading order."""

    number: int
    answer: str
    kind: HintKind
    start: int
    end: int
    words: str


def examine(answers: Mapping[str, str], organisations: tuple[str, ...] = ()) -> list[StoredPassage]:
    """Return the hints of some answers. Its patterns take half a second to compile: no process does that unasked."""
    from app.assistant.detection import hints  # noqa: PLC0415  # compiled for whom a text is examined

    return [
        (name, hint.kind.value, hint.start, hint.end)
        for name, text in answers.items()
        for hint in hints(text, organisations)
    ]


def passages(answers: Mapping[str, str], stored: list[StoredPassage]) -> list[Passage]:
    """Return stored hints with their words; a kind that no longer exists is left out."""
    known = [each for each in stored if each[1] in {*HintKind} and each[0] in answers]
    return [
        Passage(number, name, HintKind(kind), start, end, answers[name][start:end])
        for number, (name, kind, start, end) in enumerate(known, 1)
    ]


def by_kind(passages: list[Passage]) -> list[tuple[HintKind, list[Passage]]]:
    grouped = [(kind, [passage for passage in passages if passage.kind is kind]) for kind in HintKind]
    return [(kind, same_kind) for kind, same_kind in grouped if same_kind]
